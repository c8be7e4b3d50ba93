#pragma once

#include <cstdint>

#include "graph/op.h"
#include "keratin/graph/tensor.h"
#include "kernels/movement/slice_range.h"

namespace keratin::inline v0::ops {

using kernels::slice_before_first;
using kernels::slice_end;

extern const graph::OpDef reshape_op;  ///< shape (Shape; one −1 at most): a view
/// The `count` sizes from `axis` on (int64) replaced by `sizes` (Shape; one −1 at most): a view, with any number of
/// unknown sizes elsewhere.
extern const graph::OpDef reshape_axes_op;
extern const graph::OpDef reshape_like_op;  ///< input 0 in the shape of input 1, whose data isn't read: a view
extern const graph::OpDef transpose_op;     ///< axes (Ints)
extern const graph::OpDef concatenate_op;   ///< axis (int64)
/// The gradient of concatenate for number index (int64) of its inputs, which follow the result's gradient; axis
/// (int64).
extern const graph::OpDef concatenate_part_op;
extern const graph::OpDef slice_op;           ///< start, stop, step (Ints, one an axis), with Python's rules
extern const graph::OpDef slice_gradient_op;  ///< the same: input 0 put into zeros of input 1's shape
extern const graph::OpDef pad_op;             ///< before, after (Ints), value (double)
extern const graph::OpDef broadcast_to_op;    ///< shape (Shape; −1 keeps a size)
extern const graph::OpDef iota_op;            ///< 0, 1, … for dimension axis (int64) of its input: int32

namespace detail {

/// x[:, …, start:stop:step] at one axis, with Python's rules.
Tensor slice_axis(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step = 1);
/// x[:, …, index] at one axis, without it. An unknown size is checked once it is known.
Tensor select_index(const Tensor& x, std::int64_t axis, std::int64_t index);
/// x in like's shape, which has as many elements.
Tensor reshape_like(const Tensor& x, const Tensor& like);
/// x with `count` sizes from `axis` on replaced by others, of which one may be −1.
Tensor reshape_axes(const Tensor& x, std::int64_t axis, std::int64_t count, const Shape& sizes);
/// 0, 1, … as an int32 vector of the size that `axis` of like has, also where that isn't known yet.
Tensor iota(const Tensor& like, std::int64_t axis);

}  // namespace detail
}  // namespace keratin::inline v0::ops
