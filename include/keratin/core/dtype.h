#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "keratin/core/export.h"

namespace keratin::inline v0 {

/// Element types of arrays. float16, complex64 and string are storage types: nothing computes in them.
enum class DType : std::uint8_t {
  boolean,
  uint8,
  uint16,
  uint32,
  uint64,
  int8,
  int16,
  int32,
  int64,
  float16,
  bfloat16,
  float32,
  float64,
  complex64,
  string,
};

inline constexpr DType boolean = DType::boolean;
inline constexpr DType uint8 = DType::uint8;
inline constexpr DType uint16 = DType::uint16;
inline constexpr DType uint32 = DType::uint32;
inline constexpr DType uint64 = DType::uint64;
inline constexpr DType int8 = DType::int8;
inline constexpr DType int16 = DType::int16;
inline constexpr DType int32 = DType::int32;
inline constexpr DType int64 = DType::int64;
inline constexpr DType float16 = DType::float16;
inline constexpr DType bfloat16 = DType::bfloat16;
inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;
inline constexpr DType complex64 = DType::complex64;
inline constexpr DType string = DType::string;

/// Storage of 16-bit floats: bits only, converted by Array::astype.
struct Float16 {
  std::uint16_t bits = 0;
};
struct BFloat16 {
  std::uint16_t bits = 0;
};

/// Bytes of one element (sizeof(std::string) for string).
KERATIN_API std::size_t size_of(DType dtype) noexcept;
/// Keras's name: "float32", "bool", …
KERATIN_API std::string_view name_of(DType dtype) noexcept;
/// The dtype with Keras's name; throws ValueError naming the known ones.
KERATIN_API DType dtype_from_name(std::string_view name);
KERATIN_API bool is_floating(DType dtype) noexcept;
KERATIN_API bool is_integer(DType dtype) noexcept;  ///< signed or unsigned, not bool
/// Keras's promotion of two dtypes (`keras.backend.result_type`): float beats integer, wider beats narrower,
/// signed with unsigned widens, bool yields.
KERATIN_API DType result_type(DType a, DType b) noexcept;

namespace detail {
template <class T>
struct DTypeOf;
#define KERATIN_DTYPE_OF(type, value)       \
  template <>                               \
  struct DTypeOf<type> {                    \
    static constexpr DType dtype = (value); \
  };
KERATIN_DTYPE_OF(bool, DType::boolean)
KERATIN_DTYPE_OF(std::uint8_t, DType::uint8)
KERATIN_DTYPE_OF(std::uint16_t, DType::uint16)
KERATIN_DTYPE_OF(std::uint32_t, DType::uint32)
KERATIN_DTYPE_OF(std::uint64_t, DType::uint64)
KERATIN_DTYPE_OF(std::int8_t, DType::int8)
KERATIN_DTYPE_OF(std::int16_t, DType::int16)
KERATIN_DTYPE_OF(std::int32_t, DType::int32)
KERATIN_DTYPE_OF(std::int64_t, DType::int64)
KERATIN_DTYPE_OF(Float16, DType::float16)
KERATIN_DTYPE_OF(BFloat16, DType::bfloat16)
KERATIN_DTYPE_OF(float, DType::float32)
KERATIN_DTYPE_OF(double, DType::float64)
KERATIN_DTYPE_OF(std::string, DType::string)
#undef KERATIN_DTYPE_OF
// `long long` where std::int64_t is `long`: another type of the same size.
template <class T>
  requires(std::is_same_v<T, long long> && !std::is_same_v<long long, std::int64_t>)
struct DTypeOf<T> {
  static constexpr DType dtype = DType::int64;
};
template <class T>
  requires(std::is_same_v<T, unsigned long long> && !std::is_same_v<unsigned long long, std::uint64_t>)
struct DTypeOf<T> {
  static constexpr DType dtype = DType::uint64;
};
}  // namespace detail

/// A C++ type that can be an element of an Array. `long long` counts as int64 where long is 64 bits wide.
template <class T>
concept Element = requires { detail::DTypeOf<std::remove_cv_t<T>>::dtype; };

template <Element T>
inline constexpr DType dtype_of = detail::DTypeOf<std::remove_cv_t<T>>::dtype;

}  // namespace keratin::inline v0
