#pragma once

#include "graph/op.h"

namespace keratin::inline v0::ops {

// Channels are last, kernels (space…, in / groups, out). Attributes of all: strides, dilation (Ints, a number for each
// spatial dimension), same (bool).

/// x, kernel.
extern const graph::OpDef conv_op;
/// dy, kernel, x: the gradient of a convolution's x, of which only the shape is read.
extern const graph::OpDef conv_data_gradient_op;
/// x, dy, kernel: the gradient of the kernel, of which only the shape is read.
extern const graph::OpDef conv_weights_gradient_op;
/// conv_data_gradient_op without the x: the size of the result follows from output_padding (Ints, empty: none given).
extern const graph::OpDef conv_transpose_op;

// Attributes of all: size, strides (Ints) and same (bool), or output_size (Ints): adaptive windows.

/// x
extern const graph::OpDef max_pool_op;
/// x, v: v's element where x is largest.
extern const graph::OpDef max_pool_pick_op;
/// x, dy
extern const graph::OpDef max_pool_gradient_op;
/// x
extern const graph::OpDef average_pool_op;
/// dy, x: only the shape of x is read.
extern const graph::OpDef average_pool_gradient_op;

}  // namespace keratin::inline v0::ops
