#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include "core/half.h"
#include "keratin/core/complex.h"
#include "keratin/core/dtype.h"

namespace keratin::inline v0::core {

/// Calls f(std::type_identity<T>{}) with the element type of `dtype`.
template <class F>
decltype(auto) visit_element_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::boolean:
      return f(std::type_identity<bool>{});
    case DType::uint8:
      return f(std::type_identity<std::uint8_t>{});
    case DType::uint16:
      return f(std::type_identity<std::uint16_t>{});
    case DType::uint32:
      return f(std::type_identity<std::uint32_t>{});
    case DType::uint64:
      return f(std::type_identity<std::uint64_t>{});
    case DType::int8:
      return f(std::type_identity<std::int8_t>{});
    case DType::int16:
      return f(std::type_identity<std::int16_t>{});
    case DType::int32:
      return f(std::type_identity<std::int32_t>{});
    case DType::int64:
      return f(std::type_identity<std::int64_t>{});
    case DType::float16:
      return f(std::type_identity<Float16>{});
    case DType::bfloat16:
      return f(std::type_identity<BFloat16>{});
    case DType::float32:
      return f(std::type_identity<float>{});
    case DType::float64:
      return f(std::type_identity<double>{});
    case DType::complex64:
      return f(std::type_identity<std::complex<float>>{});
    case DType::string:
      break;
  }
  return f(std::type_identity<std::string>{});
}

/// A number as something the language computes with: 16-bit floats as float, complex ones by their real part.
template <class T>
auto as_arithmetic(const T& value) noexcept {
  if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
    return to_float(value);
  } else if constexpr (std::is_same_v<T, std::complex<float>>) {
    return value.real();
  } else {
    return value;
  }
}

/// Truncated; stops at the type's ends, and NaN becomes 0 (the plain cast is undefined there).
template <class To, class From>
To truncated(From value) noexcept {
  // 2^digits is exact in each floating type, where To's largest value may not be.
  const From end =
      static_cast<From>(static_cast<double>(std::uint64_t{1} << (std::numeric_limits<To>::digits - 1))) * 2;
  if (value >= end) return std::numeric_limits<To>::max();
  const From lowest = std::is_signed_v<To> ? -end : From{0};
  if (value <= lowest) return std::numeric_limits<To>::min();
  return std::isnan(value) ? To{0} : static_cast<To>(value);
}

/// One number as another type, as Array::astype documents it. No strings.
template <class To, class From>
To convert_element(const From& from) noexcept {
  if constexpr (std::is_same_v<To, From>) {
    return from;
  } else if constexpr (std::is_same_v<From, std::complex<float>> && std::is_same_v<To, bool>) {
    return from != std::complex<float>{};
  } else {
    const auto value = as_arithmetic(from);
    using Value = std::remove_const_t<decltype(value)>;
    if constexpr (std::is_same_v<To, bool>) {
      return value != Value{0};
    } else if constexpr (std::is_same_v<To, Float16> || std::is_same_v<To, BFloat16>) {
      using Wide = std::conditional_t<std::is_same_v<Value, float>, float, double>;
      if constexpr (std::is_same_v<To, Float16>) {
        return to_float16(static_cast<Wide>(value));
      } else {
        return to_bfloat16(static_cast<Wide>(value));
      }
    } else if constexpr (std::is_same_v<To, std::complex<float>>) {
      return {static_cast<float>(value), 0.0f};
    } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<Value>) {
      return truncated<To>(value);
    } else {
      return static_cast<To>(value);
    }
  }
}

}  // namespace keratin::inline v0::core
