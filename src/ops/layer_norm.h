#pragma once

#include "graph/op.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::ops {

// Layer normalization along the last axis as one kernel. float32 and float64. Attributes: epsilon (double); scale and
// center (bool): whether there are gamma and beta, one number each for an index along the axis.
extern const graph::OpDef layer_norm_op;           ///< x[, gamma][, beta] → y, and by row mean and 1/deviation
extern const graph::OpDef layer_norm_gradient_op;  ///< x, mean, 1/deviation, ∂y[, gamma] → ∂x, ∂gamma, ∂beta

namespace detail {

bool has_layer_norm(DType dtype) noexcept;
/// gamma and beta may be empty.
Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon);

}  // namespace detail
}  // namespace keratin::inline v0::ops
