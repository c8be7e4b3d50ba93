#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "graph/attributes.h"
#include "keratin/core/shape.h"

namespace keratin::inline v0::kernels {

/// The windows along one axis of a pooling: window i covers [first(i), last(i)), without what lies on padding.
struct PoolAxis {
  std::int64_t length = 1;  ///< of the input
  std::int64_t places = 1;
  std::int64_t size = 1;
  std::int64_t stride = 1;
  std::int64_t before = 0;
  bool adaptive = false;  ///< the windows divide the axis into `places` parts, which overlap where that isn't whole

  std::int64_t first(std::int64_t i) const noexcept {
    return adaptive ? i * length / places : std::max<std::int64_t>(0, i * stride - before);
  }
  std::int64_t last(std::int64_t i) const noexcept {
    return adaptive ? ((i + 1) * length + places - 1) / places : std::min(length, i * stride - before + size);
  }
};

/// A pooling of [batch, …space, channels]; axes are depth, height, width, with those that are missing in front.
struct PoolGeometry {
  std::int64_t batch = 0;
  std::int64_t channels = 0;
  std::array<PoolAxis, 3> axes{};

  std::int64_t pixels() const noexcept { return axes[0].length * axes[1].length * axes[2].length; }
  std::int64_t places() const noexcept { return axes[0].places * axes[1].places * axes[2].places; }
};

/// The windows of attributes "size", "strides" (Ints) and "same" (bool), or of "output_size" (Ints): adaptive ones.
PoolAxis pool_axis(const graph::Attributes& attributes, std::size_t axis, std::int64_t length);
/// Of an input of this shape.
PoolGeometry pool_geometry(const graph::Attributes& attributes, const Shape& x);

}  // namespace keratin::inline v0::kernels
