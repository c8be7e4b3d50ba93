#include "kernels/pool/geometry.h"

#include "kernels/conv/window.h"

namespace keratin::inline v0::kernels {

PoolAxis pool_axis(const graph::Attributes& attributes, std::size_t axis, std::int64_t length) {
  if (attributes.find("output_size") != nullptr)
    return {.length = length, .places = attributes.get<graph::Ints>("output_size")[axis], .adaptive = true};
  const Window window{.size = attributes.get<graph::Ints>("size")[axis],
                      .stride = attributes.get<graph::Ints>("strides")[axis],
                      .same = attributes.get<bool>("same")};
  return {.length = length,
          .places = window.places(length),
          .size = window.size,
          .stride = window.stride,
          .before = window.before(length)};
}

PoolGeometry pool_geometry(const graph::Attributes& attributes, const Shape& x) {
  PoolGeometry geometry{.batch = x.front(), .channels = x.back()};
  const std::size_t rank = x.rank() - 2;
  for (std::size_t i = 0; i < rank; ++i) geometry.axes[3 - rank + i] = pool_axis(attributes, i, x.dims()[i + 1]);
  return geometry;
}

}  // namespace keratin::inline v0::kernels
