#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "core/array_impl.h"
#include "keratin/core/array.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

/// The shape with its −1 replaced by what `size` leaves for it.
Shape resolved(const Shape& wanted, const Shape& from, std::int64_t size) {
  Shape shape = wanted;
  std::int64_t known = 1;
  std::optional<std::int64_t> open;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(shape.rank()); ++i) {
    if (shape[i] >= 0) {
      known = __builtin_mul_overflow(known, shape[i], &known) ? 0 : known;
    } else if (open) {
      throw ShapeError("reshaped infers one dimension at most. Received: shape=" + to_string(wanted));
    } else {
      open = i;
    }
  }
  if (open && known > 0 && size % known == 0) shape[*open] = size / known;
  if (!shape.is_static() || shape.elements() != size)
    throw ShapeError("Can't reshape " + std::to_string(size) + " elements of shape " + to_string(from) +
                     ". Received: shape=" + to_string(wanted));
  return shape;
}

struct Factor {
  std::int64_t size;
  std::int64_t stride;
};

/// Strides that see the same elements in another shape; nothing where only a copy can (NumPy's rule: each group of
/// dimensions that are merged must be evenly spaced).
std::optional<core::Strides> reshaped_strides(const Shape& from, std::span<const std::int64_t> strides,
                                              const Shape& to) {
  std::vector<Factor> old;
  for (std::size_t i = 0; i < from.rank(); ++i) {
    const std::int64_t size = from.dims()[i];
    if (size == 1) continue;
    if (!old.empty() && old.back().stride == size * strides[i]) {
      old.back() = {old.back().size * size, strides[i]};
    } else {
      old.push_back({size, strides[i]});
    }
  }
  // From the innermost: each new dimension must divide what is left of the old run it lies in.
  core::Strides result{};
  std::size_t run = old.size();
  Factor left{1, 1};
  for (std::size_t i = to.rank(); i-- > 0;) {
    const std::int64_t size = to.dims()[i];
    if (size != 1 && left.size == 1) left = old[--run];
    result[i] = left.stride;
    if (left.size % size != 0) return std::nullopt;
    left = {left.size / size, left.stride * size};
  }
  return result;
}

std::int64_t normalized_axis(std::int64_t axis, const Shape& shape, const char* what) {
  const auto rank = static_cast<std::int64_t>(shape.rank());
  if (axis < -rank || axis >= rank)
    throw ValueError(std::string(what) + "'s axis is out of range. Received: axis=" + std::to_string(axis) +
                     " for an array of shape " + to_string(shape));
  return axis < 0 ? axis + rank : axis;
}

}  // namespace

Array Array::view(const Shape& shape, std::span<const std::int64_t> strides, std::int64_t offset) const {
  auto impl = std::make_shared<Impl>(self());
  impl->shape = shape;
  impl->strides = {};
  std::copy(strides.begin(), strides.end(), impl->strides.begin());
  impl->size = shape.elements();
  impl->contiguous = core::is_contiguous(shape, strides);
  if (impl->size > 0) impl->first += offset * static_cast<std::int64_t>(size_of(impl->dtype));
  return Array(std::move(impl));
}

Array Array::reshaped(const Shape& wanted) const {
  const Impl& impl = self();
  const Shape shape = resolved(wanted, impl.shape, impl.size);
  if (impl.contiguous) return view(shape, {core::contiguous_strides(shape).data(), shape.rank()}, 0);
  const auto strides = reshaped_strides(impl.shape, impl.strides, shape);
  return strides ? view(shape, {strides->data(), shape.rank()}, 0) : copy().reshaped(shape);
}

Array Array::rows(std::int64_t first, std::int64_t last) const {
  const Impl& impl = self();
  const std::int64_t count = impl.shape.empty() ? 0 : impl.shape.front();
  const std::int64_t from = first < 0 ? first + count : first;
  const std::int64_t to = last < 0 ? last + count : last;
  if (impl.shape.empty() || from < 0 || from > to || to > count)
    throw ValueError("rows' bounds must lie within the first dimension. Received: first=" + std::to_string(first) +
                     ", last=" + std::to_string(last) + " for an array of shape " + to_string(impl.shape));
  Shape shape = impl.shape;
  shape[0] = to - from;
  return view(shape, strides(), from * impl.strides[0]);
}

