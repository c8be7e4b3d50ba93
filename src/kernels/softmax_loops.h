#pragma once

#include <cstdint>

namespace keratin::inline v0::kernels {

/// What the softmax family does to contiguous rows of n float32, by vectors; one set for each instruction set. A row's
/// result is the same whatever rows it is computed with.
struct SoftmaxLoops {
  void (*softmax)(float* out, const float* x, std::int64_t rows, std::int64_t n);
  void (*log_softmax)(float* out, const float* x, std::int64_t rows, std::int64_t n);
  /// y · (dy − Σ dy · y)
  void (*softmax_gradient)(float* out, const float* y, const float* dy, std::int64_t rows, std::int64_t n);
  /// dy − exp(y) · Σ dy
  void (*log_softmax_gradient)(float* out, const float* y, const float* dy, std::int64_t rows, std::int64_t n);
  /// By row: the maximum, and the sum of exp(x − maximum).
  void (*exp_sum)(const float* x, std::int64_t rows, std::int64_t n, float* maxima, float* sums);
  // Of columns, in place, where no sum crosses a vector. n is a multiple of softmax_columns_grain.
  void (*softmax_columns)(float* x, std::int64_t rows, std::int64_t n);
  /// dy ← y · (dy − Σ dy · y)
  void (*softmax_columns_gradient)(const float* y, float* dy, std::int64_t rows, std::int64_t n);
};

inline constexpr std::int64_t softmax_columns_grain = 16;

extern const SoftmaxLoops softmax_baseline;
extern const SoftmaxLoops softmax_avx2;
extern const SoftmaxLoops softmax_avx512;
/// The best of this machine.
const SoftmaxLoops& softmax_loops() noexcept;

}  // namespace keratin::inline v0::kernels
