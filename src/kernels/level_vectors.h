#pragma once

// For files that are compiled once for each instruction set, into the namespace KERATIN_LEVEL: vectors as wide as the
// instruction set has them.

#define KERATIN_INLINE [[gnu::always_inline]] inline

namespace keratin::inline v0::kernels::KERATIN_LEVEL {

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX2__)
inline constexpr int vector_bytes = 32;
#else
inline constexpr int vector_bytes = 16;
#endif

template <class T>
struct VectorOf {
  typedef T Type __attribute__((vector_size(vector_bytes)));  // NOLINT(modernize-use-using): of a dependent type
};

template <class T>
KERATIN_INLINE T load(const void* from) {
  T value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
KERATIN_INLINE void store(void* to, T value) {
  __builtin_memcpy(to, &value, sizeof value);
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL
