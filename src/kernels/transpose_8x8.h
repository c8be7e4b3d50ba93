#pragma once

#include <cstdint>

#include <immintrin.h>

namespace keratin::inline v0::kernels {

/// Eight rows of eight floats become columns. For files compiled with AVX alone (internal linkage: each has its own).
static inline void transpose_8x8(const float* from, std::int64_t from_row, float* to, std::int64_t to_row) noexcept {
  __m256 pairs[8];
  for (int i = 0; i < 8; i += 2) {
    const __m256 first = _mm256_loadu_ps(from + i * from_row);
    const __m256 second = _mm256_loadu_ps(from + (i + 1) * from_row);
    pairs[i] = _mm256_unpacklo_ps(first, second);
    pairs[i + 1] = _mm256_unpackhi_ps(first, second);
  }
  __m256 fours[8];
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; ++j) {
      fours[i + 2 * j] = _mm256_shuffle_ps(pairs[i + j], pairs[i + j + 2], 0x44);
      fours[i + 2 * j + 1] = _mm256_shuffle_ps(pairs[i + j], pairs[i + j + 2], 0xee);
    }
  for (int i = 0; i < 4; ++i) {
    _mm256_storeu_ps(to + i * to_row, _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20));
    _mm256_storeu_ps(to + (i + 4) * to_row, _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31));
  }
}

}  // namespace keratin::inline v0::kernels
