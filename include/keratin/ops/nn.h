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

KERATIN_API Tensor hard_swish(const Tensor& x);                  ///< hard_silu
KERATIN_API Tensor sparse_sigmoid(const Tensor& x);              ///< 0 up to −1, a line, 1 from 1 on
KERATIN_API Tensor sparse_plus(const Tensor& x);                 ///< 0 up to −1, a parabola, x from 1 on
KERATIN_API Tensor squareplus(const Tensor& x, double b = 4.0);  ///< (x + √(x² + b)) / 2
/// x above the threshold, else default_value.
KERATIN_API Tensor threshold(const Tensor& x, double threshold, double default_value);
/// x moved towards 0 by the threshold; 0 where it is nearer.
KERATIN_API Tensor soft_shrink(const Tensor& x, double threshold = 0.5);
/// x where it is further from 0 than the threshold, else 0.
KERATIN_API Tensor hard_shrink(const Tensor& x, double threshold = 0.5);
KERATIN_API Tensor tanh_shrink(const Tensor& x);  ///< x − tanh(x)
/// The first half along the axis times sigmoid of the second. Throws ShapeError where its size isn't known and even.
KERATIN_API Tensor glu(const Tensor& x, std::int64_t axis = -1);

/// exp(x) over its sum along `axis`, or several, or all (none given). Without overflow; a row of −inf alone gives NaN,
/// as in TensorFlow.
KERATIN_API Tensor softmax(const Tensor& x, const Axes& axis = -1);
KERATIN_API Tensor log_softmax(const Tensor& x, const Axes& axis = -1);
/// max(x − τ, 0), with τ as Keras computes it, which is not that of Martins and Astudillo: where more than one element
/// is left, they don't sum to 1.
KERATIN_API Tensor sparsemax(const Tensor& x, std::int64_t axis = -1);

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
