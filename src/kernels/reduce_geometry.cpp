#include "kernels/reduce_geometry.h"

namespace keratin::inline v0::kernels {

void LoopNest::push_front(std::int64_t size, std::int64_t stride) noexcept {
  for (std::size_t i = depth; i > 0; --i) {
    sizes[i] = sizes[i - 1];
    strides[i] = strides[i - 1];
  }
  sizes[0] = size;
  strides[0] = stride;
  ++depth;
}

std::int64_t LoopNest::count() const noexcept {
  std::int64_t product = 1;
  for (std::size_t i = 0; i < depth; ++i) product *= sizes[i];
  return product;
}

std::int64_t LoopNest::offset(std::int64_t index) const noexcept {
  std::int64_t sum = 0;
  for (std::size_t i = depth; i > 0; --i) {
    sum += index % sizes[i - 1] * strides[i - 1];
    index /= sizes[i - 1];
  }
  return sum;
}

ReduceGeometry::ReduceGeometry(const Shape& shape, const graph::Ints& axes) {
  struct Run {
    std::int64_t size;
    bool is_reduced;
  };
  std::array<Run, Shape::max_rank> runs{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const std::int64_t size = shape.dims()[i];
    if (size == 1) continue;
    const bool is_reduced = axes.contains(static_cast<std::int64_t>(i));
    if (count > 0 && runs[count - 1].is_reduced == is_reduced) {
      runs[count - 1].size *= size;
    } else {
      runs[count++] = {size, is_reduced};
    }
  }
  if (count == 0) return;
  inner = runs[--count].size;
  inner_is_reduced = runs[count].is_reduced;
  std::int64_t stride = inner;
  while (count > 0) {
    const Run& run = runs[--count];
    (run.is_reduced ? reduced : kept).push_front(run.size, stride);
    stride *= run.size;
  }
}

}  // namespace keratin::inline v0::kernels
