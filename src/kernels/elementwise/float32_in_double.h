#pragma once

// Functions of floats that need more digits than a float has on the way: computed in double, without branches.

#include "kernels/elementwise/float32_math.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL::float32_math {

inline constexpr double round_double = 0x1.8p52;  // adding it leaves the nearest integer in the last bits

KERATIN_INLINE std::uint64_t bits_of(double x) { return __builtin_bit_cast(std::uint64_t, x); }
KERATIN_INLINE double from_bits(std::uint64_t bits) { return __builtin_bit_cast(double, bits); }

/// Up to here the angle's quarter turns times the high part of π/2 are exact.
inline constexpr float largest_near_angle = 0x1p20f;

/// sin(x + quarters·π/2) for |x| < largest_near_angle.
template <std::uint64_t quarters>
KERATIN_INLINE float sine_of_near(float x) {
  const double angle = x;
  const double shifted = angle * 0x1.45f306dc9c883p-1 + round_double;
  const double n = shifted - round_double;
  const double r = (angle - n * 0x1.921fb544p+0) - n * 0x1.0b4611a626331p-34;
  const double t = r * r;
  const double sine =
      r *
      (1.0 - t * (1.0 / 6) *
                 (1.0 - t * (1.0 / 20) * (1.0 - t * (1.0 / 42) * (1.0 - t * (1.0 / 72) * (1.0 - t * (1.0 / 110))))));
  const double cosine =
      1.0 -
      t * (1.0 / 2) * (1.0 - t * (1.0 / 12) * (1.0 - t * (1.0 / 30) * (1.0 - t * (1.0 / 56) * (1.0 - t * (1.0 / 90)))));
  const std::uint64_t quarter = bits_of(shifted) + quarters;
  const double value = (quarter & 1u) != 0 ? cosine : sine;
  return static_cast<float>(from_bits(bits_of(value) ^ (quarter & 2u) << 62));
}

template <std::uint64_t quarters>
void sine_loop(void* out, const void* a, const void* /*b*/, const void* /*c*/, std::int64_t n) {
  auto* const result = static_cast<float*>(out);
  const auto* const x = static_cast<const float*>(a);
  std::int64_t far = 0;
  for (std::int64_t i = 0; i < n; ++i) far += !(absolute(x[i]) < largest_near_angle);
  if (far == 0) {
    KERATIN_VECTORS
    for (std::int64_t i = 0; i < n; ++i) result[i] = sine_of_near<quarters>(x[i]);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const float angle = x[i];
    const double value = quarters == 0 ? __builtin_sin(angle) : __builtin_cos(angle);
    const bool near = absolute(angle) < largest_near_angle;
    result[i] = near ? sine_of_near<quarters>(angle) : static_cast<float>(value);
  }
}

/// log₂ of a positive normal double, to 1e-12 of its value.
KERATIN_INLINE double log2_of(double x) {
  constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcdu;
  const std::uint64_t shifted = bits_of(x) - root_half;
  // The exponent as a double by its bits alone: not every machine converts 64-bit integers in vectors.
  const std::uint64_t exponent = (shifted + 0x4000000000000000u) >> 52;
  const double e = from_bits(0x4330000000000000u | exponent) - (0x1p52 + 0x400);
  const double m = from_bits((shifted & 0xfffffffffffffu) + root_half);
  const double s = (m - 1.0) / (m + 1.0);
  const double t = s * s;
  const double series =
      1.0 + t * (1.0 / 3 + t * (1.0 / 5 + t * (1.0 / 7 + t * (1.0 / 9 + t * (1.0 / 11 + t * (1.0 / 13))))));
  return e + s * series * 2.8853900817779268;  // 2/ln 2
}

/// 2^x, to 1e-10 of its value, for |x| ≤ 200.
KERATIN_INLINE double exp2_of(double x) {
  const double shifted = x + round_double;
  const double f = (x - (shifted - round_double)) * 0.69314718055994531;
  const double series =
      1.0 +
      f * (1.0 + f * (1.0 / 2) *
                     (1.0 + f * (1.0 / 3) *
                                (1.0 + f * (1.0 / 4) *
                                           (1.0 + f * (1.0 / 5) *
                                                      (1.0 + f * (1.0 / 6) *
                                                                 (1.0 + f * (1.0 / 7) * (1.0 + f * (1.0 / 8))))))));
  return series * from_bits((bits_of(shifted) + 1023u) << 52);
}

/// C's pow: a negative base has integer powers alone, anything to the power 0 and 1 to any power are 1.
KERATIN_INLINE float power(float x, float y) {
  const double base = absolute(x);
  double logarithm = log2_of(base);
  logarithm = base == 0.0 ? -__builtin_inf() : logarithm;
  logarithm = base < __builtin_inf() ? logarithm : base;
  double exponent = y * logarithm;
  exponent = exponent > 200.0 ? 200.0 : exponent;
  exponent = exponent < -200.0 ? -200.0 : exponent;
  const auto magnitude = static_cast<float>(exp2_of(exponent));

  const float half = 0.5f * y;
  const bool whole = __builtin_truncf(y) == y;
  const bool odd = whole & (__builtin_truncf(half) != half);
  const float signed_value = from_bits(bits_of(magnitude) ^ (odd ? bits_of(x) & 0x80000000u : 0u));
  const bool undefined = (x < 0.0f) & (x > -infinity) & !whole;
  const float value = undefined ? __builtin_nanf("") : signed_value;
  const bool one = (x == 1.0f) | (y == 0.0f) | ((x == -1.0f) & (absolute(y) == infinity));
  return one ? 1.0f : value;
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL::float32_math
