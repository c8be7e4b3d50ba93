#pragma once

#include "graph/op.h"
#include "keratin/graph/tensor.h"
#include "ops/apply.h"

namespace keratin::inline v0::ops {

/// Its input, as a view without gradient.
extern const graph::OpDef stop_gradient_op;
/// Number of elements of its input along `axes` (Ints), as a scalar of dtype `dtype`. Known once the shape is.
extern const graph::OpDef count_op;
/// Its input's shape and dtype, filled with `value` (double). An elementwise program takes the value as an immediate.
extern const graph::OpDef full_like_op;
/// Input 0 broadcast to the shape of input 1, whose data isn't read. In an elementwise program it is the identity on
/// input 0, and the program's output has the larger shape.
extern const graph::OpDef broadcast_like_op;
/// Dimensions of size 1 put in, so that they are `axes` (Ints) of the result: a view.
extern const graph::OpDef insert_ones_op;
/// Dimensions `axes` (Ints), all of size 1, taken out: a view.
extern const graph::OpDef remove_ones_op;

namespace detail {

/// x in like's shape.
Tensor broadcast_like(const Tensor& x, const Tensor& like);
/// From a tensor reduced along axes without keepdims to one with them, and back.
Tensor insert_ones(const Tensor& x, const graph::Ints& axes);
Tensor remove_ones(const Tensor& x, const graph::Ints& axes);
/// Number of elements along axes, as a scalar of x's dtype.
Tensor count(const Tensor& x, const graph::Ints& axes, DType dtype);

}  // namespace detail
}  // namespace keratin::inline v0::ops
