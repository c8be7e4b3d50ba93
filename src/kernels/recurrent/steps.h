#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "graph/kernel.h"
#include "kernels/recurrent/gate.h"

namespace keratin::inline v0::kernels {

/// The sizes of a recurrence: sequences [batch, steps, gates · units], states [batch, units].
struct StepSizes {
  std::int64_t batch = 0;
  std::int64_t steps = 0;
  std::int64_t units = 0;
  std::int64_t gates = 0;  ///< as many units wide as a step's input is

  StepSizes(const Shape& sequence, std::int64_t state_units) noexcept
      : batch(sequence[0]), steps(sequence[1]), units(state_units), gates(sequence[2] / state_units) {}

  std::int64_t width() const noexcept { return gates * units; }
  /// Rows of the batch for which it is worth waking a thread.
  std::int64_t grain() const noexcept {
    const double row = 2.0 * static_cast<double>(steps) * static_cast<double>(width()) * static_cast<double>(units);
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(2e5 / std::max(1.0, row)));
  }
};

/// to[m, n] = a[m, k] · b[k, n], all row-major with these distances between rows.
struct StepProduct {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
};
void step_product(const StepProduct& size, const float* a, std::int64_t a_row, const float* b, std::int64_t b_row,
                  float* to, std::int64_t to_row) noexcept;
void step_product(const StepProduct& size, const double* a, std::int64_t a_row, const double* b, std::int64_t b_row,
                  double* to, std::int64_t to_row) noexcept;

/// to[columns, rows] = from[rows, columns]ᵀ.
template <class T>
void transpose_weights(const T* from, std::int64_t rows, std::int64_t columns, T* to) noexcept {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) to[j * rows + i] = from[i * columns + j];
}

/// Rows of one step of a tensor [batch, steps, width], `distance` apart.
template <class T>
struct StepRows {
  T* first;
  std::int64_t distance;
  T* operator[](std::int64_t row) const noexcept { return first + row * distance; }
};
template <class T>
StepRows<T> rows_of_step(T* sequence, const StepSizes& sizes, std::int64_t width, std::int64_t step) noexcept {
  return {sequence + step * width, sizes.steps * width};
}
/// The states that a step starts from: those after the step before, or the initial ones.
template <class T>
StepRows<T> rows_before(T* states, T* initial, const StepSizes& sizes, std::int64_t step) noexcept {
  if (step == 0) return {initial, sizes.units};
  return rows_of_step(states, sizes, sizes.units, step - 1);
}

/// Which steps of which rows count; without a mask all do.
struct StepMask {
  const bool* mask = nullptr;  ///< [batch, steps]
  std::int64_t steps = 0;
  bool skips(std::int64_t row, std::int64_t step) const noexcept {
    return mask != nullptr && !mask[row * steps + step];
  }
};

/// The functions of a cell, from a node's attributes.
template <class T>
struct Gates {
  Gate<T> activation;
  Gate<T> recurrent;
  explicit Gates(const graph::Attributes& attributes);
};

/// K<float> or K<double>, by the dtype of the first input (which the shape rule has checked).
template <template <class> class K>
graph::KernelPtr recurrent_kernel(const graph::KernelRequest& request) {
  if (request.inputs[0].dtype == float64) return graph::make_kernel<K<double>>(request, request);
  return graph::make_kernel<K<float>>(request, request);
}

}  // namespace keratin::inline v0::kernels
