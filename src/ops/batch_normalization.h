#pragma once

#include "graph/op.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::ops {

// Normalization by the statistics of a batch, along the last axis, in float32 or float64; there is another axis.

/// x → mean and variance of each channel.
extern const graph::OpDef batch_moments_op;
/// y, x, and of each channel mean, 1 / standard deviation, scale and offset → y, as a view. It says that y is x,
/// normalized by its own statistics: the gradient goes to x, scale and offset at once, as two passes over memory, and
/// not through the ops that y is made of, so that those may be fused with what follows. Attribute epsilon (double).
extern const graph::OpDef batch_normalized_op;
/// dy, x, mean, 1 / standard deviation, scale → the gradients of x, scale and offset. It is a function of dy, x and
/// scale: the statistics are those of x. Attribute epsilon (double). A sixth input may be there, which a pass
/// adds: a y; where it isn't positive, dy doesn't count.
extern const graph::OpDef batch_normalization_gradient_op;

namespace detail {

struct BatchMoments {
  Tensor mean;
  Tensor variance;
};
BatchMoments batch_moments(const Tensor& x);

/// What a batch is normalized with, by channel.
struct BatchNorm {
  BatchMoments moments;
  Tensor scale;   ///< may be empty
  Tensor offset;  ///< may be empty
  double epsilon;
};
/// (x − mean) / √(variance + epsilon) · scale + offset. The moments must be those of x.
Tensor batch_normalized(const Tensor& x, const BatchNorm& norm);

}  // namespace detail
}  // namespace keratin::inline v0::ops
