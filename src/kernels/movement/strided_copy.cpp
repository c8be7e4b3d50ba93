#include "kernels/movement/strided_copy.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace keratin::inline v0::kernels {
namespace {

constexpr std::int64_t tile = 32;
constexpr std::int64_t elements_per_thread = 16384;

template <std::size_t bytes>
void copy_run(const std::byte* __restrict from, std::int64_t from_stride, std::byte* __restrict to,
              std::int64_t to_stride, std::int64_t count) noexcept {
  constexpr auto width = static_cast<std::int64_t>(bytes);
  if (from_stride == 1 && to_stride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * bytes);
  } else if (from_stride == 0 && to_stride == 1) {
    for (std::int64_t i = 0; i < count; ++i) std::memcpy(to + i * width, from, bytes);
  } else {
    for (std::int64_t i = 0; i < count; ++i)
      std::memcpy(to + i * to_stride * width, from + i * from_stride * width, bytes);
  }
}

}  // namespace

/// Goes through the outer axes in row-major order and keeps both offsets.
class StridedCopy::Walk {
 public:
  Walk(const StridedCopy& copy, std::size_t outer_axes, std::int64_t position) noexcept
      : axes_(copy.axes_.data(), outer_axes), from_(copy.from_offset_), to_(copy.to_offset_) {
    for (std::size_t i = axes_.size(); i-- > 0;) {
      index_[i] = position % axes_[i].size;
      position /= axes_[i].size;
      from_ += index_[i] * axes_[i].from;
      to_ += index_[i] * axes_[i].to;
    }
  }

  std::int64_t from() const noexcept { return from_; }
  std::int64_t to() const noexcept { return to_; }

  void next() noexcept {
    for (std::size_t i = axes_.size(); i-- > 0;) {
      from_ += axes_[i].from;
      to_ += axes_[i].to;
      if (++index_[i] < axes_[i].size) return;
      index_[i] = 0;
      from_ -= axes_[i].size * axes_[i].from;
      to_ -= axes_[i].size * axes_[i].to;
    }
  }

 private:
  std::span<const CopyAxis> axes_;
  std::array<std::int64_t, Shape::max_rank> index_{};
  std::int64_t from_;
  std::int64_t to_;
};

StridedCopy::StridedCopy(std::span<const CopyAxis> axes, std::size_t element_bytes, std::int64_t from_offset,
                         std::int64_t to_offset)
    : element_bytes_(element_bytes), from_offset_(from_offset), to_offset_(to_offset) {
  units_ = 1;
  for (const CopyAxis& axis : axes) {
    units_ *= axis.size;
    add(axis);
  }
  if (rank_ == 0) axes_[rank_++] = {1, 1, 1};
  if (units_ > 0) choose_way();
}

void StridedCopy::add(const CopyAxis& axis) noexcept {
  if (axis.size == 1) return;
  if (rank_ > 0) {
    CopyAxis& outer = axes_[rank_ - 1];
    if (outer.from == axis.from * axis.size && outer.to == axis.to * axis.size) {
      outer = {outer.size * axis.size, axis.from, axis.to};
      return;
    }
  }
  axes_[rank_++] = axis;
}

void StridedCopy::choose_way() noexcept {
  const CopyAxis& inner = axes_[rank_ - 1];
  const auto outer_end = axes_.begin() + static_cast<std::ptrdiff_t>(rank_ - 1);
  const auto along = std::find_if(axes_.begin(), outer_end, [](const CopyAxis& axis) { return axis.from == 1; });
  const bool tiles = along != outer_end && inner.to == 1 && inner.from != 0 && inner.from != 1;
  grain_ = elements_per_thread;
  if (tiles) {
    // The axis that is contiguous where it comes from goes next to the one that is contiguous where it goes to.
    std::rotate(along, along + 1, outer_end);
    const CopyAxis& columns = axes_[rank_ - 2];
    const std::int64_t bands = (columns.size + tile - 1) / tile;
    units_ = units_ / (columns.size * inner.size) * bands;
    grain_ = std::max<std::int64_t>(1, elements_per_thread / (tile * inner.size));
  }
  switch (element_bytes_) {
    case 1:
      return set_way<1>(tiles);
    case 2:
      return set_way<2>(tiles);
    case 4:
      return set_way<4>(tiles);
    default:
      return set_way<8>(tiles);
  }
}

template <std::size_t bytes>
void StridedCopy::set_way(bool tiles) noexcept {
  range_ = tiles ? &StridedCopy::copy_tiles<bytes> : &StridedCopy::copy_rows<bytes>;
}

template <std::size_t bytes>
void StridedCopy::copy_rows(Buffers buffers, std::int64_t first, std::int64_t last) const {
  constexpr auto width = static_cast<std::int64_t>(bytes);
  const CopyAxis inner = axes_[rank_ - 1];
  Walk row(*this, rank_ - 1, first / inner.size);
  std::int64_t column = first % inner.size;
  while (first < last) {
    const std::int64_t count = std::min(inner.size - column, last - first);
    copy_run<bytes>(buffers.from + (row.from() + column * inner.from) * width, inner.from,
                    buffers.to + (row.to() + column * inner.to) * width, inner.to, count);
    first += count;
    column = 0;
    row.next();
  }
}

template <std::size_t bytes>
void StridedCopy::copy_tiles(Buffers buffers, std::int64_t first, std::int64_t last) const {
  constexpr auto width = static_cast<std::int64_t>(bytes);
  const CopyAxis columns = axes_[rank_ - 2];
  const CopyAxis inner = axes_[rank_ - 1];
  const std::int64_t bands = (columns.size + tile - 1) / tile;
  Walk matrix(*this, rank_ - 2, first / bands);
  for (std::int64_t unit = first; unit < last; ++unit) {
    const std::int64_t band = unit % bands;
    const std::int64_t column_end = std::min(columns.size, (band + 1) * tile);
    for (std::int64_t row = 0; row < inner.size; row += tile) {
      const std::int64_t count = std::min(tile, inner.size - row);
      for (std::int64_t column = band * tile; column < column_end; ++column)
        copy_run<bytes>(buffers.from + (matrix.from() + column + row * inner.from) * width, inner.from,
                        buffers.to + (matrix.to() + column * columns.to + row) * width, 1, count);
    }
    if (band + 1 == bands) matrix.next();
  }
}

void StridedCopy::run(const std::byte* from, std::byte* to, core::Parallel& parallel) const {
  if (units_ == 0) return;
  const Buffers buffers{from, to};
  parallel(units_, grain_,
           [this, buffers](std::int64_t first, std::int64_t last) { (this->*range_)(buffers, first, last); });
}

}  // namespace keratin::inline v0::kernels
