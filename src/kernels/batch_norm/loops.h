#pragma once

#include <cstdint>

namespace keratin::inline v0::kernels {

/// Numbers for each column, as the gradient by x is made of: (dy − shift) · factor − (x − mean) · slope.
template <class T>
struct NormSlopes {
  const T* mean = nullptr;
  const T* shift = nullptr;
  const T* factor = nullptr;
  const T* slope = nullptr;
};

/// Loops over rows of columns, which lie `stride` elements apart. Four rows are added to one another before they are
/// added to what is there. With a y, dy counts where y > 0 alone; nullptr: everywhere.
template <class T>
struct NormLoops {
  using Sums = void(T* sums, const T* x, std::int64_t stride, std::int64_t rows, std::int64_t width);
  /// Σ (x − mean)².
  using Squares = void(T* sums, const T* x, const T* mean, std::int64_t stride, std::int64_t rows, std::int64_t width);
  /// Σ dy and Σ dy · (x − mean).
  using Products = void(T* sums, T* products, const T* dy, const T* x, const T* y, const T* mean, std::int64_t stride,
                        std::int64_t rows, std::int64_t width);
  /// dx may be dy, x or y.
  using Gradient = void(T* dx, const T* dy, const T* x, const T* y, const NormSlopes<T>& slopes, std::int64_t stride,
                        std::int64_t rows, std::int64_t width);

  Sums* add;
  Squares* add_squares;
  Products* add_products;
  Gradient* gradient;
};

/// One set for each instruction set.
struct BatchNormLoops {
  NormLoops<float> float32;
  NormLoops<double> float64;

  template <class T>
  const NormLoops<T>& of() const noexcept {
    if constexpr (sizeof(T) == sizeof(float)) {
      return float32;
    } else {
      return float64;
    }
  }
};

extern const BatchNormLoops batch_norm_baseline;
extern const BatchNormLoops batch_norm_avx2;
extern const BatchNormLoops batch_norm_avx512;
/// The best of this machine.
const BatchNormLoops& batch_norm_loops() noexcept;

}  // namespace keratin::inline v0::kernels
