#include "kernels/attention/geometry.h"

#include <algorithm>

namespace keratin::inline v0::kernels::attending {

Geometry::Geometry(const graph::KernelRequest& request, std::size_t mask)
    : batch(request.inputs[0].shape[0]),
      queries(request.inputs[0].shape[1]),
      heads(request.inputs[0].shape[2]),
      size(request.inputs[0].shape[3]),
      keys(request.inputs[1].shape[1]),
      value_size(request.inputs[2].shape[3]),
      masked(request.inputs.size() > mask) {
  const std::int64_t wanted = score_count / std::max<std::int64_t>(1, keys) / lanes * lanes;
  query_block =
      std::clamp<std::int64_t>(wanted, lanes, std::min(most_queries, padded(std::max<std::int64_t>(1, queries))));
  if (!masked) return;
  const Shape& shape = request.inputs[mask].shape;
  const std::array<std::int64_t, 4> whole{batch, heads, queries, keys};
  std::int64_t step = 1;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const std::size_t axis = shape.rank() - 1 - i;
    const std::int64_t own = shape.dims()[axis];
    mask_step[3 - i] = own == 1 && whole[3 - i] != 1 ? 0 : step;
    step *= own;
  }
}

MaskRows::MaskRows(const Geometry& geometry, const std::byte* mask, std::int64_t item, std::int64_t query) noexcept {
  if (!geometry.masked) return;
  const auto& step = geometry.mask_step;
  at = reinterpret_cast<const std::uint8_t*>(mask) + item / geometry.heads * step[0] + item % geometry.heads * step[1] +
       query * step[2];
  query_step = step[2];
  key_step = step[3];
}

}  // namespace keratin::inline v0::kernels::attending
