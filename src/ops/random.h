#pragma once

#include "core/philox.h"
#include "graph/op.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::ops {

// Inputs: the step (an int64 scalar) and, unless attribute shape (Shape) says it, a tensor of the shape. Attribute key
// (Ints, two words). float32.
extern const graph::OpDef random_uniform_op;    ///< in [0, 1)
extern const graph::OpDef random_normal_op;     ///< mean 0, deviation 1
extern const graph::OpDef truncated_normal_op;  ///< normal numbers within two deviations

namespace detail {

// Element i at a step depends on key, step and i alone. float32; no gradient flows to `like`, whose data isn't read.
Tensor random_uniform(const Shape& shape, core::PhiloxKey key, const Tensor& step);
Tensor random_uniform_like(const Tensor& like, core::PhiloxKey key, const Tensor& step);
Tensor random_normal(const Shape& shape, core::PhiloxKey key, const Tensor& step);
Tensor random_normal_like(const Tensor& like, core::PhiloxKey key, const Tensor& step);
Tensor truncated_normal(const Shape& shape, core::PhiloxKey key, const Tensor& step);
Tensor truncated_normal_like(const Tensor& like, core::PhiloxKey key, const Tensor& step);

/// x with a share `rate` (in [0, 1)) of its elements set to 0 and the others divided by 1 − rate.
Tensor dropout(const Tensor& x, double rate, core::PhiloxKey key, const Tensor& step);
/// The same with one draw for each element of `like`, whose shape broadcasts to x's and whose data isn't read.
Tensor dropout(const Tensor& x, double rate, core::PhiloxKey key, const Tensor& step, const Tensor& like);

}  // namespace detail
}  // namespace keratin::inline v0::ops
