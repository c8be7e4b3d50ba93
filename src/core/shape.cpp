#include "keratin/core/shape.h"

#include <algorithm>
#include <ostream>

#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

void check_rank(std::size_t rank) {
  if (rank > Shape::max_rank)
    throw ShapeError("A shape has at most " + std::to_string(Shape::max_rank) +
                     " dimensions. Received: " + std::to_string(rank) + " dimensions");
}

std::int64_t checked_size(std::int64_t size) {
  if (size < -1)
    throw ShapeError("A dimension's size must be 0 or more, or −1 for an unknown one. Received: " +
                     std::to_string(size));
  return size;
}

}  // namespace

Shape::Shape(std::initializer_list<Dim> dims) {
  check_rank(dims.size());
  for (const Dim dim : dims) dims_[rank_++] = checked_size(dim.size);
}

Shape::Shape(std::span<const std::int64_t> dims) {
  check_rank(dims.size());
  for (const std::int64_t size : dims) dims_[rank_++] = checked_size(size);
}

std::size_t Shape::checked(std::int64_t index) const {
  const auto rank = static_cast<std::int64_t>(rank_);
  if (index < -rank || index >= rank)
    throw ShapeError("The shape " + to_string(*this) + " has no dimension " + std::to_string(index) + ": it has " +
                     std::to_string(rank) + " of them");
  return static_cast<std::size_t>(index < 0 ? index + rank : index);
}

void Shape::push_back(std::int64_t size) { insert(rank_, size); }

void Shape::insert(std::size_t index, std::int64_t size) {
  check_rank(rank_ + 1);
  if (index > rank_)
    throw ShapeError("Can't insert a dimension at " + std::to_string(index) + " into the shape " + to_string(*this));
  checked_size(size);
  std::copy_backward(dims_.begin() + index, dims_.begin() + rank_, dims_.begin() + rank_ + 1);
  dims_[index] = size;
  ++rank_;
}

void Shape::erase(std::size_t index) {
  const std::size_t at = checked(static_cast<std::int64_t>(index));
  std::copy(dims_.begin() + at + 1, dims_.begin() + rank_, dims_.begin() + at);
  --rank_;
}

bool Shape::is_static() const noexcept {
  return std::all_of(begin(), end(), [](std::int64_t size) { return size >= 0; });
}

std::int64_t Shape::elements() const {
  if (!is_static())
    throw ShapeError("The number of elements isn't known where a dimension is unknown. Received: shape=" +
                     to_string(*this));
  if (std::find(begin(), end(), 0) != end()) return 0;
  std::int64_t product = 1;
  for (const std::int64_t size : dims())
    if (__builtin_mul_overflow(product, size, &product))
      throw ShapeError("A shape's elements must be fewer than 2^63. Received: shape=" + to_string(*this));
  return product;
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (i > 0) text += ", ";
    const std::int64_t size = shape.dims()[i];
    text += size < 0 ? "None" : std::to_string(size);
  }
  return text + (shape.rank() == 1 ? ",)" : ")");
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

}  // namespace keratin::inline v0
