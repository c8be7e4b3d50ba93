#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "keratin/core/shape.h"

namespace keratin::inline v0::kernels {

/// A shape as one of its axes sees it.
struct Slab {
  std::int64_t outer = 1;  ///< elements before the axis
  std::int64_t size = 1;   ///< of the axis
  std::int64_t inner = 1;  ///< elements behind it
};

inline Slab slab_around(const Shape& shape, std::int64_t axis) {
  Slab slab;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(shape.rank()); ++i)
    (i < axis ? slab.outer : i > axis ? slab.inner : slab.size) *= shape[i];
  return slab;
}

/// Calls f(outer, inner first, inner last) for the columns first … last of outer × inner.
template <class F>
void for_each_band(std::int64_t inner, std::int64_t first, std::int64_t last, F&& f) {
  while (first < last) {
    const std::int64_t outer = first / inner;
    const std::int64_t end = std::min(last, (outer + 1) * inner);
    f(outer, first - outer * inner, end - outer * inner);
    first = end;
  }
}

}  // namespace keratin::inline v0::kernels
