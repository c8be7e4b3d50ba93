#pragma once

#include <cstdint>

namespace keratin::inline v0::kernels::attending {

/// c[m, n] = a[m, k]·b[k, n], or c += a·b: any steps between rows, and between columns of a.
template <class T>
struct Product {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  const T* a = nullptr;
  std::int64_t a_row = 0;
  std::int64_t a_column = 1;
  const T* b = nullptr;
  std::int64_t b_row = 0;
  T* c = nullptr;
  std::int64_t c_row = 0;
  bool adds = false;
};

// float: the loops of small products and of softmax for this machine; double: Eigen, and loops over elements.

void multiply(const Product<float>& product) noexcept;
void multiply(const Product<double>& product) noexcept;
/// to[columns, rows] = from[rows, columns]ᵀ, `to` dense.
void transpose(const float* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns, float* to) noexcept;
void transpose(const double* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns, double* to) noexcept;
/// Of columns, in place. `columns` is a multiple of lanes.
void softmax(float* x, std::int64_t rows, std::int64_t columns) noexcept;
void softmax(double* x, std::int64_t rows, std::int64_t columns) noexcept;
/// dy ← y · (dy − Σ dy·y)
void softmax_gradient(const float* y, float* dy, std::int64_t rows, std::int64_t columns) noexcept;
void softmax_gradient(const double* y, double* dy, std::int64_t rows, std::int64_t columns) noexcept;

}  // namespace keratin::inline v0::kernels::attending
