#pragma once

// Philox for a vector of counters at once; compiled for each instruction set as elementwise/level.h says.

#include <cstring>

#include <immintrin.h>

#include "kernels/level_vectors.h"
#include "kernels/random_blocks.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL {

inline constexpr int lanes = vector_bytes / 8;

/// A word for each counter in the low half of a lane; what is in the high half never matters.
using Words [[gnu::vector_size(vector_bytes)]] = std::uint64_t;
using Pairs [[gnu::vector_size(vector_bytes)]] = std::int32_t;
using Floats [[gnu::vector_size(vector_bytes)]] = float;

[[gnu::always_inline]] inline Words product(Words a, std::uint64_t b) {
  const Words factor = Words{} + b;
#if defined(__AVX512F__)
  return reinterpret_cast<Words>(_mm512_mul_epu32(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(factor)));
#else
  return reinterpret_cast<Words>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(factor)));
#endif
}

/// Two words of each lane as numbers in [0, 1), side by side.
[[gnu::always_inline]] inline Floats uniform(Words first, Words second) {
  const Words words = ((first & 0xffffff00u) >> 8) | ((second & 0xffffff00u) << 24);
  return __builtin_convertvector(reinterpret_cast<Pairs>(words), Floats) * 0x1p-24f;
}

[[gnu::always_inline]] inline void store(float* out, Words a, Words b, Words c, Words d) {
  const auto first = reinterpret_cast<Words>(uniform(a, b));
  const auto second = reinterpret_cast<Words>(uniform(c, d));
#if defined(__AVX512F__)
  const Words low = __builtin_shufflevector(first, second, 0, 8, 1, 9, 2, 10, 3, 11);
  const Words high = __builtin_shufflevector(first, second, 4, 12, 5, 13, 6, 14, 7, 15);
#else
  const Words low = __builtin_shufflevector(first, second, 0, 4, 1, 5);
  const Words high = __builtin_shufflevector(first, second, 2, 6, 3, 7);
#endif
  std::memcpy(out, &low, sizeof low);
  std::memcpy(out + sizeof low / sizeof(float), &high, sizeof high);
}

void uniform_blocks(float* out, const std::uint32_t* key, std::uint64_t step, std::uint64_t first_block,
                    std::int64_t blocks) {
  static_assert(block_lanes % lanes == 0);
  Words number;
  for (int i = 0; i < lanes; ++i) number[i] = first_block + static_cast<std::uint64_t>(i);
  for (std::int64_t block = 0; block < blocks; block += lanes, number += lanes, out += 4 * lanes) {
    Words a = number;
    Words b = number >> 32;
    Words c = Words{} + step;
    Words d = c >> 32;
    std::uint32_t key_0 = key[0];
    std::uint32_t key_1 = key[1];
    for (int round = 0; round < 10; ++round) {
      const Words first = product(a, 0xD2511F53u);
      const Words second = product(c, 0xCD9E8D57u);
      a = (second >> 32) ^ b ^ key_0;
      b = second;
      c = (first >> 32) ^ d ^ key_1;
      d = first;
      key_0 += 0x9E3779B9u;
      key_1 += 0xBB67AE85u;
    }
    store(out, a, b, c, d);
  }
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL
