#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "keratin/core/shape.h"

namespace keratin::inline v0::kernels {

/// Reads an input as if it had the output's shape (NumPy's broadcasting), a range of elements at a time.
class Broadcast {
 public:
  /// Throws ShapeError if `from` doesn't broadcast to `to`.
  Broadcast(const Shape& from, const Shape& to, std::size_t element_bytes);

  /// Elements first … first + n − 1 of the broadcast input.
  void load(const std::byte* input, std::int64_t first, std::int64_t n, std::byte* out) const noexcept;

 private:
  template <class T>
  void load_as(const T* input, std::int64_t first, std::int64_t n, T* out) const noexcept;
  template <class T>
  void load_periodic(const T* input, std::int64_t first, std::int64_t n, T* out) const noexcept;
  void add_dimension(std::int64_t size, std::int64_t stride) noexcept;

  // Neighbouring dimensions that are walked as one are one.
  std::array<std::int64_t, Shape::max_rank> sizes_{};
  std::array<std::int64_t, Shape::max_rank> strides_{};  ///< elements; 0 where the input is repeated
  std::size_t rank_ = 0;
  std::size_t element_bytes_;
};

/// n copies of one element of 1, 2, 4 or 8 bytes.
void splat(const std::byte* element, std::size_t element_bytes, std::int64_t n, std::byte* out) noexcept;

}  // namespace keratin::inline v0::kernels
