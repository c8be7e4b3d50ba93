#pragma once

#include <cstdint>
#include <utility>

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/ops/axes.h"

/// Activations, losses and normalisation of neural networks, with Keras's names and parameter order. Integers are cast
/// to float32.
namespace keratin::inline v0::ops {

KERATIN_API Tensor relu(const Tensor& x);
KERATIN_API Tensor relu6(const Tensor& x);
KERATIN_API Tensor leaky_relu(const Tensor& x, double negative_slope = 0.2);
KERATIN_API Tensor elu(const Tensor& x, double alpha = 1.0);
KERATIN_API Tensor celu(const Tensor& x, double alpha = 1.0);
KERATIN_API Tensor selu(const Tensor& x);
KERATIN_API Tensor gelu(const Tensor& x, bool approximate = true);
KERATIN_API Tensor silu(const Tensor& x);
KERATIN_API Tensor swish(const Tensor& x);  ///< silu
KERATIN_API Tensor sigmoid(const Tensor& x);
KERATIN_API Tensor log_sigmoid(const Tensor& x);
KERATIN_API Tensor hard_sigmoid(const Tensor& x);
KERATIN_API Tensor hard_silu(const Tensor& x);
KERATIN_API Tensor hard_tanh(const Tensor& x);
KERATIN_API Tensor softplus(const Tensor& x);
KERATIN_API Tensor softsign(const Tensor& x);

/// exp(x) over its sum along `axis`. Without overflow; a row of −inf alone gives NaN, as in TensorFlow.
KERATIN_API Tensor softmax(const Tensor& x, std::int64_t axis = -1);
KERATIN_API Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);

// Losses without reduction. As with Keras on TensorFlow, an `output` that comes straight from sigmoid or softmax is
// replaced by its logits, which loses no digits; other probabilities are clipped to [1e-7, 1 − 1e-7].

/// Per element, of the broadcast shape.
KERATIN_API Tensor binary_crossentropy(const Tensor& target, const Tensor& output, bool from_logits = false);
/// Without `axis`, along which the target is a distribution; probabilities are scaled to a sum of 1. Throws ShapeError
/// if the shapes differ.
KERATIN_API Tensor categorical_crossentropy(const Tensor& target, const Tensor& output, bool from_logits = false,
                                            std::int64_t axis = -1);
/// target: class indices of any number type, output's shape without its last dimension (or with 1 there). The loss is
/// NaN where an index is outside of the classes. Throws ShapeError if the shapes don't fit, ValueError for another axis
/// than the last.
KERATIN_API Tensor sparse_categorical_crossentropy(const Tensor& target, const Tensor& output, bool from_logits = false,
                                                   std::int64_t axis = -1);

/// Mean and variance along `axes`.
KERATIN_API std::pair<Tensor, Tensor> moments(const Tensor& x, const Axes& axes, bool keepdims = false);
/// (x − mean) · scale / sqrt(variance + epsilon) + offset; statistics and weights have one number for each index along
/// `axis`. An empty offset or scale is left out.
KERATIN_API Tensor batch_normalization(const Tensor& x, const Tensor& mean, const Tensor& variance, std::int64_t axis,
                                       const Tensor& offset = {}, const Tensor& scale = {}, double epsilon = 1e-3);

}  // namespace keratin::inline v0::ops
