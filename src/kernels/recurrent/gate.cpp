#include "kernels/recurrent/gate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
#include <utility>

#include "core/cpu.h"

namespace keratin::inline v0::kernels {
namespace {

constexpr std::array<std::pair<std::string_view, GateFunction>, 7> functions{{
    {"linear", GateFunction::linear},
    {"relu", GateFunction::relu},
    {"tanh", GateFunction::tanh},
    {"sigmoid", GateFunction::sigmoid},
    {"hard_sigmoid", GateFunction::hard_sigmoid},
    {"hard_tanh", GateFunction::hard_tanh},
    {"softsign", GateFunction::softsign},
}};

template <class T>
Loop loop_of(GateFunction function) noexcept {
  constexpr DType dtype = std::is_same_v<T, float> ? float32 : float64;
  const auto found = [&](graph::ScalarOp op) { return find_loop(core::cpu_level(), op, dtype, dtype); };
  switch (function) {
    case GateFunction::tanh:
      return found(graph::ScalarOp::tanh);
    case GateFunction::sigmoid:
      return found(graph::ScalarOp::sigmoid);
    case GateFunction::relu:
      return found(graph::ScalarOp::relu);
    default:
      return nullptr;
  }
}

template <class T, class F>
void scale_by(T* gradient, const T* y, std::int64_t n, F derivative) noexcept {
  for (std::int64_t i = 0; i < n; ++i) gradient[i] *= derivative(y[i]);
}

}  // namespace

std::optional<GateFunction> gate_function(std::string_view name) noexcept {
  for (const auto& [known, function] : functions)
    if (known == name) return function;
  return std::nullopt;
}

template <class T>
Gate<T>::Gate(GateFunction function) noexcept : function_(function), loop_(loop_of<T>(function)) {}

template <class T>
void Gate<T>::apply(T* to, const T* x, std::int64_t n) const noexcept {
  if (loop_ != nullptr) return loop_(to, x, nullptr, nullptr, n);
  switch (function_) {
    case GateFunction::hard_sigmoid:
      for (std::int64_t i = 0; i < n; ++i) to[i] = std::clamp(x[i] / T{6} + T{0.5}, T{0}, T{1});
      return;
    case GateFunction::hard_tanh:
      for (std::int64_t i = 0; i < n; ++i) to[i] = std::clamp(x[i], T{-1}, T{1});
      return;
    case GateFunction::softsign:
      for (std::int64_t i = 0; i < n; ++i) to[i] = x[i] / (T{1} + std::abs(x[i]));
      return;
    default:
      if (to != x) std::copy(x, x + n, to);
  }
}

template <class T>
void Gate<T>::scale_by_derivative(T* gradient, const T* y, std::int64_t n) const noexcept {
  switch (function_) {
    case GateFunction::linear:
      return;
    case GateFunction::relu:
      return scale_by(gradient, y, n, [](T value) { return value > T{0} ? T{1} : T{0}; });
    case GateFunction::tanh:
      return scale_by(gradient, y, n, [](T value) { return T{1} - value * value; });
    case GateFunction::sigmoid:
      return scale_by(gradient, y, n, [](T value) { return value * (T{1} - value); });
    case GateFunction::hard_sigmoid:
      return scale_by(gradient, y, n, [](T value) { return value > T{0} && value < T{1} ? T{1} / T{6} : T{0}; });
    case GateFunction::hard_tanh:
      return scale_by(gradient, y, n, [](T value) { return value > T{-1} && value < T{1} ? T{1} : T{0}; });
    case GateFunction::softsign:
      return scale_by(gradient, y, n, [](T value) {
        const T rest = T{1} - std::abs(value);
        return rest * rest;
      });
  }
}

template class Gate<float>;
template class Gate<double>;

}  // namespace keratin::inline v0::kernels
