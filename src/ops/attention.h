#pragma once

#include <cstdint>

#include "graph/op.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::ops {

// softmax(scale · query·keyᵀ)·value by heads, without holding all scores. query is [batch, queries, heads, size], key
// and value [batch, keys, heads, size] (value's size may be another); the mask is bool and broadcasts to [batch, heads,
// queries, keys]. float32 and float64. Attribute: scale (double).
extern const graph::OpDef attention_op;           ///< query, key, value[, mask] → result
extern const graph::OpDef attention_gradient_op;  ///< query, key, value, ∂result[, mask] → ∂query, ∂key, ∂value

namespace detail {

/// dot_product_attention() without a bias, as one op where there is one for the dtype. The mask may be empty. Key and
/// value have as many heads as the query.
Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask, double scale);

/// (length, other length), true where a position along query's axis comes after one along key's, or is the same.
Tensor causal_mask(const Tensor& query, std::int64_t query_axis, const Tensor& key, std::int64_t key_axis);

}  // namespace detail
}  // namespace keratin::inline v0::ops
