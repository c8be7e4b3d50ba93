#include "keratin/core/dtype.h"

#include <algorithm>
#include <array>

#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

enum class Kind : std::uint8_t { boolean, unsigned_integer, signed_integer, floating, complex, string };

struct Traits {
  DType dtype;
  std::string_view name;
  std::size_t size;
  Kind kind;
};

constexpr std::array<Traits, 15> all_traits{{
    {DType::boolean, "bool", 1, Kind::boolean},
    {DType::uint8, "uint8", 1, Kind::unsigned_integer},
    {DType::uint16, "uint16", 2, Kind::unsigned_integer},
    {DType::uint32, "uint32", 4, Kind::unsigned_integer},
    {DType::uint64, "uint64", 8, Kind::unsigned_integer},
    {DType::int8, "int8", 1, Kind::signed_integer},
    {DType::int16, "int16", 2, Kind::signed_integer},
    {DType::int32, "int32", 4, Kind::signed_integer},
    {DType::int64, "int64", 8, Kind::signed_integer},
    {DType::float16, "float16", 2, Kind::floating},
    {DType::bfloat16, "bfloat16", 2, Kind::floating},
    {DType::float32, "float32", 4, Kind::floating},
    {DType::float64, "float64", 8, Kind::floating},
    {DType::complex64, "complex64", 8, Kind::complex},
    {DType::string, "string", sizeof(std::string), Kind::string},
}};

constexpr const Traits& traits(DType dtype) noexcept { return all_traits[static_cast<std::size_t>(dtype)]; }

constexpr bool traits_are_in_order() {
  for (std::size_t i = 0; i < all_traits.size(); ++i)
    if (static_cast<std::size_t>(all_traits[i].dtype) != i) return false;
  return true;
}
static_assert(traits_are_in_order());

DType signed_of_size(std::size_t bytes) noexcept {
  switch (bytes) {
    case 1:
      return int8;
    case 2:
      return int16;
    case 4:
      return int32;
    default:
      return int64;
  }
}

/// An unsigned with a signed integer: the signed one that holds both, and float32 where there is none.
DType mixed_integers(DType with_sign, DType without_sign) noexcept {
  if (without_sign == uint64) return float32;
  return signed_of_size(std::max(size_of(with_sign), 2 * size_of(without_sign)));
}

}  // namespace

std::size_t size_of(DType dtype) noexcept { return traits(dtype).size; }

std::string_view name_of(DType dtype) noexcept { return traits(dtype).name; }

DType dtype_from_name(std::string_view name) {
  for (const Traits& known : all_traits)
    if (known.name == name) return known.dtype;
  std::string message = "Unknown dtype. Expected one of ";
  for (const Traits& known : all_traits) {
    if (known.dtype != all_traits.front().dtype) message += ", ";
    message += '\'' + std::string(known.name) + '\'';
  }
  throw ValueError(message + ". Received: dtype='" + std::string(name) + "'");
}

bool is_floating(DType dtype) noexcept { return traits(dtype).kind == Kind::floating; }

bool is_integer(DType dtype) noexcept {
  return traits(dtype).kind == Kind::unsigned_integer || traits(dtype).kind == Kind::signed_integer;
}

DType result_type(DType a, DType b) noexcept {
  if (a == b) return a;
  // From here on `high` is of the same or a higher kind, in the order of the enumeration Kind.
  const DType high = traits(a).kind >= traits(b).kind ? a : b;
  const DType low = high == a ? b : a;
  const bool same_kind = traits(a).kind == traits(b).kind;
  switch (traits(high).kind) {
    case Kind::floating:
      if (!same_kind) return high;
      if (size_of(a) == size_of(b)) return float32;  // float16 with bfloat16: neither holds the other
      return size_of(a) > size_of(b) ? a : b;
    case Kind::signed_integer:
      if (traits(low).kind == Kind::unsigned_integer) return mixed_integers(high, low);
      break;
    default:
      break;
  }
  return same_kind && size_of(low) > size_of(high) ? low : high;
}

}  // namespace keratin::inline v0
