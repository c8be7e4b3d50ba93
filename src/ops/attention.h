#pragma once

#include <cstdint>

#include "keratin/graph/tensor.h"

namespace keratin::inline v0::ops::detail {

/// (length, other length), true where a position along query's axis comes after one along key's, or is the same.
Tensor causal_mask(const Tensor& query, std::int64_t query_axis, const Tensor& key, std::int64_t key_axis);

}  // namespace keratin::inline v0::ops::detail
