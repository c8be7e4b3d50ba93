#pragma once

#include "graph/op.h"

namespace keratin::inline v0::ops {

// Channels are last, kernels (space…, in / groups, out). Attributes of all: strides, dilation (Ints, a number for each
// spatial dimension), same (bool).

/// x, kernel.
extern const graph::OpDef conv_op;
/// The same with a bias [out] as third input and a scale [out] as fourth, if they are there: y · scale + bias; and then
/// `activation` (text, optional; see kernels::fuses_activation). Made by a pass that fuses, when gradients are there
/// already.
extern const graph::OpDef fused_conv_op;
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
/// x, dy. With relu (bool, optional), which a pass adds, nothing flows to where x isn't positive.
extern const graph::OpDef max_pool_gradient_op;
/// x
extern const graph::OpDef average_pool_op;
/// dy, x: only the shape of x is read.
extern const graph::OpDef average_pool_gradient_op;

}  // namespace keratin::inline v0::ops
