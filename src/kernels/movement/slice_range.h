#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace keratin::inline v0::kernels {

/// As a slice's stop: to the end, whatever the size is.
inline constexpr std::int64_t slice_end = std::numeric_limits<std::int64_t>::max();
/// As the stop of a slice with a negative step: down to the first element, which is included.
inline constexpr std::int64_t slice_before_first = std::numeric_limits<std::int64_t>::min();

/// What start, stop and step mean on an axis of a known size.
struct SliceRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Python's rules: negative bounds count from the end, bounds out of range are moved to the ends. step ≠ 0.
constexpr SliceRange resolve_slice(std::int64_t size, std::int64_t start, std::int64_t stop,
                                   std::int64_t step) noexcept {
  const std::int64_t lowest = step > 0 ? 0 : -1;
  const std::int64_t highest = step > 0 ? size : size - 1;
  const auto place = [=](std::int64_t bound) { return std::clamp(bound < 0 ? bound + size : bound, lowest, highest); };
  const std::int64_t first = place(start);
  const std::int64_t span = step > 0 ? place(stop) - first : first - place(stop);
  if (span <= 0) return {first, 0};
  const std::int64_t steps = (span - 1) / step;  // its sign is the step's
  return {first, 1 + (step > 0 ? steps : -steps)};
}

}  // namespace keratin::inline v0::kernels
