#pragma once

// Compiled once for each instruction set, into the namespace KERATIN_LEVEL; see elementwise/level.h.

#include "kernels/elementwise/float32_math.h"
#include "kernels/reduce_level.h"
#include "kernels/softmax_columns.h"
#include "kernels/softmax_loops.h"
#include "kernels/softmax_short.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL::softmax_family {

/// Elements that are worked on at a time: a loop over so many becomes vectors as a whole, also for short rows.
inline constexpr std::int64_t block = 16;

/// out[i] = f(a[i], b[i]) over a block of which only n elements are there; those of `a` that aren't count as `fill`,
/// those of b as 0.
template <class F>
KERATIN_INLINE void short_block(float* out, const float* a, const float* b, std::int64_t n, float fill, F f) {
  float as[block];
  float bs[block] = {};
  float results[block];
  for (float& value : as) value = fill;
  __builtin_memcpy(as, a, static_cast<std::size_t>(n) * sizeof(float));
  __builtin_memcpy(bs, b, static_cast<std::size_t>(n) * sizeof(float));
  KERATIN_VECTORS
  for (std::int64_t i = 0; i < block; ++i) results[i] = f(as[i], bs[i], i);
  __builtin_memcpy(out, results, static_cast<std::size_t>(n) * sizeof(float));
}

/// out[i] = f(a[i], b[i], i % block), by blocks.
template <class F>
KERATIN_INLINE void by_blocks(float* out, const float* a, const float* b, std::int64_t n, float fill, F f) {
  std::int64_t i = 0;
  for (; i + block <= n; i += block) {
    KERATIN_VECTORS
    for (std::int64_t j = 0; j < block; ++j) out[i + j] = f(a[i + j], b[i + j], j);
  }
  if (i < n) short_block(out + i, a + i, b + i, n - i, fill, f);
}

/// Adds by lanes what f gives, and leaves each f in out.
template <class F>
KERATIN_INLINE float summed(float* out, const float* a, const float* b, std::int64_t n, float fill, F f) {
  float sums[block] = {};
  by_blocks(out, a, b, n, fill, [&](float x, float y, std::int64_t lane) {
    const float value = f(x, y);
    sums[lane] += value;
    return value;
  });
  for (std::int64_t half = block / 2; half > 0; half /= 2)
    for (std::int64_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  return sums[0];
}

/// out = exp(x − shift), where shift is the largest x; the sum.
KERATIN_INLINE float exps(float* out, const float* x, std::int64_t n, float shift) {
  return summed(out, x, x, n, -__builtin_inff(),
                [shift](float a, float /*b*/) { return float32_math::exp_of_negative(a - shift); });
}

inline void softmax_of_row(float* out, const float* x, std::int64_t n) {
  const float maximum = reducing::reduce_row<reducing::Max>(x, n);
  const float factor = 1.0f / exps(out, x, n, maximum);
  by_blocks(out, out, out, n, 0.0f, [factor](float e, float /*b*/, std::int64_t) { return e * factor; });
}

inline void exp_sum_of_row(const float* x, std::int64_t n, float& maximum, float& sum) {
  constexpr std::int64_t piece = 1024;
  float scratch[piece];
  maximum = reducing::reduce_row<reducing::Max>(x, n);
  sum = 0.0f;
  for (std::int64_t i = 0; i < n; i += piece) sum += exps(scratch, x + i, n - i < piece ? n - i : piece, maximum);
}

inline void log_softmax_of_row(float* out, const float* x, std::int64_t n) {
  float maximum = 0.0f;
  float sum = 0.0f;
  exp_sum_of_row(x, n, maximum, sum);
  const float log_sum = float32_math::log(sum);
  by_blocks(out, x, x, n, 0.0f,
            [maximum, log_sum](float a, float /*b*/, std::int64_t) { return (a - maximum) - log_sum; });
}

inline void softmax_gradient_of_row(float* out, const float* y, const float* dy, std::int64_t n) {
  constexpr std::int64_t piece = 1024;
  float scratch[piece];
  float dot = 0.0f;
  for (std::int64_t i = 0; i < n; i += piece)
    dot += summed(scratch, y + i, dy + i, n - i < piece ? n - i : piece, 0.0f, [](float a, float b) { return a * b; });
  by_blocks(out, y, dy, n, 0.0f, [dot](float a, float b, std::int64_t) { return a * (b - dot); });
}

inline void log_softmax_gradient_of_row(float* out, const float* y, const float* dy, std::int64_t n) {
  const float sum = reducing::reduce_row<reducing::Add>(dy, n);
  by_blocks(out, y, dy, n, 0.0f, [sum](float a, float b, std::int64_t) { return b - float32_math::exp(a) * sum; });
}

inline void softmax(float* out, const float* x, std::int64_t rows, std::int64_t n) {
  if (n <= short_row) return short_softmax(out, x, rows, n);
  for (; rows > 0; --rows, out += n, x += n) softmax_of_row(out, x, n);
}

inline void log_softmax(float* out, const float* x, std::int64_t rows, std::int64_t n) {
  if (n <= short_row) return short_log_softmax(out, x, rows, n);
  for (; rows > 0; --rows, out += n, x += n) log_softmax_of_row(out, x, n);
}

inline void softmax_gradient(float* out, const float* y, const float* dy, std::int64_t rows, std::int64_t n) {
  if (n <= short_row) return short_softmax_gradient(out, y, dy, rows, n);
  for (; rows > 0; --rows, out += n, y += n, dy += n) softmax_gradient_of_row(out, y, dy, n);
}

inline void log_softmax_gradient(float* out, const float* y, const float* dy, std::int64_t rows, std::int64_t n) {
  if (n <= short_row) return short_log_softmax_gradient(out, y, dy, rows, n);
  for (; rows > 0; --rows, out += n, y += n, dy += n) log_softmax_gradient_of_row(out, y, dy, n);
}

inline void exp_sum(const float* x, std::int64_t rows, std::int64_t n, float* maxima, float* sums) {
  if (n <= short_row) return short_exp_sum(x, rows, n, maxima, sums);
  for (; rows > 0; --rows, x += n) exp_sum_of_row(x, n, *maxima++, *sums++);
}

inline constexpr SoftmaxLoops loops{softmax, log_softmax,     softmax_gradient,        log_softmax_gradient,
                                    exp_sum, softmax_columns, softmax_columns_gradient};

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL::softmax_family
