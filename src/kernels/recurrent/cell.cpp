#include "kernels/recurrent/cell.h"

#include <algorithm>
#include <string>
#include <type_traits>

#include "core/cpu.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::kernels {
namespace {

GateFunction function_in(const graph::Attributes& attributes, std::string_view name) {
  const auto text = attributes.get<std::string_view>(name);
  const auto function = gate_function(text);
  if (!function) throw InternalError("A recurrence has no gate function '" + std::string(text) + "'");
  return *function;
}

bool are_usual(const graph::Attributes& attributes) {
  return function_in(attributes, "activation") == GateFunction::tanh &&
         function_in(attributes, "recurrent_activation") == GateFunction::sigmoid;
}

}  // namespace

const CellLoops& cell_loops() noexcept {
  switch (core::cpu_level()) {
    case core::CpuLevel::avx512:
      return cell_avx512;
    case core::CpuLevel::avx2:
      return cell_avx2;
    case core::CpuLevel::baseline:
      break;
  }
  return cell_baseline;
}

template <class T>
Cell<T>::Cell(const graph::Attributes& attributes)
    : activation_(function_in(attributes, "activation")),
      recurrent_(function_in(attributes, "recurrent_activation")),
      loops_(std::is_same_v<T, float> && are_usual(attributes) ? &cell_loops() : nullptr) {}

template <class T>
void Cell<T>::simple(std::int64_t units, const T* x, const T* product, T* h) const noexcept {
  for (std::int64_t j = 0; j < units; ++j) h[j] = x[j] + product[j];
  activation_.apply(h, h, units);
}

template <class T>
void Cell<T>::simple_gradient(std::int64_t units, const T* h, const T* dh, T* dz) const noexcept {
  std::copy(dh, dh + units, dz);
  activation_.scale_by_derivative(dz, h, units);
}

template <class T>
void Cell<T>::lstm(const LstmRow<T>& row) const noexcept {
  if constexpr (std::is_same_v<T, float>) {
    if (loops_ != nullptr) return loops_->lstm(row);
  }
  const std::int64_t u = row.units;
  T* const gates = row.gates;
  for (std::int64_t j = 0; j < 4 * u; ++j) gates[j] = row.x[j] + row.product[j];
  recurrent_.apply(gates, gates, 2 * u);
  activation_.apply(gates + 2 * u, gates + 2 * u, u);
  recurrent_.apply(gates + 3 * u, gates + 3 * u, u);
  for (std::int64_t j = 0; j < u; ++j) row.new_c[j] = gates[u + j] * row.c[j] + gates[j] * gates[2 * u + j];
  activation_.apply(row.new_h, row.new_c, u);
  for (std::int64_t j = 0; j < u; ++j) row.new_h[j] *= gates[3 * u + j];
}

template <class T>
void Cell<T>::lstm_gradient(const LstmGradientRow<T>& row, T* scratch) const noexcept {
  if constexpr (std::is_same_v<T, float>) {
    if (loops_ != nullptr) return loops_->lstm_gradient(row);
  }
  const std::int64_t u = row.units;
  T* const gates = scratch;  // a copy, as dz may lie on them
  T* const activated = scratch + 4 * u;
  T* const dz = row.dz;
  T* const of_o = dz + 3 * u;
  std::copy(row.gates, row.gates + 4 * u, gates);
  activation_.apply(activated, row.c, u);
  for (std::int64_t j = 0; j < u; ++j) of_o[j] = row.dh[j] * gates[3 * u + j];
  activation_.scale_by_derivative(of_o, activated, u);
  for (std::int64_t j = 0; j < u; ++j) {
    const T of_c = row.dc[j] + of_o[j];
    dz[j] = of_c * gates[2 * u + j];
    dz[u + j] = of_c * row.before[j];
    dz[2 * u + j] = of_c * gates[j];
    of_o[j] = row.dh[j] * activated[j];
    row.dc[j] = of_c * gates[u + j];
  }
  recurrent_.scale_by_derivative(dz, gates, 2 * u);
  activation_.scale_by_derivative(dz + 2 * u, gates + 2 * u, u);
  recurrent_.scale_by_derivative(of_o, gates + 3 * u, u);
}

