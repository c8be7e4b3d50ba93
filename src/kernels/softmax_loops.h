#pragma once

#include <cstdint>

namespace keratin::inline v0::kernels {

/// What the softmax family does to one contiguous row of float32, by vectors; one set for each instruction set.
struct SoftmaxLoops {
  void (*softmax)(float* out, const float* x, std::int64_t n);
  void (*log_softmax)(float* out, const float* x, std::int64_t n);
  /// y · (dy − Σ dy · y)
  void (*softmax_gradient)(float* out, const float* y, const float* dy, std::int64_t n);
  /// dy − exp(y) · Σ dy
  void (*log_softmax_gradient)(float* out, const float* y, const float* dy, std::int64_t n);
  /// The row's maximum, and the sum of exp(x − maximum).
  void (*exp_sum)(const float* x, std::int64_t n, float& maximum, float& sum);
};

extern const SoftmaxLoops softmax_baseline;
extern const SoftmaxLoops softmax_avx2;
extern const SoftmaxLoops softmax_avx512;
/// The best of this machine.
const SoftmaxLoops& softmax_loops() noexcept;

}  // namespace keratin::inline v0::kernels
