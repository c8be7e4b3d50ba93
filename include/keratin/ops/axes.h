#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <type_traits>

#include "keratin/core/export.h"
#include "keratin/core/shape.h"

namespace keratin::inline v0 {

/// Keras's `axis`: one axis, several ({0, -1}), or none given, which means all of them. Negative ones count from the
/// end.
class KERATIN_API Axes {
 public:
  Axes() noexcept = default;
  template <std::integral T>
    requires(!std::is_same_v<T, bool>)
  Axes(T axis) noexcept : values_{static_cast<std::int64_t>(axis)}, size_(1) {}
  /// Throws ValueError for more than Shape::max_rank of them.
  Axes(std::initializer_list<Dim> axes);
  explicit Axes(std::span<const std::int64_t> axes);

  bool empty() const noexcept { return size_ == 0; }
  std::span<const std::int64_t> values() const noexcept { return {values_.data(), size_}; }

 private:
  void push_back(std::int64_t axis);

  std::array<std::int64_t, Shape::max_rank> values_{};
  std::size_t size_ = 0;
};

}  // namespace keratin::inline v0
