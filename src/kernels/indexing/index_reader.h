#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "keratin/core/dtype.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::kernels {

/// Calls f(indices) with the indices as they are stored.
template <class F>
void with_indices(DType dtype, const std::byte* indices, F&& f) {
  if (dtype == int64) {
    f(reinterpret_cast<const std::int64_t*>(indices));
  } else {
    f(reinterpret_cast<const std::int32_t*>(indices));
  }
}

/// Throws ValueError for the first of `count` indices (`stride` apart) that does not fit an axis of `size` entries.
template <class Index>
void check_indices(std::string_view op, const Index* indices, std::int64_t count, std::int64_t stride,
                   std::int64_t size) {
  std::int64_t lowest = 0;
  std::int64_t highest = -1;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<std::int64_t>(indices[i * stride]);
    lowest = std::min(lowest, index);
    highest = std::max(highest, index);
  }
  if (lowest >= -size && highest < size) return;
  std::int64_t position = 0;
  while (indices[position * stride] >= -size && indices[position * stride] < size) ++position;
  throw ValueError(std::string(op) + ": an index into an axis of size " + std::to_string(size) + " must be in [" +
                   std::to_string(-size) + ", " + std::to_string(size - 1) + "]. Received: index " +
                   std::to_string(indices[position * stride]) + " at position " + std::to_string(position));
}

/// A checked index, from 0 on.
template <class Index>
std::int64_t wrapped(Index index, std::int64_t size) noexcept {
  return index < 0 ? static_cast<std::int64_t>(index) + size : static_cast<std::int64_t>(index);
}

}  // namespace keratin::inline v0::kernels
