#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>

#include "keratin/core/export.h"

namespace keratin::inline v0 {

/// The size of one dimension; any integer converts. −1 stands for a size not known yet (Keras's None).
struct Dim {
  template <std::integral T>
  constexpr Dim(T value) noexcept : size(static_cast<std::int64_t>(value)) {}
  std::int64_t size;
};

/// Sizes of an array's dimensions, at most Shape::max_rank of them; −1 marks an unknown one.
/// Indices may be negative: shape[-1] is the last dimension.
class KERATIN_API Shape {
 public:
  static constexpr std::size_t max_rank = 8;

  Shape() noexcept = default;
  /// Throws ShapeError for more than max_rank dimensions or a size below −1.
  Shape(std::initializer_list<Dim> dims);
  explicit Shape(std::span<const std::int64_t> dims);

  std::size_t rank() const noexcept { return rank_; }
  std::size_t size() const noexcept { return rank_; }  ///< number of dimensions, as a container
  bool empty() const noexcept { return rank_ == 0; }
  std::span<const std::int64_t> dims() const noexcept { return {dims_.data(), rank_}; }

  /// Throws ShapeError when there is no such dimension.
  std::int64_t operator[](std::int64_t index) const { return dims_[checked(index)]; }
  std::int64_t& operator[](std::int64_t index) { return dims_[checked(index)]; }
  std::int64_t front() const { return (*this)[0]; }
  std::int64_t back() const { return (*this)[-1]; }
  const std::int64_t* begin() const noexcept { return dims_.data(); }
  const std::int64_t* end() const noexcept { return dims_.data() + rank_; }

  void push_back(std::int64_t size);
  void insert(std::size_t index, std::int64_t size);
  void erase(std::size_t index);

  /// True if no dimension is unknown.
  bool is_static() const noexcept;
  /// Product of the dimensions (1 for rank 0); throws ShapeError if one is unknown or the product overflows.
  std::int64_t elements() const;

  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (std::size_t i = 0; i < a.rank_; ++i)
      if (a.dims_[i] != b.dims_[i]) return false;
    return true;
  }

 private:
  std::size_t checked(std::int64_t index) const;

  std::array<std::int64_t, max_rank> dims_{};
  std::size_t rank_ = 0;
};

/// "(32, 64)", "(None, 10)", "(3,)", "()": as Python writes it.
KERATIN_API std::string to_string(const Shape& shape);
KERATIN_API std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace keratin::inline v0
