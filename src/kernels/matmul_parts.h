#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/matmul_geometry.h"

namespace keratin::inline v0::kernels {

/// How a range is cut into parts for the session's threads: equal ones, multiples of `grain`, the last may be shorter.
struct MatmulParts {
  std::int64_t count = 0;
  std::int64_t each = 0;
  int parts = 1;

  MatmulParts() = default;
  MatmulParts(std::int64_t total, std::int64_t grain, int threads) noexcept : count(total) {
    const std::int64_t wanted = std::max<std::int64_t>(1, std::min<std::int64_t>(threads, total / grain));
    each = wanted == 1 ? total : (total + wanted * grain - 1) / (wanted * grain) * grain;
    parts = each == 0 ? 1 : static_cast<int>((total + each - 1) / each);
  }
  std::int64_t first(std::int64_t part) const noexcept { return part * each; }
  std::int64_t last(std::int64_t part) const noexcept { return std::min(count, (part + 1) * each); }
};

/// Threads worth waking: a product of some microseconds is done sooner than they are awake. One row (a matrix times a
/// vector) waits for memory, not for arithmetic.
inline int matmul_threads(const MatmulGeometry& geometry, int threads) noexcept {
  const double operations = geometry.operations();
  const double memory = static_cast<double>(geometry.items) * static_cast<double>(geometry.b_size());
  return operations >= 1e6 || memory >= 2e5 ? threads : 1;
}

/// Bytes of a buffer of floats within a workspace.
inline std::size_t matmul_buffer_bytes(std::int64_t floats) noexcept {
  return (static_cast<std::size_t>(floats) * sizeof(float) + 63) / 64 * 64;
}

}  // namespace keratin::inline v0::kernels
