#pragma once

// The loops of idioms; see level.h for how they are compiled. One operation a statement: none is fused with another,
// so that they round as the separate loops do.

#include "kernels/elementwise/idioms.h"
#include "kernels/elementwise/level.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL {

KERATIN_INLINE const float* elements(const void* const* arguments, int index) {
  return static_cast<const float*>(arguments[index]);
}
KERATIN_INLINE float number(const void* const* arguments, int index) { return *elements(arguments, index); }

template <bool squared>
void blend_loop(void* out, const void* const* arguments, std::int64_t n) {
  auto* const result = static_cast<float*>(out);
  const float* const x = elements(arguments, 0);
  const float* const y = elements(arguments, 1);
  const float factor = number(arguments, 2);
  KERATIN_VECTORS
  for (std::int64_t i = 0; i < n; ++i) {
    const float before = x[i];
    float to = y[i];
    if constexpr (squared) to = to * to;
    const float difference = to - before;
    const float change = difference * factor;
    result[i] = before + change;
  }
}

inline void descend_loop(void* out, const void* const* arguments, std::int64_t n) {
  auto* const result = static_cast<float*>(out);
  const float* const w = elements(arguments, 0);
  const float* const m = elements(arguments, 1);
  const float* const v = elements(arguments, 2);
  const float step = number(arguments, 3);
  const float epsilon = number(arguments, 4);
  KERATIN_VECTORS
  for (std::int64_t i = 0; i < n; ++i) {
    const float above = m[i] * step;
    const float root = __builtin_sqrtf(v[i]);
    const float below = root + epsilon;
    const float change = above / below;
    result[i] = w[i] - change;
  }
}

inline void gate_loop(void* out, const void* const* arguments, std::int64_t n) {
  auto* const result = static_cast<float*>(out);
  const float* const x = elements(arguments, 0);
  const float* const y = elements(arguments, 1);
  const float bound = number(arguments, 2);
  const float otherwise = number(arguments, 3);
  KERATIN_VECTORS
  for (std::int64_t i = 0; i < n; ++i) {
    const float open = y[i];
    result[i] = x[i] > bound ? open : otherwise;
  }
}

IdiomLoop find_loop(Idiom idiom) noexcept {
  switch (idiom) {
    case Idiom::blend:
      return &blend_loop<false>;
    case Idiom::blend_square:
      return &blend_loop<true>;
    case Idiom::descend:
      return &descend_loop;
    case Idiom::gate:
      break;
  }
  return &gate_loop;
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL
