#pragma once

#include <cstdint>

namespace keratin::inline v0::kernels {

/// What layer normalization does to contiguous rows of n elements, which stay in the cache between its passes; one set
/// for each instruction set. A row's result is the same whatever rows it is computed with.
template <class T>
struct LayerNormLoops {
  /// y = (x − mean) · inverse · gamma + beta; nullptr: no gamma, no beta. By row: the mean, and one over the root of
  /// the variance (of what has been centred) and epsilon.
  void (*forward)(const T* x, const T* gamma, const T* beta, std::int64_t rows, std::int64_t n, T epsilon, T* y,
                  T* means, T* inverses);
  /// dx, which may be x or dy; adds up Σ dy · (x − mean) · inverse and Σ dy over the rows.
  void (*backward)(const T* x, const T* means, const T* inverses, const T* dy, const T* gamma, std::int64_t rows,
                   std::int64_t n, T* dx, T* dgamma, T* dbeta);
};

extern const LayerNormLoops<float> layer_norm_baseline;
extern const LayerNormLoops<float> layer_norm_avx2;
extern const LayerNormLoops<float> layer_norm_avx512;
extern const LayerNormLoops<double> layer_norm_double_baseline;
extern const LayerNormLoops<double> layer_norm_double_avx2;
extern const LayerNormLoops<double> layer_norm_double_avx512;
/// The best of this machine.
template <class T>
const LayerNormLoops<T>& layer_norm_loops() noexcept;

}  // namespace keratin::inline v0::kernels
