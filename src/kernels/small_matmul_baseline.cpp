#include <emmintrin.h>

#include "kernels/small_matmul_loops.h"

namespace keratin::inline v0::kernels {
namespace {

struct Simd {
  using V = __m128;
  static constexpr int width = 4;
  static constexpr int registers = 16;
  static constexpr int rows = 4;
  static constexpr int transpose_block = 4;

  static V zero() noexcept { return _mm_setzero_ps(); }
  static V load(const float* from) noexcept { return _mm_loadu_ps(from); }
  static V load_partial(const float* from, int count) noexcept {
    float values[width] = {};
    for (int i = 0; i < count; ++i) values[i] = from[i];
    return _mm_loadu_ps(values);
  }
  static void store(float* to, V value) noexcept { _mm_storeu_ps(to, value); }
  static void store_partial(float* to, V value, int count) noexcept {
    float values[width];
    _mm_storeu_ps(values, value);
    for (int i = 0; i < count; ++i) to[i] = values[i];
  }
  static V broadcast(float value) noexcept { return _mm_set1_ps(value); }
  static V add(V a, V b) noexcept { return _mm_add_ps(a, b); }
  static V multiply_add(V a, V b, V c) noexcept { return _mm_add_ps(_mm_mul_ps(a, b), c); }
  static V relu(V value) noexcept { return _mm_max_ps(zero(), value); }  // NaN stays: the second operand is kept
  static float sum(V value) noexcept {
    const V pairs = _mm_add_ps(value, _mm_movehl_ps(value, value));
    return _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps(pairs, pairs, 1)));
  }
  static void transpose(const float* from, std::int64_t from_row, float* to, std::int64_t to_row) noexcept {
    V a = load(from);
    V b = load(from + from_row);
    V c = load(from + 2 * from_row);
    V d = load(from + 3 * from_row);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    store(to, a);
    store(to + to_row, b);
    store(to + 2 * to_row, c);
    store(to + 3 * to_row, d);
  }
};

}  // namespace

const SmallMatmulLoops small_matmul_baseline = small::loops<Simd>;

}  // namespace keratin::inline v0::kernels
