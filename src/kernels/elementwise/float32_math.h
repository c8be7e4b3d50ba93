#pragma once

// Functions of one float without branches, so that a loop over them becomes vectors. The polynomials interpolate at
// Chebyshev's nodes; errors stay within a few units in the last place over all floats.

#include "kernels/elementwise/scalar_ops.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL::float32_math {

inline constexpr float infinity = __builtin_inff();
inline constexpr float ln2_high = 0.693359375f;  // few bits: its product with an exponent is exact
inline constexpr float ln2_low = -2.12194440e-4f;

KERATIN_INLINE std::uint32_t bits_of(float x) { return __builtin_bit_cast(std::uint32_t, x); }
KERATIN_INLINE float from_bits(std::uint32_t bits) { return __builtin_bit_cast(float, bits); }

/// a·b + c, rounded once where the machine can.
KERATIN_INLINE float multiply_add(float a, float b, float c) {
#if defined(__FMA__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

/// Horner's rule, the highest coefficient first.
template <class... Rest>
KERATIN_INLINE float polynomial(float x, float highest, Rest... rest) {
  float result = highest;
  ((result = multiply_add(result, x, rest)), ...);
  return result;
}

/// 2ⁿ for −126 ≤ n ≤ 127.
KERATIN_INLINE float power_of_2(std::int32_t n) { return from_bits((static_cast<std::uint32_t>(n) + 127u) << 23); }

/// exp(x) = 2ⁿ·(1 + p) with |ln(1 + p)| ≤ ½·ln 2.
struct ExpParts {
  std::int32_t n;
  float p;
};

KERATIN_INLINE ExpParts exp_parts(float x) {
  constexpr float round_bits = 0x1.8p23f;  // adding it leaves the nearest integer in the last bits
  const float shifted = multiply_add(x, 1.44269504f, round_bits);
  const float n = shifted - round_bits;
  const float r = multiply_add(n, -ln2_low, multiply_add(n, -ln2_high, x));
  const float q = polynomial(r, 1.989198131e-04f, 1.393454193e-03f, 8.333310024e-03f, 4.166645681e-02f,
                             1.666666668e-01f, 5.000000014e-01f);
  return {static_cast<std::int32_t>(bits_of(shifted) - bits_of(round_bits)), multiply_add(r * r, q, r)};
}

KERATIN_INLINE float exp(float x) {
  x = x > 89.0f ? 89.0f : x;  // infinite from here on; NaN passes each comparison
  x = x < -104.0f ? -104.0f : x;
  const ExpParts parts = exp_parts(x);
  // In two steps: the result may be subnormal, or end just below infinity.
  const std::int32_t half = parts.n >> 1;
  return (1.0f + parts.p) * power_of_2(half) * power_of_2(parts.n - half);
}

/// Of x ≤ 0 (more exactly, 44): half the work.
KERATIN_INLINE float exp_of_negative(float x) {
  x = x < -104.0f ? -104.0f : x;
  const ExpParts parts = exp_parts(x);
  const float scale = power_of_2(parts.n + 64);  // the result may be subnormal
  return multiply_add(scale, parts.p, scale) * 0x1p-64f;
}

KERATIN_INLINE float expm1(float x) {
  float within = x > 89.0f ? 89.0f : x;
  within = within < -30.0f ? -30.0f : within;
  const ExpParts parts = exp_parts(within);
  // (2ⁿ·(1 + p) − 1) from halves, as 2¹²⁸ is no float.
  const float half_scale = power_of_2(parts.n - 1);
  const float half = multiply_add(half_scale, parts.p, half_scale - 0.5f);
  const float result = half + half;
  return absolute(x) < 0x1p-24f ? x : result;  // halves of subnormal numbers lose a bit
}

/// ln(2^e·(1 + f)) for √½ ≤ 1 + f ≤ √2.
KERATIN_INLINE float log_from(float f, float e) {
  const float square = f * f;
  const float p =
      polynomial(f, -6.201500112e-02f, 1.053086473e-01f, -1.064619164e-01f, 1.103778336e-01f, -1.245074332e-01f,
                 1.428652455e-01f, -1.666800152e-01f, 2.000001004e-01f, -2.499999028e-01f, 3.333333328e-01f);
  const float tail = multiply_add(e, ln2_low, f * square * p);
  return multiply_add(e, ln2_high, f + multiply_add(-0.5f, square, tail));
}

/// x = 2^e·m with √½ ≤ m < √2, for a normal x.
struct LogParts {
  std::int32_t e;
  float m;
};
KERATIN_INLINE LogParts log_parts(float x) {
  constexpr std::uint32_t root_half = 0x3f3504f3u;
  const std::uint32_t shifted = bits_of(x) - root_half;
  return {static_cast<std::int32_t>(shifted) >> 23, from_bits((shifted & 0x7fffffu) + root_half)};
}

/// −∞ at 0, NaN below, and what infinity and NaN are.
KERATIN_INLINE float log_at_the_ends(float x, float logarithm) {
  logarithm = x < infinity ? logarithm : x;
  logarithm = x == 0.0f ? -infinity : logarithm;
  return x < 0.0f ? __builtin_nanf("") : logarithm;
}

KERATIN_INLINE float log(float x) {
  const bool subnormal = x < 0x1p-126f;
  const LogParts parts = log_parts(subnormal ? x * 0x1p23f : x);
  const float e = static_cast<float>(parts.e) - (subnormal ? 23.0f : 0.0f);
  return log_at_the_ends(x, log_from(parts.m - 1.0f, e));
}

KERATIN_INLINE float log1p(float x) {
  const float u = 1.0f + x;
  const float lost = x >= 1.0f ? 1.0f - (u - x) : x - (u - 1.0f);  // what rounding took from u
  const LogParts parts = log_parts(u);
  const float scale = parts.e > 126 ? 0.0f : power_of_2(-parts.e);
  const float result =
      log_at_the_ends(u, log_from(multiply_add(lost, scale, parts.m - 1.0f), static_cast<float>(parts.e)));
  return absolute(x) < 0x1p-24f ? x : result;
}

KERATIN_INLINE float with_sign_of(float magnitude, float x) {
  return from_bits(bits_of(magnitude) | (bits_of(x) & 0x80000000u));
}

KERATIN_INLINE float tanh(float x) {
  float t = absolute(x);
  t = t > 10.0f ? 10.0f : t;
  const ExpParts parts = exp_parts(t + t);
  const float scale = power_of_2(parts.n);
  const float e = multiply_add(scale, parts.p, scale - 1.0f);  // exp(2t) − 1
  return with_sign_of(e / (e + 2.0f), x);
}

KERATIN_INLINE float sigmoid(float x) {
  const float e = exp_of_negative(-absolute(x));
  return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

KERATIN_INLINE float softplus(float x) { return (x > 0.0f ? x : 0.0f) + log1p(exp_of_negative(-absolute(x))); }

KERATIN_INLINE float erf(float x) {
  float t = absolute(x);
  t = t > 4.0f ? 4.0f : t;
  const float near = t * polynomial(t * t, 7.875875043e-05f, -8.016864281e-04f, 5.189087423e-03f, -2.685421201e-02f,
                                    1.128359472e-01f, -3.761262667e-01f, 1.128379166e+00f);
  // 1 − exp(−g(t)), g = −ln(erfc t)
  const float g =
      polynomial(t, -1.637151416e-06f, 4.605804271e-05f, -5.968056258e-04f, 4.759596294e-03f, -2.642113601e-02f,
                 1.100800830e-01f, 6.318260516e-01f, 1.130233435e+00f, -3.201380501e-04f);
  return with_sign_of(t <= 1.0f ? near : 1.0f - exp_of_negative(-g), x);
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL::float32_math
