#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "keratin/core/array.h"

namespace keratin::inline v0 {

/// What an Array sees. Copies of an Array share it; views have one of their own over the same memory.
struct Array::Impl {
  std::shared_ptr<const void> memory;  ///< keeps it alive; its count tells whether somebody else sees it
  std::byte* first = nullptr;          ///< element (0, 0, …)
  Shape shape;
  std::array<std::int64_t, Shape::max_rank> strides{};
  std::int64_t size = 1;
  DType dtype = float32;
  bool contiguous = true;
  bool borrowed = false;

  /// Memory of its own, for `shape`; numbers are not set (0 with `zero`), strings are empty.
  static std::shared_ptr<Impl> make(const Shape& shape, DType dtype, bool zero);
};

namespace core {

using Strides = std::array<std::int64_t, Shape::max_rank>;

/// Row-major strides.
Strides contiguous_strides(const Shape& shape) noexcept;
/// True if elements lie one after another in row-major order.
bool is_contiguous(const Shape& shape, std::span<const std::int64_t> strides) noexcept;
/// Copies strided elements into row-major memory, whose elements (strings included) exist already.
void copy_elements(std::byte* to, const std::byte* from, const Shape& shape, std::span<const std::int64_t> strides,
                   DType dtype);

}  // namespace core
}  // namespace keratin::inline v0
