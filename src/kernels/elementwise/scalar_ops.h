#pragma once

// What ops do to one element of any number type; see level.h for how it is compiled.

#include <type_traits>

#include "kernels/elementwise/level.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL {

/// Where an integer wraps instead of overflowing: unsigned, and never promoted to int.
template <class T>
using Wrapping = std::conditional_t<(sizeof(T) < 4), std::uint32_t, std::make_unsigned_t<T>>;

template <class T>
KERATIN_INLINE T add(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
  } else {
    return a + b;
  }
}

template <class T>
KERATIN_INLINE T subtract(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
  } else {
    return a - b;
  }
}

template <class T>
KERATIN_INLINE T multiply(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
  } else {
    return a * b;
  }
}

template <class T>
KERATIN_INLINE T square(T a) {
  return multiply(a, a);
}

template <class T>
KERATIN_INLINE T negative(T a) {
  if constexpr (std::is_integral_v<T>) {
    return subtract(T{0}, a);
  } else {
    return -a;
  }
}

template <class T>
KERATIN_INLINE T absolute(T a) {
  if constexpr (std::is_same_v<T, float>) {
    return __builtin_fabsf(a);
  } else if constexpr (std::is_same_v<T, double>) {
    return __builtin_fabs(a);
  } else {
    return a < T{0} ? negative(a) : a;
  }
}

template <class T>
KERATIN_INLINE Truth is_nan(T a) {
  if constexpr (std::is_integral_v<T>) {
    return 0;
  } else {
    return __builtin_isnan(a) != 0;
  }
}

/// −1, 0 or 1; NaN stays.
template <class T>
KERATIN_INLINE T sign(T a) {
  const T of_number = a > T{0} ? T{1} : a < T{0} ? static_cast<T>(-1) : T{0};
  return is_nan(a) ? a : of_number;
}

template <class T>
KERATIN_INLINE T maximum(T a, T b) {
  const T larger = a > b ? a : b;  // b if one is NaN
  return is_nan(a) ? a : larger;
}

template <class T>
KERATIN_INLINE T minimum(T a, T b) {
  const T smaller = a < b ? a : b;
  return is_nan(a) ? a : smaller;
}

template <class T>
KERATIN_INLINE T relu(T a) {
  return a < T{0} ? T{0} : a;
}

template <class T>
KERATIN_INLINE T same(T a) {
  return a;
}

template <class T>
KERATIN_INLINE Truth equal(T a, T b) {
  return a == b;
}
template <class T>
KERATIN_INLINE Truth not_equal(T a, T b) {
  return a != b;
}
template <class T>
KERATIN_INLINE Truth less(T a, T b) {
  return a < b;
}
template <class T>
KERATIN_INLINE Truth less_equal(T a, T b) {
  return a <= b;
}
template <class T>
KERATIN_INLINE Truth greater(T a, T b) {
  return a > b;
}
template <class T>
KERATIN_INLINE Truth greater_equal(T a, T b) {
  return a >= b;
}
template <class T>
KERATIN_INLINE Truth logical_not(T a) {
  return a == T{0};
}
template <class T>
KERATIN_INLINE Truth logical_and(T a, T b) {
  return static_cast<Truth>((a != T{0}) & (b != T{0}));
}
template <class T>
KERATIN_INLINE Truth logical_or(T a, T b) {
  return static_cast<Truth>((a != T{0}) | (b != T{0}));
}
template <class T>
KERATIN_INLINE Truth logical_xor(T a, T b) {
  return static_cast<Truth>((a != T{0}) ^ (b != T{0}));
}
template <class T>
KERATIN_INLINE Truth is_infinite(T a) {
  if constexpr (std::is_integral_v<T>) {
    return 0;
  } else {
    return absolute(a) == static_cast<T>(__builtin_inf());
  }
}
template <class T>
KERATIN_INLINE Truth is_finite(T a) {
  if constexpr (std::is_integral_v<T>) {
    return 1;
  } else {
    return absolute(a) < static_cast<T>(__builtin_inf());
  }
}

// Integers, as Python divides them; by 0 gives 0, the lowest number by −1 wraps.

template <class T>
KERATIN_INLINE T integer_mod(T a, T b) {
  if (b == T{0} || b == static_cast<T>(-1)) {
    // An unsigned −1 is the largest number, by which it can be divided.
    if (b == T{0} || std::is_signed_v<T>) return T{0};
  }
  const T rest = static_cast<T>(a % b);
  return rest != T{0} && (rest < T{0}) != (b < T{0}) ? static_cast<T>(rest + b) : rest;
}

template <class T>
KERATIN_INLINE T integer_floor_divide(T a, T b) {
  if (b == T{0}) return T{0};
  if (std::is_signed_v<T> && b == static_cast<T>(-1)) return negative(a);
  const T quotient = static_cast<T>(a / b);
  return a % b != T{0} && (a < T{0}) != (b < T{0}) ? static_cast<T>(quotient - 1) : quotient;
}

template <class T>
T integer_power(T base, T exponent) {
  if (exponent < T{0}) {  // 1/baseⁿ, towards 0
    if (base == T{1}) return T{1};
    if (base == static_cast<T>(-1)) return exponent % 2 == 0 ? T{1} : base;
    return T{0};
  }
  T result{1};
  for (auto left = static_cast<std::make_unsigned_t<T>>(exponent); left != 0;) {
    if ((left & 1u) != 0) result = multiply(result, base);
    left = static_cast<std::make_unsigned_t<T>>(left >> 1);
    base = multiply(base, base);
  }
  return result;
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL
