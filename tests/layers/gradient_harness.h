#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/shape.h"
#include "keratin/layers/layer.h"
#include "keratin/testing/gradients.h"

namespace keratin::test {

using testing::GradientInput;

/// A layer and what it is called with. In both modes, unless one is named; all results count.
struct GradientRow {
  std::string name;
  LayerSpec layer;
  std::vector<GradientInput> inputs;
  /// Of shape () where an input has none.
  std::vector<Array> masks = {};
  std::vector<Shape> initial_state = {};
  Array attention_mask = {};
  bool use_causal_mask = false;
  bool return_attention_scores = false;
  bool reverse = false;
  std::optional<bool> training = std::nullopt;
  /// False for a layer that changes its trained weights in its call: then there is no difference to compare with.
  bool weights = true;
  double tolerance = 1e-6;
};

/// A mask of this shape from bits.
Array mask_of(const std::vector<bool>& bits, const Shape& shape);

/// What users check gradients with, over rows.
void check_gradients(const GradientRow& row);
void check_gradients(const std::vector<GradientRow>& rows);

}  // namespace keratin::test
