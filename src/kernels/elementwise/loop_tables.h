#pragma once

// The loops by op, for elements that are stored as Storage and computed with as T.

#include "graph/program.h"
#include "kernels/elementwise/float_math.h"
#include "kernels/elementwise/loops.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL {

using graph::ScalarOp;

/// Whose result is a truth value.
template <class T, class Storage = T>
Loop truth_loop(ScalarOp op) noexcept {
  switch (op) {
    case ScalarOp::isnan:
      return &unary<Storage, Truth, &is_nan<T>>;
    case ScalarOp::isinf:
      return &unary<Storage, Truth, &is_infinite<T>>;
    case ScalarOp::isfinite:
      return &unary<Storage, Truth, &is_finite<T>>;
    case ScalarOp::logical_not:
      return &unary<Storage, Truth, &logical_not<T>>;
    case ScalarOp::equal:
      return &binary<Storage, Truth, &equal<T>>;
    case ScalarOp::not_equal:
      return &binary<Storage, Truth, &not_equal<T>>;
    case ScalarOp::less:
      return &binary<Storage, Truth, &less<T>>;
    case ScalarOp::less_equal:
      return &binary<Storage, Truth, &less_equal<T>>;
    case ScalarOp::greater:
      return &binary<Storage, Truth, &greater<T>>;
    case ScalarOp::greater_equal:
      return &binary<Storage, Truth, &greater_equal<T>>;
    case ScalarOp::logical_and:
      return &binary<Storage, Truth, &logical_and<T>>;
    case ScalarOp::logical_or:
      return &binary<Storage, Truth, &logical_or<T>>;
    case ScalarOp::logical_xor:
      return &binary<Storage, Truth, &logical_xor<T>>;
    default:
      return nullptr;
  }
}

/// Of all numbers, whose result is one.
template <class T, class Storage = T>
Loop number_loop(ScalarOp op) noexcept {
  switch (op) {
    case ScalarOp::negative:
      return &unary<Storage, Storage, &negative<T>>;
    case ScalarOp::absolute:
      return &unary<Storage, Storage, &absolute<T>>;
    case ScalarOp::sign:
      return &unary<Storage, Storage, &sign<T>>;
    case ScalarOp::square:
      return &unary<Storage, Storage, &square<T>>;
    case ScalarOp::relu:
      return &unary<Storage, Storage, &relu<T>>;
    case ScalarOp::add:
      return &binary<Storage, Storage, &add<T>>;
    case ScalarOp::subtract:
      return &binary<Storage, Storage, &subtract<T>>;
    case ScalarOp::multiply:
      return &binary<Storage, Storage, &multiply<T>>;
    case ScalarOp::maximum:
      return &binary<Storage, Storage, &maximum<T>>;
    case ScalarOp::minimum:
      return &binary<Storage, Storage, &minimum<T>>;
    default:
      return nullptr;
  }
}

template <class T, class Storage = T>
Loop integer_loop(ScalarOp op) noexcept {
  switch (op) {
    case ScalarOp::floor:
    case ScalarOp::ceil:
    case ScalarOp::round:
    case ScalarOp::trunc:
      return &unary<Storage, Storage, &same<T>>;
    case ScalarOp::floor_divide:
      return &binary<Storage, Storage, &integer_floor_divide<T>>;
    case ScalarOp::mod:
      return &binary<Storage, Storage, &integer_mod<T>>;
    case ScalarOp::power:
      return &binary<Storage, Storage, &integer_power<T>>;
    default:
      return nullptr;
  }
}

template <class T, class Storage = T>
Loop floating_binary_loop(ScalarOp op) noexcept {
  switch (op) {
    case ScalarOp::divide:
      return &binary<Storage, Storage, &Math<T>::divide>;
    case ScalarOp::floor_divide:
      return &binary<Storage, Storage, &Math<T>::floor_divide>;
    case ScalarOp::mod:
      return &binary<Storage, Storage, &Math<T>::mod>;
    case ScalarOp::power:
      return &binary<Storage, Storage, &Math<T>::power>;
    case ScalarOp::atan2:
      return &binary<Storage, Storage, &Math<T>::atan2>;
    default:
      return nullptr;
  }
}

template <class T, class Storage = T>
Loop floating_loop(ScalarOp op) noexcept {
  switch (op) {
    case ScalarOp::sqrt:
      return &unary<Storage, Storage, &Math<T>::sqrt>;
    case ScalarOp::rsqrt:
      return &unary<Storage, Storage, &Math<T>::rsqrt>;
    case ScalarOp::reciprocal:
      return &unary<Storage, Storage, &Math<T>::reciprocal>;
    case ScalarOp::exp:
      return &unary<Storage, Storage, &Math<T>::exp>;
    case ScalarOp::expm1:
      return &unary<Storage, Storage, &Math<T>::expm1>;
    case ScalarOp::log:
      return &unary<Storage, Storage, &Math<T>::log>;
    case ScalarOp::log1p:
      return &unary<Storage, Storage, &Math<T>::log1p>;
    case ScalarOp::log2:
      return &unary<Storage, Storage, &Math<T>::log2>;
    case ScalarOp::log10:
      return &unary<Storage, Storage, &Math<T>::log10>;
    case ScalarOp::sin:
      return Math<T>::template sine_loop<Storage>;
    case ScalarOp::cos:
      return Math<T>::template cosine_loop<Storage>;
    case ScalarOp::tan:
      return &unary<Storage, Storage, &Math<T>::tan>;
    case ScalarOp::asin:
      return &unary<Storage, Storage, &Math<T>::asin>;
    case ScalarOp::acos:
      return &unary<Storage, Storage, &Math<T>::acos>;
    case ScalarOp::atan:
      return &unary<Storage, Storage, &Math<T>::atan>;
    case ScalarOp::sinh:
      return &unary<Storage, Storage, &Math<T>::sinh>;
    case ScalarOp::cosh:
      return &unary<Storage, Storage, &Math<T>::cosh>;
    case ScalarOp::tanh:
      return &unary<Storage, Storage, &Math<T>::tanh>;
    case ScalarOp::asinh:
      return &unary<Storage, Storage, &Math<T>::asinh>;
    case ScalarOp::acosh:
      return &unary<Storage, Storage, &Math<T>::acosh>;
    case ScalarOp::atanh:
      return &unary<Storage, Storage, &Math<T>::atanh>;
    case ScalarOp::erf:
      return &unary<Storage, Storage, &Math<T>::erf>;
    case ScalarOp::sigmoid:
      return &unary<Storage, Storage, &Math<T>::sigmoid>;
    case ScalarOp::softplus:
      return &unary<Storage, Storage, &Math<T>::softplus>;
    case ScalarOp::floor:
      return &unary<Storage, Storage, &Math<T>::floor>;
    case ScalarOp::ceil:
      return &unary<Storage, Storage, &Math<T>::ceil>;
    case ScalarOp::round:
      return &unary<Storage, Storage, &Math<T>::round>;
    case ScalarOp::trunc:
      return &unary<Storage, Storage, &Math<T>::trunc>;
    default:
      return nullptr;
  }
}

inline Loop first_of(Loop a, Loop b) noexcept { return a != nullptr ? a : b; }

template <class T, class Storage = T>
Loop any_loop(ScalarOp op) noexcept {
  const Loop common = first_of(truth_loop<T, Storage>(op), number_loop<T, Storage>(op));
  if constexpr (std::is_integral_v<T>) {
    return first_of(common, integer_loop<T, Storage>(op));
  } else {
    return first_of(common, first_of(floating_binary_loop<T, Storage>(op), floating_loop<T, Storage>(op)));
  }
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL
