#include "kernels/conv/parts.h"

#include <algorithm>

#include "kernels/matmul_parts.h"

namespace keratin::inline v0::kernels {
namespace {

std::vector<ConvPart> by_items(const ConvGeometry& whole, int threads) {
  const MatmulParts ranges(whole.batch, 1, threads);
  std::vector<ConvPart> parts;
  for (std::int64_t i = 0; i < ranges.parts; ++i) {
    ConvPart& part = parts.emplace_back(ConvPart{whole});
    part.geometry.batch = ranges.last(i) - ranges.first(i);
    part.src = ranges.first(i) * whole.src_pixels() * whole.in;
    part.dst = ranges.first(i) * whole.dst_pixels() * whole.out;
  }
  return parts;
}

/// The outermost axis along which there is more than one result: what it is cut into lies in one piece.
std::size_t outermost(const ConvGeometry& g) noexcept {
  if (g.src[0] > 1 || g.dst[0] > 1) return 0;
  return g.src[1] > 1 || g.dst[1] > 1 ? 1 : 2;
}

/// Rows [first, last) of y along the axis, and the rows of x that they see.
ConvPart rows(const ConvGeometry& whole, std::size_t axis, std::int64_t first, std::int64_t last) {
  ConvPart part{whole};
  const std::int64_t reach = (whole.kernel[axis] - 1) * whole.dilation[axis] + 1;
  const std::int64_t begin = first * whole.stride[axis] - whole.before[axis];
  const std::int64_t end = (last - 1) * whole.stride[axis] - whole.before[axis] + reach;
  const std::int64_t from = std::clamp<std::int64_t>(begin, 0, whole.src[axis]);
  const std::int64_t to = std::clamp<std::int64_t>(end, from, whole.src[axis]);
  part.geometry.dst[axis] = last - first;
  part.geometry.src[axis] = to - from;
  part.geometry.before[axis] = from - begin;
  part.geometry.after[axis] = std::max<std::int64_t>(0, end - to);
  part.src = from * (whole.src_pixels() / whole.src[axis]) * whole.in;
  part.dst = first * (whole.dst_pixels() / whole.dst[axis]) * whole.out;
  return part;
}

}  // namespace

std::vector<ConvPart> conv_parts(const ConvGeometry& whole, ConvDirection direction, int threads) {
  const int useful = whole.operations() >= 1e6 ? threads : 1;
  if (whole.batch > 1 || direction != ConvDirection::forward || useful == 1) return by_items(whole, useful);
  const std::size_t axis = outermost(whole);
  const MatmulParts ranges(whole.dst[axis], 4, useful);
  std::vector<ConvPart> parts;
  for (std::int64_t i = 0; i < ranges.parts; ++i) {
    parts.push_back(rows(whole, axis, ranges.first(i), ranges.last(i)));
    if (parts.back().geometry.src[axis] == 0) return by_items(whole, 1);  // it would see nothing but padding
  }
  return parts;
}

}  // namespace keratin::inline v0::kernels
