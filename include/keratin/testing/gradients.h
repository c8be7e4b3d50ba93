#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/layers/function.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0::testing {

/// One input of a layer whose gradients are checked: a shape with its batch, which is filled with waves of float64; or
/// an array, float64 to be differentiated, or of what can't be, such as tokens.
struct GradientInput {
  GradientInput(std::initializer_list<Dim> sizes) : shape(sizes) {}
  GradientInput(const Shape& sizes) : shape(sizes) {}
  GradientInput(const Array& given) : shape(given.shape()), values(given) {}

  Shape shape;
  std::optional<Array> values = std::nullopt;
};

/// How the layer is called, and how near is near enough.
struct GradientOptions {
  /// One mode alone; not given: both.
  std::optional<bool> training = std::nullopt;
  /// A gradient g and a quotient q agree if |g − q| ≤ tolerance · (1 + |q|).
  double tolerance = 1e-6;
  double step = 1.0 / 8192;  ///< that inputs and weights are moved by, to both sides
  /// False for a layer that changes its trained weights in its call: then there is no quotient to compare with.
  bool weights = true;
  /// Boolean, one for each input, of shape () where an input has none.
  std::vector<Array> masks = {};
  std::vector<Shape> initial_state = {};
  Array attention_mask = {};
  bool use_causal_mask = false;
  bool return_attention_scores = false;
  bool reverse = false;
};

/// Compares the gradients of a layer, with respect to its floating inputs, initial states and trained weights, with
/// central differences; "" where all agree, else what differs: of which input or weight, how many elements, the first.
/// All is float64, as the layer stands in one of that dtype. Draws (of Dropout) are the same for each difference. What
/// is differentiated is the sum of all results times numbers, with the layer's penalties. A kink (relu at 0) nearer
/// than `step` shows as a difference.
KERATIN_API std::string gradient_differences(const LayerSpec& layer,
                                             const std::vector<GradientInput>& inputs = {{2, 3}},
                                             const GradientOptions& options = {});
/// The same of a function of tensors.
template <class F>
  requires(!std::convertible_to<F, LayerSpec>)
std::string gradient_differences(F function, const std::vector<GradientInput>& inputs = {{2, 3}},
                                 const GradientOptions& options = {}) {
  return gradient_differences(LayerSpec(layers::Function(std::move(function))), inputs, options);
}

}  // namespace keratin::inline v0::testing
