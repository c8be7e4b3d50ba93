#pragma once

// What the files of an instruction set share. They are compiled several times, each time into the namespace
// KERATIN_LEVEL, and call no inline function of the standard library: the linker keeps one copy of such a function,
// and might keep one that this machine can't run.

#include <cstdint>
#include <type_traits>

#include "core/half.h"

#if defined(__clang__)
// Not each loop has vectors (a call of the C library has none); clang would warn of those.
#pragma clang diagnostic ignored "-Wpass-failed"
#define KERATIN_VECTORS _Pragma("clang loop vectorize(assume_safety)")
#else
#define KERATIN_VECTORS _Pragma("GCC ivdep")
#endif
#define KERATIN_INLINE [[gnu::always_inline]] inline

namespace keratin::inline v0::kernels::KERATIN_LEVEL {

/// A truth value's storage.
using Truth = std::uint8_t;

/// bfloat16 is cast to float, which is computed with, and back.
template <class T>
KERATIN_INLINE auto loaded(T element) {
  if constexpr (std::is_same_v<T, BFloat16>) {
    return core::to_float(element);
  } else {
    return element;
  }
}

template <class R, class T>
KERATIN_INLINE R stored(T value) {
  if constexpr (std::is_same_v<R, BFloat16>) {
    return core::to_bfloat16(value);
  } else {
    return value;
  }
}

template <class T, class R, auto f>
void unary(void* out, const void* a, const void* /*b*/, const void* /*c*/, std::int64_t n) {
  auto* const result = static_cast<R*>(out);
  const auto* const x = static_cast<const T*>(a);
  KERATIN_VECTORS
  for (std::int64_t i = 0; i < n; ++i) result[i] = stored<R>(f(loaded(x[i])));
}

template <class T, class R, auto f>
void binary(void* out, const void* a, const void* b, const void* /*c*/, std::int64_t n) {
  auto* const result = static_cast<R*>(out);
  const auto* const x = static_cast<const T*>(a);
  const auto* const y = static_cast<const T*>(b);
  KERATIN_VECTORS
  for (std::int64_t i = 0; i < n; ++i) result[i] = f(x[i], y[i]);
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL
