#pragma once

// Compiled once for each instruction set, into the namespace KERATIN_LEVEL; calls no inline function of the standard
// library, of which the linker might keep a copy that this machine can't run.

#include "kernels/level_vectors.h"
#include "kernels/normalization/layer_norm_loops.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL::layer_norm {

template <class T>
inline constexpr int width_of = vector_bytes / static_cast<int>(sizeof(T));

KERATIN_INLINE float root(float x) { return __builtin_sqrtf(x); }
KERATIN_INLINE double root(double x) { return __builtin_sqrt(x); }

/// f(V{}, i) for each i, by vectors and then by elements.
template <class T, class F>
KERATIN_INLINE void by_vectors(std::int64_t n, F f) {
  using V = typename VectorOf<T>::Type;
  constexpr int width = width_of<T>;
  std::int64_t i = 0;
  for (; i + width <= n; i += width) f(V{}, i);
  for (; i < n; ++i) f(T{}, i);
}

/// Adds up what f(V{}, i, sums) adds to `count` sums, in four vectors each.
template <int count, class T, class F>
KERATIN_INLINE void sum(T (&result)[count], std::int64_t n, F f) {
  using V = typename VectorOf<T>::Type;
  constexpr int width = width_of<T>;
  constexpr int at_once = 4;
  V sums[at_once][count] = {};
  T rest[count] = {};
  std::int64_t i = 0;
  for (; i + at_once * width <= n; i += at_once * width) {
    f(V{}, i, sums[0]);
    f(V{}, i + width, sums[1]);
    f(V{}, i + 2 * width, sums[2]);
    f(V{}, i + 3 * width, sums[3]);
  }
  for (; i + width <= n; i += width) f(V{}, i, sums[0]);
  for (; i < n; ++i) f(T{}, i, rest);
  for (int k = 0; k < count; ++k) {
    T lanes[width];
    store(lanes, (sums[0][k] + sums[1][k]) + (sums[2][k] + sums[3][k]));
    for (int half = width / 2; half > 0; half /= 2)
      for (int lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
    result[k] = lanes[0] + rest[k];
  }
}

template <class T, bool scaled, bool shifted>
KERATIN_INLINE void normalize_row(const T* x, const T* gamma, const T* beta, std::int64_t n, T epsilon, T* y, T& mean,
                                  T& inverse) {
  const auto size = static_cast<T>(n);
  T total[1];
  sum(total, n, [&](auto like, std::int64_t i, auto* sums) { sums[0] += load<decltype(like)>(x + i); });
  const T centre = total[0] / size;
  T squares[1];
  sum(squares, n, [&](auto like, std::int64_t i, auto* sums) {
    const auto centred = load<decltype(like)>(x + i) - centre;
    sums[0] += centred * centred;
  });
  const T factor = T{1} / root(squares[0] / size + epsilon);
  by_vectors<T>(n, [&](auto like, std::int64_t i) {
    using V = decltype(like);
    V result = (load<V>(x + i) - centre) * factor;
    if constexpr (scaled) result = result * load<V>(gamma + i);
    if constexpr (shifted) result = result + load<V>(beta + i);
    store(y + i, result);
  });
  mean = centre;
  inverse = factor;
}

template <class T, bool scaled, bool shifted>
void normalize_rows(const T* x, const T* gamma, const T* beta, std::int64_t rows, std::int64_t n, T epsilon, T* y,
                    T* means, T* inverses) {
  for (std::int64_t row = 0; row < rows; ++row, x += n, y += n)
    normalize_row<T, scaled, shifted>(x, gamma, beta, n, epsilon, y, means[row], inverses[row]);
}

template <class T>
void forward(const T* x, const T* gamma, const T* beta, std::int64_t rows, std::int64_t n, T epsilon, T* y, T* means,
             T* inverses) {
  const auto loop = gamma != nullptr
                        ? (beta != nullptr ? &normalize_rows<T, true, true> : &normalize_rows<T, true, false>)
                        : (beta != nullptr ? &normalize_rows<T, false, true> : &normalize_rows<T, false, false>);
  loop(x, gamma, beta, rows, n, epsilon, y, means, inverses);
}

/// dx = inverse · (g − mean of g − x̂ · mean of g·x̂) with g = dy · gamma.
template <class T, bool scaled>
KERATIN_INLINE void row_gradient(const T* x, T mean, T inverse, const T* dy, const T* gamma, std::int64_t n, T* dx,
                                 T* dgamma, T* dbeta) {
  T sums_of_row[2];
  sum(sums_of_row, n, [&](auto like, std::int64_t i, auto* sums) {
    using V = decltype(like);
    const V d = load<V>(dy + i);
    const V unit = (load<V>(x + i) - mean) * inverse;
    store(dgamma + i, load<V>(dgamma + i) + d * unit);
    store(dbeta + i, load<V>(dbeta + i) + d);
    V g = d;
    if constexpr (scaled) g = d * load<V>(gamma + i);
    sums[0] += g;
    sums[1] += g * unit;
  });
  const T mean_gradient = sums_of_row[0] / static_cast<T>(n);
  const T slope = sums_of_row[1] / static_cast<T>(n);
  by_vectors<T>(n, [&](auto like, std::int64_t i) {
    using V = decltype(like);
    V g = load<V>(dy + i);
    if constexpr (scaled) g = g * load<V>(gamma + i);
    const V unit = (load<V>(x + i) - mean) * inverse;
    store(dx + i, ((g - mean_gradient) - unit * slope) * inverse);
  });
}

template <class T>
void backward(const T* x, const T* means, const T* inverses, const T* dy, const T* gamma, std::int64_t rows,
              std::int64_t n, T* dx, T* dgamma, T* dbeta) {
  for (std::int64_t row = 0; row < rows; ++row, x += n, dy += n, dx += n) {
    if (gamma != nullptr) {
      row_gradient<T, true>(x, means[row], inverses[row], dy, gamma, n, dx, dgamma, dbeta);
    } else {
      row_gradient<T, false>(x, means[row], inverses[row], dy, gamma, n, dx, dgamma, dbeta);
    }
  }
}

template <class T>
inline constexpr LayerNormLoops<T> loops{&forward<T>, &backward<T>};

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL::layer_norm
