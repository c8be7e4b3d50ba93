#pragma once

// Math<float> and Math<double>: the same functions under the same names, for the tables of loops.

#include "kernels/elementwise/float32_in_double.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL {

/// As Python divides floats: the remainder has the sign of the divisor.
template <class T>
struct Division {
  T quotient;
  T rest;
};

template <class M, class T>
KERATIN_INLINE Division<T> divided(T a, T b) {
  T rest = M::remainder(a, b);
  T quotient = (a - rest) / b;
  if (rest != T{0} && (rest < T{0}) != (b < T{0})) {
    rest += b;
    quotient -= T{1};
  }
  const T whole = M::floor(quotient);
  const T nearest = quotient - whole > T{0.5} ? whole + T{1} : whole;
  return {b == T{0} ? a / b : nearest, rest};
}

template <class T>
struct Math;

template <>
struct Math<double> {
  KERATIN_INLINE static double sqrt(double x) { return __builtin_sqrt(x); }
  KERATIN_INLINE static double rsqrt(double x) { return 1.0 / __builtin_sqrt(x); }
  KERATIN_INLINE static double reciprocal(double x) { return 1.0 / x; }
  KERATIN_INLINE static double exp(double x) { return __builtin_exp(x); }
  KERATIN_INLINE static double expm1(double x) { return __builtin_expm1(x); }
  KERATIN_INLINE static double log(double x) { return __builtin_log(x); }
  KERATIN_INLINE static double log1p(double x) { return __builtin_log1p(x); }
  KERATIN_INLINE static double log2(double x) { return __builtin_log2(x); }
  KERATIN_INLINE static double log10(double x) { return __builtin_log10(x); }
  KERATIN_INLINE static double sin(double x) { return __builtin_sin(x); }
  KERATIN_INLINE static double cos(double x) { return __builtin_cos(x); }
  KERATIN_INLINE static double tan(double x) { return __builtin_tan(x); }
  KERATIN_INLINE static double asin(double x) { return __builtin_asin(x); }
  KERATIN_INLINE static double acos(double x) { return __builtin_acos(x); }
  KERATIN_INLINE static double atan(double x) { return __builtin_atan(x); }
  KERATIN_INLINE static double sinh(double x) { return __builtin_sinh(x); }
  KERATIN_INLINE static double cosh(double x) { return __builtin_cosh(x); }
  KERATIN_INLINE static double tanh(double x) { return __builtin_tanh(x); }
  KERATIN_INLINE static double asinh(double x) { return __builtin_asinh(x); }
  KERATIN_INLINE static double acosh(double x) { return __builtin_acosh(x); }
  KERATIN_INLINE static double atanh(double x) { return __builtin_atanh(x); }
  KERATIN_INLINE static double erf(double x) { return __builtin_erf(x); }
  KERATIN_INLINE static double sigmoid(double x) {
    const double e = __builtin_exp(-__builtin_fabs(x));
    return (x < 0.0 ? e : 1.0) / (1.0 + e);
  }
  KERATIN_INLINE static double softplus(double x) {
    return (x > 0.0 ? x : 0.0) + __builtin_log1p(__builtin_exp(-__builtin_fabs(x)));
  }
  KERATIN_INLINE static double floor(double x) { return __builtin_floor(x); }
  KERATIN_INLINE static double ceil(double x) { return __builtin_ceil(x); }
  KERATIN_INLINE static double round(double x) { return __builtin_rint(x); }
  KERATIN_INLINE static double trunc(double x) { return __builtin_trunc(x); }
  KERATIN_INLINE static double divide(double x, double y) { return x / y; }
  KERATIN_INLINE static double power(double x, double y) { return __builtin_pow(x, y); }
  KERATIN_INLINE static double atan2(double x, double y) { return __builtin_atan2(x, y); }
  KERATIN_INLINE static double remainder(double x, double y) { return __builtin_fmod(x, y); }
  KERATIN_INLINE static double mod(double x, double y) { return divided<Math>(x, y).rest; }
  KERATIN_INLINE static double floor_divide(double x, double y) { return divided<Math>(x, y).quotient; }
  static constexpr auto sine_loop = &unary<double, double, &sin>;
  static constexpr auto cosine_loop = &unary<double, double, &cos>;
};

template <>
struct Math<float> {
  KERATIN_INLINE static float sqrt(float x) { return __builtin_sqrtf(x); }
  KERATIN_INLINE static float rsqrt(float x) { return 1.0f / __builtin_sqrtf(x); }
  KERATIN_INLINE static float reciprocal(float x) { return 1.0f / x; }
  KERATIN_INLINE static float exp(float x) { return float32_math::exp(x); }
  KERATIN_INLINE static float expm1(float x) { return float32_math::expm1(x); }
  KERATIN_INLINE static float log(float x) { return float32_math::log(x); }
  KERATIN_INLINE static float log1p(float x) { return float32_math::log1p(x); }
  KERATIN_INLINE static float log2(float x) { return __builtin_log2f(x); }
  KERATIN_INLINE static float log10(float x) { return __builtin_log10f(x); }
  KERATIN_INLINE static float tan(float x) { return __builtin_tanf(x); }
  KERATIN_INLINE static float asin(float x) { return __builtin_asinf(x); }
  KERATIN_INLINE static float acos(float x) { return __builtin_acosf(x); }
  KERATIN_INLINE static float atan(float x) { return __builtin_atanf(x); }
  KERATIN_INLINE static float sinh(float x) { return __builtin_sinhf(x); }
  KERATIN_INLINE static float cosh(float x) { return __builtin_coshf(x); }
  KERATIN_INLINE static float tanh(float x) { return float32_math::tanh(x); }
  KERATIN_INLINE static float asinh(float x) { return __builtin_asinhf(x); }
  KERATIN_INLINE static float acosh(float x) { return __builtin_acoshf(x); }
  KERATIN_INLINE static float atanh(float x) { return __builtin_atanhf(x); }
  KERATIN_INLINE static float erf(float x) { return float32_math::erf(x); }
  KERATIN_INLINE static float sigmoid(float x) { return float32_math::sigmoid(x); }
  KERATIN_INLINE static float softplus(float x) { return float32_math::softplus(x); }
  KERATIN_INLINE static float floor(float x) { return __builtin_floorf(x); }
  KERATIN_INLINE static float ceil(float x) { return __builtin_ceilf(x); }
  KERATIN_INLINE static float round(float x) { return __builtin_rintf(x); }
  KERATIN_INLINE static float trunc(float x) { return __builtin_truncf(x); }
  KERATIN_INLINE static float divide(float x, float y) { return x / y; }
  KERATIN_INLINE static float power(float x, float y) { return float32_math::power(x, y); }
  KERATIN_INLINE static float atan2(float x, float y) { return __builtin_atan2f(x, y); }
  KERATIN_INLINE static float remainder(float x, float y) { return __builtin_fmodf(x, y); }
  KERATIN_INLINE static float mod(float x, float y) { return divided<Math>(x, y).rest; }
  /// In double, where the dividend less the remainder is exact (or next to it).
  KERATIN_INLINE static float floor_divide(float x, float y) {
    return static_cast<float>(Math<double>::floor_divide(x, y));
  }
  static constexpr auto sine_loop = &float32_math::sine_loop<0>;
  static constexpr auto cosine_loop = &float32_math::sine_loop<1>;
};

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL
