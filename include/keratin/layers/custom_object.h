#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "keratin/core/config.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0 {

/// A class of the user's, by the name that files have for it.
struct CustomObject {
  std::string name = {};
  LayerSpec (*make_layer)(const Config& config) = nullptr;
};

/// T::from_config makes it: `kt::custom<Residual>("Residual")`. The name is Keras's class name, or its registered name
/// ("package>Residual").
template <std::derived_from<Layer> T>
CustomObject custom(std::string name) {
  return {std::move(name), &LayerSpec::described_by<T>};
}

}  // namespace keratin::inline v0
