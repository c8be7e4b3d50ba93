#pragma once

#include "graph/op.h"
#include "keratin/graph/tensor.h"
#include "keratin/ops/reduce.h"
#include "ops/like.h"

namespace keratin::inline v0::ops {

// Attributes: axes (Ints, from 0 on, sorted), keepdims (bool).
extern const graph::OpDef sum_op;   ///< numbers
extern const graph::OpDef mean_op;  ///< floating
extern const graph::OpDef prod_op;  ///< numbers
extern const graph::OpDef max_op;   ///< numbers
extern const graph::OpDef min_op;   ///< numbers
extern const graph::OpDef any_op;   ///< bool
extern const graph::OpDef all_op;   ///< bool
// Along one axis, or all of them (the index in the flattened input); int32.
extern const graph::OpDef argmax_op;
extern const graph::OpDef argmin_op;
/// Input 0 summed down to the shape of input 1, which broadcasts to it and of which the data isn't read.
extern const graph::OpDef sum_like_op;

namespace detail {

/// All axes of x but its last one; x has two or more.
Axes all_but_last(const Tensor& x);

/// The gradient g of a broadcast x, summed along what was broadcast.
Tensor sum_like(const Tensor& g, const Tensor& x);

}  // namespace detail
}  // namespace keratin::inline v0::ops
