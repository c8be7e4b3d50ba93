#include <immintrin.h>

#include "kernels/small_matmul_loops.h"
#include "kernels/transpose_8x8.h"

namespace keratin::inline v0::kernels {
namespace {

struct Simd {
  using V = __m512;
  static constexpr int width = 16;
  static constexpr int registers = 32;
  static constexpr int rows = 8;
  static constexpr int transpose_block = 8;

  static V zero() noexcept { return _mm512_setzero_ps(); }
  static V load(const float* from) noexcept { return _mm512_loadu_ps(from); }
  static __mmask16 mask(int count) noexcept { return static_cast<__mmask16>((1u << static_cast<unsigned>(count)) - 1); }
  static V load_partial(const float* from, int count) noexcept { return _mm512_maskz_loadu_ps(mask(count), from); }
  static void store(float* to, V value) noexcept { _mm512_storeu_ps(to, value); }
  static void store_partial(float* to, V value, int count) noexcept { _mm512_mask_storeu_ps(to, mask(count), value); }
  static V broadcast(float value) noexcept { return _mm512_set1_ps(value); }
  static V add(V a, V b) noexcept { return _mm512_add_ps(a, b); }
  static V multiply_add(V a, V b, V c) noexcept { return _mm512_fmadd_ps(a, b, c); }
  static V relu(V value) noexcept { return _mm512_max_ps(zero(), value); }  // NaN stays: the second operand is kept
  static float sum(V value) noexcept { return _mm512_reduce_add_ps(value); }
  static void transpose(const float* from, std::int64_t from_row, float* to, std::int64_t to_row) noexcept {
    transpose_8x8(from, from_row, to, to_row);
  }
};

}  // namespace

const SmallMatmulLoops small_matmul_avx512 = small::loops<Simd>;

}  // namespace keratin::inline v0::kernels
