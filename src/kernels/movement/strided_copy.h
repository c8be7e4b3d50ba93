#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/parallel.h"
#include "keratin/core/shape.h"

namespace keratin::inline v0::kernels {

/// One axis of a copy; strides count elements, may be 0 (reading alone) or negative.
struct CopyAxis {
  std::int64_t size = 1;
  std::int64_t from = 0;
  std::int64_t to = 0;
};

/// Copies elements of 1, 2, 4 or 8 bytes between two strided layouts: what transposing, slicing, broadcasting, padding
/// and joining have in common. Axes that lie one in the other are merged, contiguous ones are copied as blocks, and
/// where the layouts' inner axes differ, it goes tile by tile.
class StridedCopy {
 public:
  StridedCopy() noexcept = default;
  /// `axes`: outermost first, at most Shape::max_rank of them. Offsets count elements.
  StridedCopy(std::span<const CopyAxis> axes, std::size_t element_bytes, std::int64_t from_offset = 0,
              std::int64_t to_offset = 0);

  void run(const std::byte* from, std::byte* to, core::Parallel& parallel) const;

 private:
  struct Buffers {
    const std::byte* from;
    std::byte* to;
  };
  class Walk;
  using Range = void (StridedCopy::*)(Buffers buffers, std::int64_t first, std::int64_t last) const;

  void add(const CopyAxis& axis) noexcept;
  void choose_way() noexcept;
  template <std::size_t bytes>
  void copy_rows(Buffers buffers, std::int64_t first, std::int64_t last) const;
  template <std::size_t bytes>
  void copy_tiles(Buffers buffers, std::int64_t first, std::int64_t last) const;
  template <std::size_t bytes>
  void set_way(bool tiles) noexcept;

  std::array<CopyAxis, Shape::max_rank> axes_{};
  std::size_t rank_ = 0;
  std::size_t element_bytes_ = 1;
  std::int64_t from_offset_ = 0;
  std::int64_t to_offset_ = 0;
  std::int64_t units_ = 0;  ///< elements, or bands of tiles
  std::int64_t grain_ = 1;
  Range range_ = nullptr;
};

}  // namespace keratin::inline v0::kernels