Array Array::transposed(std::vector<std::int64_t> axes) const {
  const Impl& impl = self();
  const std::size_t rank = impl.shape.rank();
  if (axes.empty())
    for (std::size_t i = rank; i-- > 0;) axes.push_back(static_cast<std::int64_t>(i));
  Shape shape = impl.shape;
  core::Strides strides{};
  std::array<bool, Shape::max_rank> seen{};
  if (axes.size() != rank)
    throw ValueError("transposed takes each axis once. Received: " + std::to_string(axes.size()) +
                     " axes for an array of shape " + to_string(impl.shape));
  for (std::size_t i = 0; i < rank; ++i) {
    const auto axis = static_cast<std::size_t>(normalized_axis(axes[i], impl.shape, "transposed"));
    if (std::exchange(seen[axis], true))
      throw ValueError("transposed takes each axis once. Received: axis " + std::to_string(axis) + " twice");
    shape[static_cast<std::int64_t>(i)] = impl.shape.dims()[axis];
    strides[i] = impl.strides[axis];
  }
  return view(shape, {strides.data(), rank}, 0);
}

Array Array::sliced(std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step) const {
  const Impl& impl = self();
  const auto along = normalized_axis(axis, impl.shape, "sliced");
  const std::int64_t size = impl.shape[along];
  const std::int64_t from = start < 0 ? start + size : start;
  const std::int64_t to = stop < 0 ? stop + size : stop;
  const bool forward = step > 0 && from >= 0 && from <= size && to >= 0 && to <= size;
  const bool backward = step < 0 && from >= 0 && from < std::max<std::int64_t>(1, size) && to >= -1 && to < size;
  if (!forward && !backward)
    throw ValueError("sliced's bounds must lie within the axis, and its step must not be 0. Received: start=" +
                     std::to_string(start) + ", stop=" + std::to_string(stop) + ", step=" + std::to_string(step) +
                     " along axis " + std::to_string(axis) + " of an array of shape " + to_string(impl.shape));
  const std::int64_t distance = forward ? to - from : from - to;
  // Not negated where it is the smallest integer: any step beyond the size is the same.
  const std::int64_t stride = std::clamp(step, -size - 1, size + 1);
  const std::int64_t magnitude = forward ? stride : -stride;
  Shape shape = impl.shape;
  shape[along] = distance <= 0 ? 0 : (distance + magnitude - 1) / magnitude;
  core::Strides strides = impl.strides;
  const std::int64_t offset = from * strides[static_cast<std::size_t>(along)];
  strides[static_cast<std::size_t>(along)] *= stride;
  return view(shape, {strides.data(), shape.rank()}, offset);
}

Array Array::take(std::span<const std::int64_t> indices) const {
  const Impl& impl = self();
  if (impl.shape.empty()) throw ValueError("take needs rows. Received: an array of shape ()");
  const std::int64_t rows = impl.shape.front();
  Shape shape = impl.shape;
  shape[0] = static_cast<std::int64_t>(indices.size());
  Shape row = impl.shape;
  row.erase(0);
  Array result = empty(shape, impl.dtype);
  const auto element = static_cast<std::int64_t>(size_of(impl.dtype));
  const std::int64_t row_bytes = row.elements() * element;
  const std::span<const std::int64_t> row_strides = strides().subspan(1);
  const bool plain = impl.dtype != string && core::is_contiguous(row, row_strides);
  std::byte* to = result.impl_->first;
  for (const std::int64_t index : indices) {
    const std::int64_t at = index < 0 ? index + rows : index;
    if (at < 0 || at >= rows)
      throw ValueError("take's index is out of range. Received: " + std::to_string(index) + " for an array of shape " +
                       to_string(impl.shape));
    const std::byte* const from = impl.first + at * impl.strides[0] * element;
    if (plain) {
      std::memcpy(to, from, static_cast<std::size_t>(row_bytes));
    } else {
      core::copy_elements(to, from, row, row_strides, impl.dtype);
    }
    to += row_bytes;
  }
  return result;
}

Array Array::contiguous() const { return is_contiguous() ? *this : copy(); }

Array Array::copy() const {
  const Impl& impl = self();
  Array result = empty(impl.shape, impl.dtype);
  core::copy_elements(result.impl_->first, impl.first, impl.shape, strides(), impl.dtype);
  return result;
}

}  // namespace keratin::inline v0
