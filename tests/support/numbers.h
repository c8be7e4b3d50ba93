#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace keratin::test {

/// So many numbers from −1 to 1, the same ones for the same state.
inline std::vector<float> numbers(std::int64_t count, std::uint32_t state) {
  std::vector<float> result(static_cast<std::size_t>(count));
  for (float& value : result) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) * 0x1p-23f - 1.0f;
  }
  return result;
}

}  // namespace keratin::test
