#pragma once

#include <string>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0::layers {

/// A layer with its place in a weight file.
struct SavedLayer {
  std::string path;  ///< "layers/dense/vars", below which its own weights have the numbers 0, 1, …
  const Layer* layer = nullptr;
  std::vector<Variable> weights;
};

/// All layers of a model in the order of its weight file, itself first; one that occurs again is at its first place.
KERATIN_API std::vector<SavedLayer> saved_layers(const Layer& model);

}  // namespace keratin::inline v0::layers
