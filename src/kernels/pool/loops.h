#pragma once

#include <array>
#include <cstdint>

namespace keratin::inline v0::kernels {

/// Windows of one shape in a row: window i of x begins i · step elements after the first, its result, of `channels`
/// elements, i · channels after the first. Pixels lie strides apart, along depth, height and width.
struct PoolWindows {
  std::array<std::int64_t, 3> sizes{};
  std::array<std::int64_t, 3> strides{};
  std::int64_t count = 0;
  std::int64_t step = 0;
  std::int64_t channels = 0;
};

/// How the gradients of a maximum are written.
struct MaxGradient {
  bool add = false;   ///< to what is there; otherwise all pixels of the windows are written
  bool relu = false;  ///< dy counts where the maximum is positive alone
};

/// The largest element is the first of several, and NaN if one is NaN.
template <class T>
struct PoolLoops {
  void (*max)(T* y, const T* x, const PoolWindows& windows);
  /// v's element where x's is the largest; v lies as x does.
  void (*pick)(T* y, const T* x, const T* v, const PoolWindows& windows);
  /// dy where x's element is the largest, 0 elsewhere; dx lies as x does.
  void (*max_gradient)(T* dx, const T* x, const T* dy, const PoolWindows& windows, MaxGradient how);
};

/// One set for each instruction set.
struct AllPoolLoops {
  PoolLoops<float> float32;
  PoolLoops<double> float64;

  template <class T>
  const PoolLoops<T>& of() const noexcept {
    if constexpr (sizeof(T) == sizeof(float)) {
      return float32;
    } else {
      return float64;
    }
  }
};

extern const AllPoolLoops pool_baseline;
extern const AllPoolLoops pool_avx2;
extern const AllPoolLoops pool_avx512;
/// The best of this machine.
const AllPoolLoops& pool_loops() noexcept;

}  // namespace keratin::inline v0::kernels
