#pragma once

namespace keratin::inline v0::core {

/// The least multiple that is no less than n ≥ 0.
template <class N>
constexpr N rounded_up(N n, N multiple) noexcept {
  return (n + multiple - 1) / multiple * multiple;
}

}  // namespace keratin::inline v0::core
