#pragma once

#include <string_view>

#include "graph/op.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::ops {

// Indices are int32 or int64.
extern const graph::OpDef take_op;           ///< axis (int64)
extern const graph::OpDef take_gradient_op;  ///< gradient, indices, like (its shape alone): the transpose of take
extern const graph::OpDef take_along_axis_op;
extern const graph::OpDef take_along_axis_gradient_op;
extern const graph::OpDef gather_op;          ///< x, indices: the entries at positions in x's first dimensions
extern const graph::OpDef scatter_op;         ///< indices, values, and shape (Shape) or a third input of that shape
extern const graph::OpDef scatter_update_op;  ///< inputs, indices, updates
extern const graph::OpDef argsort_op;         ///< last axis; k (int64; −1: all), descending (bool)
extern const graph::OpDef in_top_k_op;        ///< targets, predictions; k (int64)
extern const graph::OpDef cumsum_op;          ///< axis (int64), reverse (bool)

namespace detail {

/// Indices as int32 or int64. Throws DTypeError (naming op) if they aren't integers.
Tensor as_indices(const Tensor& indices, std::string_view op);

}  // namespace detail
}  // namespace keratin::inline v0::ops