template <class T>
void Cell<T>::gru(const GruRow<T>& row) const noexcept {
  if constexpr (std::is_same_v<T, float>) {
    if (loops_ != nullptr) return loops_->gru(row);
  }
  const std::int64_t u = row.units;
  T* const gates = row.gates;
  for (std::int64_t j = 0; j < u; ++j) row.inner[j] = row.product[2 * u + j] + row.bias[2 * u + j];
  for (std::int64_t j = 0; j < 2 * u; ++j) gates[j] = row.x[j] + (row.product[j] + row.bias[j]);
  recurrent_.apply(gates, gates, 2 * u);
  T* const n = gates + 2 * u;
  for (std::int64_t j = 0; j < u; ++j) n[j] = row.x[2 * u + j] + gates[u + j] * row.inner[j];
  activation_.apply(n, n, u);
  for (std::int64_t j = 0; j < u; ++j) row.new_h[j] = gates[j] * row.h[j] + (T{1} - gates[j]) * n[j];
}

template <class T>
void Cell<T>::gru_gradient(const GruGradientRow<T>& row, T* scratch) const noexcept {
  if constexpr (std::is_same_v<T, float>) {
    if (loops_ != nullptr) return loops_->gru_gradient(row);
  }
  const std::int64_t u = row.units;
  T* const r = scratch;
  T* const dz = row.dz;
  std::copy(row.gates + u, row.gates + 2 * u, r);
  gru_candidate_gradient(row, scratch + u);
  for (std::int64_t j = 0; j < u; ++j) dz[u + j] = dz[2 * u + j] * row.inner[j];
  recurrent_.scale_by_derivative(dz + u, r, u);
  std::copy(dz, dz + 2 * u, row.products);
  for (std::int64_t j = 0; j < u; ++j) row.products[2 * u + j] = row.of_inner[j] = dz[2 * u + j] * r[j];
}

template <class T>
void Cell<T>::gru_reset(const GruRow<T>& row) const noexcept {
  const std::int64_t u = row.units;
  T* const gates = row.gates;
  for (std::int64_t j = 0; j < 2 * u; ++j) gates[j] = row.x[j] + row.product[j];
  recurrent_.apply(gates, gates, 2 * u);
  for (std::int64_t j = 0; j < u; ++j) row.inner[j] = gates[u + j] * row.h[j];
}

template <class T>
void Cell<T>::gru_candidate(const GruRow<T>& row) const noexcept {
  const std::int64_t u = row.units;
  T* const n = row.gates + 2 * u;
  for (std::int64_t j = 0; j < u; ++j) n[j] = row.x[2 * u + j] + row.product[2 * u + j];
  activation_.apply(n, n, u);
  for (std::int64_t j = 0; j < u; ++j) row.new_h[j] = row.gates[j] * row.h[j] + (T{1} - row.gates[j]) * n[j];
}

template <class T>
void Cell<T>::gru_candidate_gradient(const GruGradientRow<T>& row, T* scratch) const noexcept {
  const std::int64_t u = row.units;
  T* const dz = row.dz;
  T* const z = scratch;  // copies, as dz may lie on them
  T* const n = scratch + u;
  std::copy(row.gates, row.gates + u, z);
  std::copy(row.gates + 2 * u, row.gates + 3 * u, n);
  for (std::int64_t j = 0; j < u; ++j) {
    dz[j] = row.dh[j] * (row.before[j] - n[j]);
    dz[2 * u + j] = row.dh[j] * (T{1} - z[j]);
    row.dh[j] *= z[j];
  }
  recurrent_.scale_by_derivative(dz, z, u);
  activation_.scale_by_derivative(dz + 2 * u, n, u);
}

template <class T>
void Cell<T>::gru_reset_gradient(const GruGradientRow<T>& row) const noexcept {
  const std::int64_t u = row.units;
  T* const dr = row.products;  // not on r yet
  const T* const r = row.gates + u;
  for (std::int64_t j = 0; j < u; ++j) dr[j] = row.inner[j] * row.before[j];
  recurrent_.scale_by_derivative(dr, r, u);
  for (std::int64_t j = 0; j < u; ++j) row.dh[j] += row.inner[j] * r[j];
  std::copy(dr, dr + u, row.dz + u);
}

template class Cell<float>;
template class Cell<double>;

}  // namespace keratin::inline v0::kernels
