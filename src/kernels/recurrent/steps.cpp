#include "kernels/recurrent/steps.h"

#include <string>

#include "keratin/core/error.h"
#include "kernels/small_matmul.h"

namespace keratin::inline v0::kernels {
namespace {

GateFunction function_in(const graph::Attributes& attributes, std::string_view name) {
  const auto text = attributes.get<std::string_view>(name);
  const auto function = gate_function(text);
  if (!function) throw InternalError("A recurrence has no gate function '" + std::string(text) + "'");
  return *function;
}

}  // namespace

void step_product(const StepProduct& size, const float* a, std::int64_t a_row, const float* b, std::int64_t b_row,
                  float* to, std::int64_t to_row) noexcept {
  small_matmul_loops().product({.m = size.m,
                                .n = size.n,
                                .k = size.k,
                                .a = a,
                                .a_row = a_row,
                                .b = b,
                                .b_row = b_row,
                                .c = to,
                                .c_row = to_row});
}

void step_product(const StepProduct& size, const double* a, std::int64_t a_row, const double* b, std::int64_t b_row,
                  double* to, std::int64_t to_row) noexcept {
  for (std::int64_t i = 0; i < size.m; ++i) {
    double* const row = to + i * to_row;
    std::fill(row, row + size.n, 0.0);
    for (std::int64_t k = 0; k < size.k; ++k) {
      const double factor = a[i * a_row + k];
      for (std::int64_t j = 0; j < size.n; ++j) row[j] += factor * b[k * b_row + j];
    }
  }
}

template <class T>
Gates<T>::Gates(const graph::Attributes& attributes)
    : activation(function_in(attributes, "activation")), recurrent(function_in(attributes, "recurrent_activation")) {}

template struct Gates<float>;
template struct Gates<double>;

}  // namespace keratin::inline v0::kernels
