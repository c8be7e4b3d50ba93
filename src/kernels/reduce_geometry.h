#pragma once

#include <array>
#include <cstdint>

#include "graph/attributes.h"
#include "keratin/core/shape.h"

namespace keratin::inline v0::kernels {

/// A nest of loops over part of an array: sizes, and the distance of neighbours.
struct LoopNest {
  std::array<std::int64_t, Shape::max_rank> sizes{};
  std::array<std::int64_t, Shape::max_rank> strides{};
  std::size_t depth = 0;

  void push_front(std::int64_t size, std::int64_t stride) noexcept;
  std::int64_t count() const noexcept;
  /// Where iteration `index` lies.
  std::int64_t offset(std::int64_t index) const noexcept;
};

/// An array as a reduction sees it: dimensions of size 1 are left out, neighbours of one kind merged, and of what is
/// left the innermost dimension taken out: it is contiguous, and either reduced (a row) or kept (a column each).
struct ReduceGeometry {
  LoopNest kept;
  LoopNest reduced;
  std::int64_t inner = 1;
  bool inner_is_reduced = true;

  ReduceGeometry(const Shape& shape, const graph::Ints& axes);
};

}  // namespace keratin::inline v0::kernels
