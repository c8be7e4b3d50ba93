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

/// Offsets, multiples of 64, so that buffers that live at the same time don't overlap: largest first, each in the
/// lowest gap that holds it.
Placement place(std::span<Interval> intervals);

}  // namespace keratin::inline v0::compile
