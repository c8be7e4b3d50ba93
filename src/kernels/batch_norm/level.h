#pragma once

// Compiled once for each instruction set, into the namespace KERATIN_LEVEL.

#include "kernels/batch_norm/loops.h"
#include "kernels/level_vectors.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL::batch_norm {

/// Calls f(V{}, column) for all columns: by vectors, and what is left one by one.
template <class T, class F>
KERATIN_INLINE void for_columns(std::int64_t width, F&& f) {
  using Vector = typename VectorOf<T>::Type;
  constexpr auto lanes = static_cast<std::int64_t>(sizeof(Vector) / sizeof(T));
  std::int64_t column = 0;
  for (; column + lanes <= width; column += lanes) f(Vector{}, column);
  for (; column < width; ++column) f(T{}, column);
}

/// Adds what f(V{}, first element) gives of each row to the sums.
template <class T, class F>
KERATIN_INLINE void add_rows(T* sums, std::int64_t stride, std::int64_t rows, std::int64_t width, F&& f) {
  std::int64_t row = 0;
  for (; row + 4 <= rows; row += 4)
    for_columns<T>(width, [&](auto zero, std::int64_t column) {
      using V = decltype(zero);
      const std::int64_t at = row * stride + column;
      const V four = (f(zero, at, column) + f(zero, at + stride, column)) +
                     (f(zero, at + 2 * stride, column) + f(zero, at + 3 * stride, column));
      store(sums + column, load<V>(sums + column) + four);
    });
  for (; row < rows; ++row)
    for_columns<T>(width, [&](auto zero, std::int64_t column) {
      using V = decltype(zero);
      store(sums + column, load<V>(sums + column) + f(zero, row * stride + column, column));
    });
}

template <class T>
void add(T* sums, const T* x, std::int64_t stride, std::int64_t rows, std::int64_t width) {
  add_rows(sums, stride, rows, width,
           [&](auto zero, std::int64_t at, std::int64_t) { return load<decltype(zero)>(x + at); });
}

template <class T>
void add_squares(T* sums, const T* x, const T* mean, std::int64_t stride, std::int64_t rows, std::int64_t width) {
  add_rows(sums, stride, rows, width, [&](auto zero, std::int64_t at, std::int64_t column) {
    using V = decltype(zero);
    const V centred = load<V>(x + at) - load<V>(mean + column);
    return centred * centred;
  });
}

template <bool relu, class V, class T>
KERATIN_INLINE V flowing(const T* dy, const T* y, std::int64_t at) {
  if constexpr (relu) {
    return load<V>(y + at) > V{} ? load<V>(dy + at) : V{};
  } else {
    return load<V>(dy + at);
  }
}

/// Adds those of `count` rows, which is a power of 2.
template <int count, bool relu, class T>
KERATIN_INLINE void add_products_of(T* sums, T* products, const T* dy, const T* x, const T* y, const T* mean,
                                    std::int64_t stride, std::int64_t width) {
  for_columns<T>(width, [&](auto zero, std::int64_t column) {
    using V = decltype(zero);
    const V centre = load<V>(mean + column);
    V flow[count];
    V product[count];
    for (int i = 0; i < count; ++i) {
      flow[i] = flowing<relu, V>(dy, y, i * stride + column);
      product[i] = flow[i] * (load<V>(x + i * stride + column) - centre);
    }
    for (int half = count / 2; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) {
        flow[i] += flow[i + half];
        product[i] += product[i + half];
      }
    store(sums + column, load<V>(sums + column) + flow[0]);
    store(products + column, load<V>(products + column) + product[0]);
  });
}

template <bool relu, class T>
void add_flowing_products(T* sums, T* products, const T* dy, const T* x, const T* y, const T* mean, std::int64_t stride,
                          std::int64_t rows, std::int64_t width) {
  const auto add_some = [&]<int count>(std::int64_t row) {
    const std::int64_t at = row * stride;
    add_products_of<count, relu>(sums, products, dy + at, x + at, relu ? y + at : y, mean, stride, width);
  };
  std::int64_t row = 0;
  for (; row + 4 <= rows; row += 4) add_some.template operator()<4>(row);
  for (; row < rows; ++row) add_some.template operator()<1>(row);
}

template <class T>
void add_products(T* sums, T* products, const T* dy, const T* x, const T* y, const T* mean, std::int64_t stride,
                  std::int64_t rows, std::int64_t width) {
  y != nullptr ? add_flowing_products<true>(sums, products, dy, x, y, mean, stride, rows, width)
               : add_flowing_products<false>(sums, products, dy, x, y, mean, stride, rows, width);
}

template <bool relu, class T>
void flowing_gradient(T* dx, const T* dy, const T* x, const T* y, const NormSlopes<T>& slopes, std::int64_t stride,
                      std::int64_t rows, std::int64_t width) {
  for (std::int64_t row = 0; row < rows; ++row)
    for_columns<T>(width, [&](auto zero, std::int64_t column) {
      using V = decltype(zero);
      const std::int64_t at = row * stride + column;
      const V flow = (flowing<relu, V>(dy, y, at) - load<V>(slopes.shift + column)) * load<V>(slopes.factor + column);
      const V centred = load<V>(x + at) - load<V>(slopes.mean + column);
      store(dx + at, flow - centred * load<V>(slopes.slope + column));
    });
}

template <class T>
void gradient(T* dx, const T* dy, const T* x, const T* y, const NormSlopes<T>& slopes, std::int64_t stride,
              std::int64_t rows, std::int64_t width) {
  y != nullptr ? flowing_gradient<true>(dx, dy, x, y, slopes, stride, rows, width)
               : flowing_gradient<false>(dx, dy, x, y, slopes, stride, rows, width);
}

template <class T>
inline constexpr NormLoops<T> loops_of{add<T>, add_squares<T>, add_products<T>, gradient<T>};

inline constexpr BatchNormLoops loops{loops_of<float>, loops_of<double>};

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL::batch_norm
