#pragma once

// Compiled once for each instruction set, into the namespace KERATIN_LEVEL; calls no inline function of the standard
// library, of which the linker might keep a copy that this machine can't run.

#include "kernels/level_vectors.h"
#include "kernels/reduce_loops.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL::reducing {

using Vector = VectorOf<float>::Type;
inline constexpr int width = vector_bytes / sizeof(float);

/// Of a number and itself: whether it is NaN.
template <class T>
KERATIN_INLINE auto differ(T a, T b) {
  return a != b;
}

struct Add {
  static constexpr float start = 0.0f;
  template <class T>
  KERATIN_INLINE static T apply(T a, T b) {
    return a + b;
  }
};

// A NaN among the results stays, as no comparison with it holds; one among the values is taken.
struct Max {
  static constexpr float start = -__builtin_inff();
  template <class T>
  KERATIN_INLINE static T apply(T a, T b) {
    return ((b > a) | differ(b, b)) ? b : a;
  }
};

struct Min {
  static constexpr float start = __builtin_inff();
  template <class T>
  KERATIN_INLINE static T apply(T a, T b) {
    return ((b < a) | differ(b, b)) ? b : a;
  }
};

template <class Op>
float reduce_row(const float* x, std::int64_t n) {
  constexpr int lanes = 32;
  constexpr int vectors = lanes / width;
  Vector results[vectors];
  for (Vector& result : results) result = Vector{} + Op::start;
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (int v = 0; v < vectors; ++v) results[v] = Op::apply(results[v], load<Vector>(x + i + v * width));
  float by_lane[lanes];
  __builtin_memcpy(by_lane, results, sizeof by_lane);
  for (int lane = 0; i < n; ++i, ++lane) by_lane[lane] = Op::apply(by_lane[lane], x[i]);
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) by_lane[lane] = Op::apply(by_lane[lane], by_lane[lane + half]);
  return by_lane[0];
}

/// One element (or vector) of eight rows, in pairs: fewer roundings than one after the other.
template <class Op, class T>
KERATIN_INLINE T of_eight(const float* x, std::int64_t stride) {
  const auto two = [&](std::int64_t row) {
    return Op::apply(load<T>(x + row * stride), load<T>(x + (row + 1) * stride));
  };
  return Op::apply(Op::apply(two(0), two(2)), Op::apply(two(4), two(6)));
}

template <class Op>
void reduce_rows(float* result, const float* x, std::int64_t stride, std::int64_t rows, std::int64_t columns) {
  for (; rows >= 8; rows -= 8, x += 8 * stride) {
    std::int64_t j = 0;
    for (; j + width <= columns; j += width)
      store(result + j, Op::apply(load<Vector>(result + j), of_eight<Op, Vector>(x + j, stride)));
    for (; j < columns; ++j) result[j] = Op::apply(result[j], of_eight<Op, float>(x + j, stride));
  }
  for (; rows > 0; --rows, x += stride) {
    std::int64_t j = 0;
    for (; j + width <= columns; j += width)
      store(result + j, Op::apply(load<Vector>(result + j), load<Vector>(x + j)));
    for (; j < columns; ++j) result[j] = Op::apply(result[j], x[j]);
  }
}

inline constexpr ReduceLoops loops{reduce_row<Add>,  reduce_row<Max>,  reduce_row<Min>,
                                   reduce_rows<Add>, reduce_rows<Max>, reduce_rows<Min>};

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL::reducing
