#include <complex>
#include <string>
#include <type_traits>

#include "core/element_convert.h"
#include "kernels/elementwise/loops.h"

namespace keratin::inline v0::kernels {
namespace {

template <class T>
inline constexpr bool is_number = !std::is_same_v<T, std::string> && !std::is_same_v<T, std::complex<float>>;

template <class From, class To>
void cast(void* out, const void* a, const void* /*b*/, const void* /*c*/, std::int64_t n) {
  auto* const result = static_cast<To*>(out);
  const auto* const x = static_cast<const From*>(a);
  for (std::int64_t i = 0; i < n; ++i) result[i] = core::convert_element<To>(x[i]);
}

template <class From>
Loop cast_from(DType to) noexcept {
  return core::visit_element_type(to, [](auto type) -> Loop {
    using To = typename decltype(type)::type;
    if constexpr (is_number<From> && is_number<To>) {
      return &cast<From, To>;
    } else {
      return nullptr;
    }
  });
}

}  // namespace

Loop other::find_cast(DType from, DType to) noexcept {
  return core::visit_element_type(from,
                                  [to](auto type) -> Loop { return cast_from<typename decltype(type)::type>(to); });
}

}  // namespace keratin::inline v0::kernels
