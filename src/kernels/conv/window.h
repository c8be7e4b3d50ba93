#pragma once

#include <algorithm>
#include <cstdint>

namespace keratin::inline v0::kernels {

/// A window that moves along one axis, with TensorFlow's arithmetic of places and padding.
struct Window {
  std::int64_t size = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  bool same = false;  ///< padded so that there is a place for each stride; otherwise the window stays inside

  /// From its first element to behind its last.
  std::int64_t reach() const noexcept { return (size - 1) * dilation + 1; }
  /// Places on an axis of `length` elements; 0 where it doesn't fit.
  std::int64_t places(std::int64_t length) const noexcept {
    if (same) return (length + stride - 1) / stride;
    return length < reach() ? 0 : (length - reach()) / stride + 1;
  }
  /// Elements that are missing at both ends.
  std::int64_t padding(std::int64_t length) const noexcept {
    return same ? std::max<std::int64_t>((places(length) - 1) * stride + reach() - length, 0) : 0;
  }
  /// Of these, the ones before the first element; an odd one is at the end.
  std::int64_t before(std::int64_t length) const noexcept { return padding(length) / 2; }
};

}  // namespace keratin::inline v0::kernels
