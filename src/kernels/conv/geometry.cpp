#include "kernels/conv/geometry.h"

#include "kernels/conv/window.h"

namespace keratin::inline v0::kernels {

double ConvGeometry::operations() const noexcept {
  return 2.0 * static_cast<double>(batch) * static_cast<double>(dst_pixels()) * static_cast<double>(weights());
}

bool ConvGeometry::is_empty() const noexcept {
  return batch == 0 || src_pixels() == 0 || dst_pixels() == 0 || weights() == 0;
}

ConvGeometry conv_geometry(const graph::Attributes& attributes, const Shape& x, const Shape& kernel, const Shape& y) {
  const auto& strides = attributes.get<graph::Ints>("strides");
  const auto& dilation = attributes.get<graph::Ints>("dilation");
  ConvGeometry geometry;
  geometry.batch = x.front();
  geometry.in = x.back();
  geometry.out = kernel.back();
  geometry.groups = kernel[-2] == 0 ? 1 : geometry.in / kernel[-2];
  const std::size_t rank = x.rank() - 2;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t to = 3 - rank + i;
    geometry.src[to] = x.dims()[i + 1];
    geometry.dst[to] = y.dims()[i + 1];
    geometry.kernel[to] = kernel.dims()[i];
    geometry.stride[to] = strides[i];
    geometry.dilation[to] = dilation[i];
    const Window window{kernel.dims()[i], strides[i], dilation[i], attributes.get<bool>("same")};
    geometry.before[to] = window.before(geometry.src[to]);
    geometry.after[to] = window.padding(geometry.src[to]) - geometry.before[to];
  }
  return geometry;
}

}  // namespace keratin::inline v0::kernels
