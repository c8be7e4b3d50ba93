#include "kernels/attention/products.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Core>

#include "kernels/small_matmul.h"
#include "kernels/softmax_loops.h"

namespace keratin::inline v0::kernels::attending {
namespace {

using Steps = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Read = Eigen::Map<const Matrix, Eigen::Unaligned, Steps>;
using Write = Eigen::Map<Matrix, Eigen::Unaligned, Steps>;

}  // namespace

void multiply(const Product<float>& product) noexcept {
  SmallMatmul job;
  job.m = product.m;
  job.n = product.n;
  job.k = product.k;
  job.a = product.a;
  job.a_row = product.a_row;
  job.a_column = product.a_column;
  job.b = product.b;
  job.b_row = product.b_row;
  job.c = product.c;
  job.c_row = product.c_row;
  job.adds = product.adds;
  small_matmul_loops().product(job);
}

void multiply(const Product<double>& product) noexcept {
  const Read a(product.a, product.m, product.k, Steps(product.a_row, product.a_column));
  const Read b(product.b, product.k, product.n, Steps(product.b_row, 1));
  Write c(product.c, product.m, product.n, Steps(product.c_row, 1));
  // Without the buffers that Eigen's large products take from the heap.
  if (product.adds) {
    c.noalias() += a.lazyProduct(b);
  } else {
    c.noalias() = a.lazyProduct(b);
  }
}

void transpose(const float* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns, float* to) noexcept {
  small_matmul_loops().transpose(from, from_row, rows, columns, to);
}

void transpose(const double* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns,
               double* to) noexcept {
  for (std::int64_t column = 0; column < columns; ++column)
    for (std::int64_t row = 0; row < rows; ++row) to[column * rows + row] = from[row * from_row + column];
}

void softmax(float* x, std::int64_t rows, std::int64_t columns) noexcept {
  softmax_loops().softmax_columns(x, rows, columns);
}

void softmax(double* x, std::int64_t rows, std::int64_t columns) noexcept {
  for (std::int64_t column = 0; column < columns; ++column) {
    const auto at = [=](std::int64_t row) -> double& { return x[row * columns + column]; };
    double largest = at(0);
    for (std::int64_t row = 1; row < rows; ++row) largest = std::max(largest, at(row));
    double sum = 0.0;
    for (std::int64_t row = 0; row < rows; ++row) sum += at(row) = std::exp(at(row) - largest);
    for (std::int64_t row = 0; row < rows; ++row) at(row) /= sum;
  }
}

void softmax_gradient(const float* y, float* dy, std::int64_t rows, std::int64_t columns) noexcept {
  softmax_loops().softmax_columns_gradient(y, dy, rows, columns);
}

void softmax_gradient(const double* y, double* dy, std::int64_t rows, std::int64_t columns) noexcept {
  for (std::int64_t column = 0; column < columns; ++column) {
    double dot = 0.0;
    for (std::int64_t i = column; i < rows * columns; i += columns) dot += y[i] * dy[i];
    for (std::int64_t i = column; i < rows * columns; i += columns) dy[i] = y[i] * (dy[i] - dot);
  }
}

}  // namespace keratin::inline v0::kernels::attending
