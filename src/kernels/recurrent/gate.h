#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernels/elementwise/loops.h"

namespace keratin::inline v0::kernels {

/// Functions of a recurrent cell's gates and candidates: those of Keras's whose derivative follows from the result.
enum class GateFunction : std::uint8_t { linear, relu, tanh, sigmoid, hard_sigmoid, hard_tanh, softsign };

/// Of Keras's name; nothing for those not listed.
std::optional<GateFunction> gate_function(std::string_view name) noexcept;

/// A gate's function on stretches of numbers.
template <class T>
class Gate {
 public:
  explicit Gate(GateFunction function) noexcept;

  /// to[i] = function(x[i]); they may be the same memory.
  void apply(T* to, const T* x, std::int64_t n) const noexcept;
  /// gradient[i] ·= the derivative, where y[i] is the function's value.
  void scale_by_derivative(T* gradient, const T* y, std::int64_t n) const noexcept;

 private:
  GateFunction function_;
  Loop loop_ = nullptr;  ///< of this machine, where it has one
};

extern template class Gate<float>;
extern template class Gate<double>;

}  // namespace keratin::inline v0::kernels
