#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "keratin/core/dtype.h"

namespace keratin::inline v0::core {

// The conversions of bfloat16 are always inlined and call nothing: code for other instruction sets uses them too.

[[gnu::always_inline]] constexpr float to_float(BFloat16 value) noexcept {
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(value.bits) << 16);
}

/// IEEE 754 binary16 to binary32: exact.
constexpr float to_float(Float16 value) noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(value.bits & 0x8000u) << 16;
  const std::uint32_t rest = value.bits & 0x7fffu;
  if (rest >= 0x7c00u) return std::bit_cast<float>(sign | 0x7f800000u | (rest & 0x3ffu) << 13);
  // The exponent's bias differs by 112; a subnormal loses the 1 that the shifted exponent would give it.
  if (rest >= 0x400u) return std::bit_cast<float>(sign | ((rest << 13) + (112u << 23)));
  const float magnitude = static_cast<float>(rest) * 0x1p-24f;
  return sign != 0 ? -magnitude : magnitude;
}

/// Round to nearest, ties to even; NaN stays NaN.
[[gnu::always_inline]] constexpr BFloat16 to_bfloat16(float value) noexcept {
  const auto bits = __builtin_bit_cast(std::uint32_t, value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {static_cast<std::uint16_t>(bits >> 16 | 0x40u)};
  return {static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
}

/// Round to nearest, ties to even; too large becomes infinite, NaN stays NaN.
constexpr Float16 to_float16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000u;
  const std::uint32_t rest = bits & 0x7fffffffu;
  if (rest > 0x7f800000u) return {static_cast<std::uint16_t>(sign | 0x7e00u)};
  if (rest >= 0x47800000u) return {static_cast<std::uint16_t>(sign | 0x7c00u)};  // 65536 and above
  if (rest >= 0x38800000u) {                                                     // 2^-14: normal numbers
    const std::uint32_t rounded = rest + 0xfffu + (rest >> 13 & 1u);
    return {static_cast<std::uint16_t>(sign | ((rounded - (112u << 23)) >> 13))};
  }
  // Subnormal: adding ½ puts the last kept bit (2^-24) at a float's last bit, and the addition rounds.
  const float shifted = std::bit_cast<float>(rest) + 0.5f;
  return {static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u))};
}

/// A double as a float that still rounds correctly to fewer bits: an inexact one gets an odd last bit ("round to odd").
inline float rounded_to_odd(double value) noexcept {
  const auto nearest = static_cast<float>(value);
  if (static_cast<double>(nearest) == value || std::isnan(value) || std::isinf(nearest)) return nearest;
  const auto bits = std::bit_cast<std::uint32_t>(nearest);
  if ((bits & 1u) != 0) return nearest;
  const bool below = std::abs(static_cast<double>(nearest)) < std::abs(value);
  return std::bit_cast<float>(below ? bits + 1 : bits - 1);
}

inline BFloat16 to_bfloat16(double value) noexcept { return to_bfloat16(rounded_to_odd(value)); }
inline Float16 to_float16(double value) noexcept { return to_float16(rounded_to_odd(value)); }

}  // namespace keratin::inline v0::core
