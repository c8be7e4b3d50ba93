#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0::layers {

/// A layer class of the library's, by Keras's name.
struct LayerClass {
  std::string_view name;
  LayerSpec (*make)(const Config& config);
};

template <class T>
constexpr LayerClass layer_class(std::string_view name) {
  return {name, &LayerSpec::described_by<T>};
}

/// All of them, family by family.
std::span<const std::span<const LayerClass>> layer_families();

/// The layer that Keras's object ({"module", "class_name", "config", …}) describes, of the library's classes or of
/// those in scope. Nothing is built. Throws ValueError, naming layer and option, for what can't be made.
LayerSpec layer_from(const Config& object);

/// Keras's object of a layer.
KERATIN_API Config object_of(const Layer& layer);

/// Keras's object of a layer inside of another's config: of the owner's sublayer of this index where that is there, and
/// of its description before. It is called as the description is, or by its class.
Config nested_object(const LayerSpec& layer, const Layer& owner, std::size_t index = 0);

}  // namespace keratin::inline v0::layers
