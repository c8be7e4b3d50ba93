#include <immintrin.h>

#include "kernels/small_matmul_loops.h"
#include "kernels/transpose_8x8.h"

namespace keratin::inline v0::kernels {
namespace {

struct Simd {
  using V = __m256;
  static constexpr int width = 8;
  static constexpr int registers = 16;
  static constexpr int rows = 6;
  static constexpr int transpose_block = 8;

  static V zero() noexcept { return _mm256_setzero_ps(); }
  static V load(const float* from) noexcept { return _mm256_loadu_ps(from); }
  static __m256i mask(int count) noexcept {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static V load_partial(const float* from, int count) noexcept { return _mm256_maskload_ps(from, mask(count)); }
  static void store(float* to, V value) noexcept { _mm256_storeu_ps(to, value); }
  static void store_partial(float* to, V value, int count) noexcept { _mm256_maskstore_ps(to, mask(count), value); }
  static V broadcast(float value) noexcept { return _mm256_set1_ps(value); }
  static V add(V a, V b) noexcept { return _mm256_add_ps(a, b); }
  static V multiply_add(V a, V b, V c) noexcept { return _mm256_fmadd_ps(a, b, c); }
  static V relu(V value) noexcept { return _mm256_max_ps(zero(), value); }  // NaN stays: the second operand is kept
  static float sum(V value) noexcept {
    const __m128 fours = _mm_add_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1));
    const __m128 pairs = _mm_add_ps(fours, _mm_movehl_ps(fours, fours));
    return _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps(pairs, pairs, 1)));
  }
  static void transpose(const float* from, std::int64_t from_row, float* to, std::int64_t to_row) noexcept {
    transpose_8x8(from, from_row, to, to_row);
  }
};

}  // namespace

const SmallMatmulLoops small_matmul_avx2 = small::loops<Simd>;

}  // namespace keratin::inline v0::kernels
