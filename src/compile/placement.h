#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace keratin::inline v0::compile {

/// A buffer's life, both steps included.
struct Interval {
  std::size_t bytes = 0;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::size_t offset = 0;  ///< filled by place()
};

struct Placement {
  std::size_t bytes = 0;  ///< that the whole takes, alignment included
  std::size_t live = 0;   ///< the largest sum of live buffers
};

/// The largest sum of bytes that live at the same time.
std::size_t most_live(std::span<const Interval> intervals);

/// Offsets, multiples of 64, so that buffers that live at the same time don't overlap: each in the lowest gap that
/// holds it, in the best of a few orders (largest first is tried first).
Placement place(std::span<Interval> intervals);

}  // namespace keratin::inline v0::compile
