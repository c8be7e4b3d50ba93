#include "core/array_impl.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include "keratin/core/error.h"
#include "keratin/core/memory.h"

namespace keratin::inline v0 {
namespace {

constexpr std::size_t alignment = 64;

std::shared_ptr<void> allocate_strings(std::size_t count) {
  auto* const strings =
      static_cast<std::string*>(::operator new(count * sizeof(std::string), std::align_val_t{alignment}));
  std::uninitialized_value_construct_n(strings, count);
  return {strings, [count](std::string* memory) {
            std::destroy_n(memory, count);
            ::operator delete(memory, std::align_val_t{alignment});
          }};
}

std::shared_ptr<void> allocate_numbers(std::size_t bytes, bool zero) {
  void* const memory = ::operator new(bytes, std::align_val_t{alignment});
  if (zero) std::memset(memory, 0, bytes);
  return {memory, [](void* block) { ::operator delete(block, std::align_val_t{alignment}); }};
}

template <std::size_t size>
void copy_row(std::byte* to, const std::byte* from, std::int64_t count, std::int64_t stride) {
  constexpr auto step = static_cast<std::int64_t>(size);
  for (std::int64_t i = 0; i < count; ++i) std::memcpy(to + i * step, from + i * stride * step, size);
}

/// Elements of the innermost dimension; numbers by their size alone, as they are only moved.
void copy_row(std::byte* to, const std::byte* from, std::int64_t count, std::int64_t stride, DType dtype) {
  if (dtype == string) {
    for (std::int64_t i = 0; i < count; ++i)
      reinterpret_cast<std::string*>(to)[i] = reinterpret_cast<const std::string*>(from)[i * stride];
    return;
  }
  const std::size_t size = size_of(dtype);
  if (stride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * size);
    return;
  }
  switch (size) {
    case 1:
      return copy_row<1>(to, from, count, stride);
    case 2:
      return copy_row<2>(to, from, count, stride);
    case 4:
      return copy_row<4>(to, from, count, stride);
    default:
      return copy_row<8>(to, from, count, stride);
  }
}

/// The shape with neighbours merged where one step of the outer is a whole run of the inner, and 1s left out.
struct Merged {
  std::array<std::int64_t, Shape::max_rank> sizes{};
  core::Strides strides{};
  std::size_t rank = 0;
};

Merged merged(const Shape& shape, std::span<const std::int64_t> strides) {
  Merged result;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const std::int64_t size = shape.dims()[i];
    if (size == 1) continue;
    if (result.rank > 0 && result.strides[result.rank - 1] == size * strides[i]) {
      result.sizes[result.rank - 1] *= size;
      result.strides[result.rank - 1] = strides[i];
      continue;
    }
    result.sizes[result.rank] = size;
    result.strides[result.rank++] = strides[i];
  }
  if (result.rank == 0) result = {.sizes = {1}, .strides = {1}, .rank = 1};
  return result;
}

}  // namespace

std::shared_ptr<Array::Impl> Array::Impl::make(const Shape& shape, DType dtype, bool zero) {
  auto impl = std::make_shared<Impl>();
  impl->shape = shape;
  impl->strides = core::contiguous_strides(shape);
  impl->size = shape.elements();
  impl->dtype = dtype;
  std::int64_t bytes = 0;
  try {
    if (__builtin_mul_overflow(impl->size, static_cast<std::int64_t>(size_of(dtype)), &bytes)) throw std::bad_alloc();
    const std::shared_ptr<void> memory = dtype == string ? allocate_strings(static_cast<std::size_t>(impl->size))
                                                         : allocate_numbers(static_cast<std::size_t>(bytes), zero);
    impl->first = static_cast<std::byte*>(memory.get());
    impl->memory = memory;
  } catch (const std::bad_alloc&) {
    throw OutOfMemoryError("No memory for an Array of " + std::to_string(impl->size) + " elements of " +
                           std::string(name_of(dtype)) + " (" + std::to_string(size_of(dtype)) +
                           " bytes each). Received: shape=" + to_string(shape));
  }
  return impl;
}

namespace core {

Strides contiguous_strides(const Shape& shape) noexcept {
  Strides strides{};
  std::uint64_t step = 1;  // unsigned: beside a 0, the others' product may be beyond 2^63
  for (std::size_t i = shape.rank(); i-- > 0;) {
    strides[i] = static_cast<std::int64_t>(step);
    step *= static_cast<std::uint64_t>(std::max<std::int64_t>(1, shape.dims()[i]));
  }
  return strides;
}

bool is_contiguous(const Shape& shape, std::span<const std::int64_t> strides) noexcept {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return true;
  std::int64_t step = 1;
  for (std::size_t i = shape.rank(); i-- > 0;) {
    const std::int64_t size = shape.dims()[i];
    if (size != 1 && strides[i] != step) return false;
    step *= size;
  }
  return true;
}

void copy_elements(std::byte* to, const std::byte* from, const Shape& shape, std::span<const std::int64_t> strides,
                   DType dtype) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return;
  const Merged over = merged(shape, strides);
  const std::size_t inner = over.rank - 1;
  const auto element = static_cast<std::int64_t>(size_of(dtype));
  const std::int64_t row_bytes = over.sizes[inner] * element;
  Strides at{};
  for (;;) {
    copy_row(to, from, over.sizes[inner], over.strides[inner], dtype);
    to += row_bytes;
    // The next row: count up the outer dimensions like an odometer.
    std::size_t axis = inner;
    while (axis > 0) {
      --axis;
      from += over.strides[axis] * element;
      if (++at[axis] < over.sizes[axis]) break;
      from -= over.strides[axis] * over.sizes[axis] * element;
      at[axis] = 0;
      if (axis == 0) return;
    }
    if (inner == 0) return;
  }
}

}  // namespace core
}  // namespace keratin::inline v0
