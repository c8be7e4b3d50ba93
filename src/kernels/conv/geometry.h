#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

/// Sizes along depth, height and width; what has fewer of them has 1 in front.
using Extent = std::array<std::int64_t, 3>;

/// A convolution y(dst) = x(src) ∗ kernel and its two gradients, which have the same sizes. x and y are [batch, …space,
/// channels], the kernel is [space, in / groups, out]; all are contiguous.
struct ConvGeometry {
  std::int64_t batch = 0;
  std::int64_t groups = 1;
  std::int64_t in = 0;   ///< channels of x
  std::int64_t out = 0;  ///< channels of y
  Extent src{1, 1, 1};
  Extent dst{1, 1, 1};
  Extent kernel{1, 1, 1};
  Extent stride{1, 1, 1};
  Extent dilation{1, 1, 1};
  Extent before{};  ///< padding
  Extent after{};

  std::int64_t group_in() const noexcept { return in / groups; }
  std::int64_t group_out() const noexcept { return out / groups; }
  std::int64_t src_pixels() const noexcept { return src[0] * src[1] * src[2]; }  ///< of one item of the batch
  std::int64_t dst_pixels() const noexcept { return dst[0] * dst[1] * dst[2]; }
  std::int64_t taps() const noexcept { return kernel[0] * kernel[1] * kernel[2]; }
  std::int64_t weights() const noexcept { return taps() * group_in() * out; }
  double operations() const noexcept;
  bool is_empty() const noexcept;

  friend bool operator==(const ConvGeometry&, const ConvGeometry&) noexcept = default;
};

/// Of specs x, kernel and y, and attributes "strides", "dilation" (Ints, a number for each spatial dimension) and
/// "same" (bool).
ConvGeometry conv_geometry(const graph::Attributes& attributes, const Shape& x, const Shape& kernel, const Shape& y);

}  // namespace keratin::inline v0::kernels
