#pragma once

// The loops by op, for elements of a type.

#include "graph/program.h"
#include "kernels/elementwise/float_math.h"
#include "kernels/elementwise/loops.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL {

using graph::ScalarOp;

/// Whose result is a truth value.
template <class T>
Loop truth_loop(ScalarOp op) noexcept {
  switch (op) {
    case ScalarOp::isnan:
      return &unary<T, Truth, &is_nan<T>>;
    case ScalarOp::isinf:
      return &unary<T, Truth, &is_infinite<T>>;
    case ScalarOp::isfinite:
      return &unary<T, Truth, &is_finite<T>>;
    case ScalarOp::logical_not:
      return &unary<T, Truth, &logical_not<T>>;
    case ScalarOp::equal:
      return &binary<T, Truth, &equal<T>>;
    case ScalarOp::not_equal:
      return &binary<T, Truth, &not_equal<T>>;
    case ScalarOp::less:
      return &binary<T, Truth, &less<T>>;
    case ScalarOp::less_equal:
      return &binary<T, Truth, &less_equal<T>>;
    case ScalarOp::greater:
      return &binary<T, Truth, &greater<T>>;
    case ScalarOp::greater_equal:
      return &binary<T, Truth, &greater_equal<T>>;
    case ScalarOp::logical_and:
      return &binary<T, Truth, &logical_and<T>>;
    case ScalarOp::logical_or:
      return &binary<T, Truth, &logical_or<T>>;
    case ScalarOp::logical_xor:
      return &binary<T, Truth, &logical_xor<T>>;
    default:
      return nullptr;
  }
}

/// Of all numbers, whose result is one.
template <class T>
Loop number_loop(ScalarOp op) noexcept {
  switch (op) {
    case ScalarOp::negative:
      return &unary<T, T, &negative<T>>;
    case ScalarOp::absolute:
      return &unary<T, T, &absolute<T>>;
    case ScalarOp::sign:
      return &unary<T, T, &sign<T>>;
    case ScalarOp::square:
      return &unary<T, T, &square<T>>;
    case ScalarOp::relu:
      return &unary<T, T, &relu<T>>;
    case ScalarOp::add:
      return &binary<T, T, &add<T>>;
    case ScalarOp::subtract:
      return &binary<T, T, &subtract<T>>;
    case ScalarOp::multiply:
      return &binary<T, T, &multiply<T>>;
    case ScalarOp::maximum:
      return &binary<T, T, &maximum<T>>;
    case ScalarOp::minimum:
      return &binary<T, T, &minimum<T>>;
    default:
      return nullptr;
  }
}

template <class T>
Loop integer_loop(ScalarOp op) noexcept {
  switch (op) {
    case ScalarOp::floor:
    case ScalarOp::ceil:
    case ScalarOp::round:
    case ScalarOp::trunc:
      return &unary<T, T, &same<T>>;
    case ScalarOp::floor_divide:
      return &binary<T, T, &integer_floor_divide<T>>;
    case ScalarOp::mod:
      return &binary<T, T, &integer_mod<T>>;
    case ScalarOp::power:
      return &binary<T, T, &integer_power<T>>;
    default:
      return nullptr;
  }
}

template <class T>
Loop floating_binary_loop(ScalarOp op) noexcept {
  switch (op) {
    case ScalarOp::divide:
      return &binary<T, T, &Math<T>::divide>;
    case ScalarOp::floor_divide:
      return &binary<T, T, &Math<T>::floor_divide>;
    case ScalarOp::mod:
      return &binary<T, T, &Math<T>::mod>;
    case ScalarOp::power:
      return &binary<T, T, &Math<T>::power>;
    case ScalarOp::atan2:
      return &binary<T, T, &Math<T>::atan2>;
    default:
      return nullptr;
  }
}

template <class T>
Loop floating_loop(ScalarOp op) noexcept {
  switch (op) {
    case ScalarOp::sqrt:
      return &unary<T, T, &Math<T>::sqrt>;
    case ScalarOp::rsqrt:
      return &unary<T, T, &Math<T>::rsqrt>;
    case ScalarOp::reciprocal:
      return &unary<T, T, &Math<T>::reciprocal>;
    case ScalarOp::exp:
      return &unary<T, T, &Math<T>::exp>;
    case ScalarOp::expm1:
      return &unary<T, T, &Math<T>::expm1>;
    case ScalarOp::log:
      return &unary<T, T, &Math<T>::log>;
    case ScalarOp::log1p:
      return &unary<T, T, &Math<T>::log1p>;
    case ScalarOp::log2:
      return &unary<T, T, &Math<T>::log2>;
    case ScalarOp::log10:
      return &unary<T, T, &Math<T>::log10>;
    case ScalarOp::sin:
      return Math<T>::sine_loop;
    case ScalarOp::cos:
      return Math<T>::cosine_loop;
    case ScalarOp::tan:
      return &unary<T, T, &Math<T>::tan>;
    case ScalarOp::asin:
      return &unary<T, T, &Math<T>::asin>;
    case ScalarOp::acos:
      return &unary<T, T, &Math<T>::acos>;
    case ScalarOp::atan:
      return &unary<T, T, &Math<T>::atan>;
    case ScalarOp::sinh:
      return &unary<T, T, &Math<T>::sinh>;
    case ScalarOp::cosh:
      return &unary<T, T, &Math<T>::cosh>;
    case ScalarOp::tanh:
      return &unary<T, T, &Math<T>::tanh>;
    case ScalarOp::asinh:
      return &unary<T, T, &Math<T>::asinh>;
    case ScalarOp::acosh:
      return &unary<T, T, &Math<T>::acosh>;
    case ScalarOp::atanh:
      return &unary<T, T, &Math<T>::atanh>;
    case ScalarOp::erf:
      return &unary<T, T, &Math<T>::erf>;
    case ScalarOp::sigmoid:
      return &unary<T, T, &Math<T>::sigmoid>;
    case ScalarOp::softplus:
      return &unary<T, T, &Math<T>::softplus>;
    case ScalarOp::floor:
      return &unary<T, T, &Math<T>::floor>;
    case ScalarOp::ceil:
      return &unary<T, T, &Math<T>::ceil>;
    case ScalarOp::round:
      return &unary<T, T, &Math<T>::round>;
    case ScalarOp::trunc:
      return &unary<T, T, &Math<T>::trunc>;
    default:
      return nullptr;
  }
}

inline Loop first_of(Loop a, Loop b) noexcept { return a != nullptr ? a : b; }

template <class T>
Loop any_loop(ScalarOp op) noexcept {
  const Loop common = first_of(truth_loop<T>(op), number_loop<T>(op));
  if constexpr (std::is_integral_v<T>) {
    return first_of(common, integer_loop<T>(op));
  } else {
    return first_of(common, first_of(floating_binary_loop<T>(op), floating_loop<T>(op)));
  }
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL
