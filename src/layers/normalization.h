#pragma once

#include <cstdint>

#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/axes.h"

// What the normalisations have in common.
namespace keratin::inline v0::layers {

/// Normalisations overflow in 16 bits: they compute in float32, or in x's dtype if that is wider.
Tensor at_least_float32(const Tensor& x);

/// A weight with its initializer, regularizer and constraint, read in the dtype that the layer computes in.
template <class Initializer, class Regularizer, class Constraint>
WeightOptions normalization_weight(const Initializer& initializer, const Regularizer& regularizer,
                                   const Constraint& constraint) {
  return {.initializer = initializer, .autocast = false, .regularizer = regularizer, .constraint = constraint};
}

/// x divided by its Euclidean norm along the axes, but by epsilon at least.
Tensor unit_length(const Tensor& x, const Axes& axes, double epsilon);

}  // namespace keratin::inline v0::layers
