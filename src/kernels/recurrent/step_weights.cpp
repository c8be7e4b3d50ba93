#include "kernels/recurrent/step_weights.h"

#include <algorithm>
#include <type_traits>

#include "kernels/small_matmul.h"

namespace keratin::inline v0::kernels {
namespace {

/// Steps that repay the copying.
constexpr std::int64_t many_steps = 8;
/// Rows of a panel that stay in the nearest cache.
constexpr std::int64_t block = 256;

template <class T>
std::int64_t panel_columns(std::int64_t n, std::int64_t rows, bool plain) noexcept {
  if (std::is_same_v<T, double> || plain) return n;
  const std::int64_t columns = small_matmul_loops().columns;
  return std::min(n, rows <= 2 ? 4 * columns : columns);
}

void panel_product(SmallMatmul job) noexcept {
  const std::int64_t k = job.k;
  for (std::int64_t first = 0; first < k; first += block) {
    job.k = std::min(block, k - first);
    small_matmul_loops().product(job);
    job.a += job.k;
    job.b += job.k * job.b_row;
    job.adds = true;
  }
}

void panel_product(std::int64_t m, const StepWeightsShape& shape, const StepRows<const double>& a, const double* b,
                   std::int64_t b_row, const StepRows<double>& to) noexcept {
  for (std::int64_t i = 0; i < m; ++i) {
    std::fill(to[i], to[i] + shape.n, 0.0);
    for (std::int64_t row = 0; row < shape.k; ++row) {
      const double factor = a[i][row];
      for (std::int64_t j = 0; j < shape.n; ++j) to[i][j] += factor * b[row * b_row + j];
    }
  }
}

template <class T>
void copy_panel(const T* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns, std::int64_t panel,
                T* to) noexcept {
  for (std::int64_t row = 0; row < rows; ++row)
    std::copy(from + row * from_row, from + row * from_row + columns, to + row * panel);
}

template <class T>
void transpose_panel(const T* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns, std::int64_t panel,
                     T* to) noexcept {
  if constexpr (std::is_same_v<T, float>) {
    if (columns == panel) return small_matmul_loops().transpose(from, from_row, columns, rows, to);
  }
  for (std::int64_t column = 0; column < columns; ++column)
    for (std::int64_t row = 0; row < rows; ++row) to[row * panel + column] = from[column * from_row + row];
}

}  // namespace

template <class T>
StepWeights<T>::StepWeights(const StepWeightsShape& shape, std::int64_t rows, std::int64_t steps) noexcept
    : shape_(shape),
      plain_(!shape.transposed && (std::is_same_v<T, double> || steps < many_steps)),
      panel_(panel_columns<T>(shape.n, rows, plain_)) {}

template <class T>
const T* StepWeights<T>::prepare(const T* weights, T* workspace) const noexcept {
  if (plain_ || shape_.packed) return weights;
  const auto& [k, n, distance, transposed, groups, packed] = shape_;
  for (std::int64_t panel = 0; panel < panels(); ++panel) {
    const std::int64_t group = panel / panels_of_group();
    const std::int64_t column = panel % panels_of_group() * panel_;
    const std::int64_t columns = std::min(panel_, n - column);
    T* const to = workspace + panel * panel_ * k;
    if (transposed) {
      transpose_panel(weights + group * k + column * distance, distance, k, columns, panel_, to);
    } else {
      copy_panel(weights + group * n + column, distance, k, columns, panel_, to);
    }
  }
  return workspace;
}

template <class T>
void StepWeights<T>::product(std::int64_t m, StepRows<const T> a, const T* prepared, StepRows<T> to,
                             std::int64_t first_panel, std::int64_t last_panel) const noexcept {
  const auto& [k, n, distance, transposed, groups, packed] = shape_;
  const std::int64_t b_row = plain_ ? distance : panel_;
  for (std::int64_t panel = first_panel; panel < last_panel; ++panel) {
    const std::int64_t group = panel / panels_of_group();
    const std::int64_t column = panel % panels_of_group() * panel_;
    const StepRows<const T> from{a.first + group * k, a.distance};
    const StepRows<T> results{to.first + group * n + column, to.distance};
    const T* const b = prepared + (plain_ ? group * n : panel * panel_ * k);
    if constexpr (std::is_same_v<T, double>) {
      panel_product(m, shape_, from, b, b_row, results);
    } else {
      panel_product({.m = m,
                     .n = std::min(panel_, n - column),
                     .k = k,
                     .a = from.first,
                     .a_row = from.distance,
                     .b = b,
                     .b_row = b_row,
                     .c = results.first,
                     .c_row = results.distance});
    }
  }
}

template class StepWeights<float>;
template class StepWeights<double>;

}  // namespace keratin::inline v0::kernels
