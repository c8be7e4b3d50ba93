#include "kernels/elementwise/broadcast.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "keratin/core/error.h"

namespace keratin::inline v0::kernels {
namespace {

template <class T>
void copy(const T* from, std::int64_t n, T* out) noexcept {
  std::memcpy(out, from, static_cast<std::size_t>(n) * sizeof(T));
}

/// Calls f with a null pointer to an unsigned type of the elements' size.
template <class F>
void with_element_of(std::size_t bytes, F&& f) {
  switch (bytes) {
    case 1:
      return f(static_cast<std::uint8_t*>(nullptr));
    case 2:
      return f(static_cast<std::uint16_t*>(nullptr));
    case 4:
      return f(static_cast<std::uint32_t*>(nullptr));
    default:
      return f(static_cast<std::uint64_t*>(nullptr));
  }
}

}  // namespace

Broadcast::Broadcast(const Shape& from, const Shape& to, std::size_t element_bytes) : element_bytes_(element_bytes) {
  bool fits = from.rank() <= to.rank();
  std::int64_t stride = 1;
  // From the last dimension to the first; the order is turned at the end.
  for (std::size_t i = 0; fits && i < to.rank(); ++i) {
    const std::int64_t size = to.dims()[to.rank() - 1 - i];
    const std::int64_t own = i < from.rank() ? from.dims()[from.rank() - 1 - i] : 1;
    fits = own == size || own == 1;
    if (size != 1) add_dimension(size, own == 1 ? 0 : stride);
    stride *= own;
  }
  if (!fits)
    throw ShapeError("elementwise: an input's shape must broadcast to the output's. Received: " + to_string(from) +
                     " for the output " + to_string(to));
  if (rank_ == 0) add_dimension(1, 0);
  std::reverse(sizes_.begin(), sizes_.begin() + static_cast<std::ptrdiff_t>(rank_));
  std::reverse(strides_.begin(), strides_.begin() + static_cast<std::ptrdiff_t>(rank_));
}

void Broadcast::add_dimension(std::int64_t size, std::int64_t stride) noexcept {
  if (rank_ > 0) {
    const std::size_t inner = rank_ - 1;
    const bool both_repeated = stride == 0 && strides_[inner] == 0;
    const bool both_walked = stride != 0 && stride == strides_[inner] * sizes_[inner];
    if (both_repeated || both_walked) {
      sizes_[inner] *= size;
      return;
    }
  }
  sizes_[rank_] = size;
  strides_[rank_++] = stride;
}

void Broadcast::load(const std::byte* input, std::int64_t first, std::int64_t n, std::byte* out) const noexcept {
  with_element_of(element_bytes_, [&]<class T>(T*) {
    const auto* const from = reinterpret_cast<const T*>(input);
    auto* const to = reinterpret_cast<T*>(out);
    const bool periodic = rank_ == 2 && strides_[0] == 0 && sizes_[1] < n;
    periodic ? load_periodic(from, first, n, to) : load_as(from, first, n, to);
  });
}

/// The same row again and again: written once, then copied in doubling pieces.
template <class T>
void Broadcast::load_periodic(const T* input, std::int64_t first, std::int64_t n, T* out) const noexcept {
  const std::int64_t period = sizes_[1];
  const std::int64_t phase = first % period;
  copy(input + phase, period - phase, out);
  copy(input, phase, out + period - phase);
  for (std::int64_t done = period; done < n; done *= 2) copy(out, std::min(done, n - done), out + done);
}

template <class T>
void Broadcast::load_as(const T* input, std::int64_t first, std::int64_t n, T* out) const noexcept {
  const std::size_t last = rank_ - 1;
  std::array<std::int64_t, Shape::max_rank> index{};
  std::int64_t rest = first;
  for (std::size_t d = rank_; d-- > 0; rest /= sizes_[d]) index[d] = rest % sizes_[d];
  const T* row = input;
  for (std::size_t d = 0; d < last; ++d) row += index[d] * strides_[d];
  std::int64_t column = index[last];
  while (n > 0) {
    const std::int64_t piece = std::min(sizes_[last] - column, n);
    if (strides_[last] == 0) {
      std::fill_n(out, piece, *row);
    } else {
      copy(row + column, piece, out);
    }
    out += piece;
    n -= piece;
    column = 0;
    for (std::size_t d = last; d-- > 0;) {
      row += strides_[d];
      if (++index[d] < sizes_[d]) break;
      row -= strides_[d] * sizes_[d];
      index[d] = 0;
    }
  }
}

void splat(const std::byte* element, std::size_t element_bytes, std::int64_t n, std::byte* out) noexcept {
  with_element_of(element_bytes, [&]<class T>(T*) {
    std::fill_n(reinterpret_cast<T*>(out), n, *reinterpret_cast<const T*>(element));
  });
}

}  // namespace keratin::inline v0::kernels
