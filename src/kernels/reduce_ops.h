#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "core/cpu.h"
#include "core/half.h"
#include "kernels/elementwise/loops.h"
#include "kernels/reduce_loops.h"

namespace keratin::inline v0::kernels::reducing {

/// What elements of T are while they are computed with.
template <class T>
auto loaded(T value) noexcept {
  if constexpr (std::is_same_v<T, BFloat16>) {
    return core::to_float(value);
  } else {
    return value;
  }
}
template <class T>
using Loaded = decltype(loaded(T{}));

template <class T, class From>
T stored(From value) noexcept {
  if constexpr (std::is_same_v<T, BFloat16>) {
    return core::to_bfloat16(value);
  } else {
    return static_cast<T>(value);
  }
}

template <class T>
bool is_nan(T value) noexcept {
  if constexpr (std::floating_point<T>) {
    return std::isnan(value);
  } else {
    return false;
  }
}

/// What sums and products of T are accumulated in. Integers add and multiply in uint64, where an overflow is defined
/// and the low bits are right.
template <class T>
using TotalOf = std::conditional_t<std::integral<T>, std::uint64_t, Loaded<T>>;

// One reduction: what it starts from, and how a result takes a value (or another result). `Result` is what is
// accumulated.
template <class T>
struct Sum {
  using Result = T;
  static constexpr Result start{};
  static Result apply(Result a, Result b) noexcept { return a + b; }
  static constexpr auto row = &ReduceLoops::sum;
  static constexpr auto rows = &ReduceLoops::add_rows;
};

template <class T>
struct Prod {
  using Result = T;
  static constexpr Result start{1};
  static Result apply(Result a, Result b) noexcept { return a * b; }
};

template <class T>
constexpr T lowest() noexcept {
  return std::floating_point<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
}
template <class T>
constexpr T highest() noexcept {
  return std::floating_point<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
}

// A NaN among the results stays, as no comparison with it holds; one among the values is taken.
template <class T>
struct Max {
  using Result = T;
  static constexpr Result start = lowest<T>();
  static Result apply(Result a, Result b) noexcept { return b > a || is_nan(b) ? b : a; }
  static constexpr auto row = &ReduceLoops::max;
  static constexpr auto rows = &ReduceLoops::max_rows;
};

template <class T>
struct Min {
  using Result = T;
  static constexpr Result start = highest<T>();
  static Result apply(Result a, Result b) noexcept { return b < a || is_nan(b) ? b : a; }
  static constexpr auto row = &ReduceLoops::min;
  static constexpr auto rows = &ReduceLoops::min_rows;
};

struct Any {
  using Result = bool;
  static constexpr bool start = false;
  static bool apply(bool a, bool b) noexcept { return a || b; }
};

struct All {
  using Result = bool;
  static constexpr bool start = true;
  static bool apply(bool a, bool b) noexcept { return a && b; }
};

inline void widen(float* to, const BFloat16* from, std::int64_t n) noexcept {
  static const Loop cast = find_loop(core::cpu_level(), graph::ScalarOp::cast, bfloat16, float32);
  cast(to, from, nullptr, nullptr, n);
}

/// A row of bfloat16, made float32 a piece at a time.
template <class Op>
float reduce_widened_row(const BFloat16* x, std::int64_t n) noexcept {
  float wide[strip_width];
  float result = Op::start;
  for (; n > 0; n -= strip_width, x += strip_width) {
    const std::int64_t count = std::min(n, strip_width);
    widen(wide, x, count);
    result = Op::apply(result, (reduce_loops().*Op::row)(wide, count));
  }
  return result;
}

/// Rows of bfloat16, made float32 as many at a time as the loops take.
template <class Op>
void reduce_widened_rows(float* results, const BFloat16* x, std::int64_t stride, std::int64_t rows,
                         std::int64_t width) noexcept {
  constexpr std::int64_t together = 8;
  float wide[together * strip_width];
  for (; rows > 0; rows -= together, x += together * stride) {
    const std::int64_t count = std::min(rows, together);
    for (std::int64_t row = 0; row < count; ++row) widen(wide + row * width, x + row * stride, width);
    (reduce_loops().*Op::rows)(results, wide, width, count, width);
  }
}

/// result ∘ x[0] ∘ x[1] ∘ …
template <class Op, class T>
typename Op::Result reduce_row(const T* x, std::int64_t n) noexcept {
  using Result = typename Op::Result;
  if constexpr (std::is_same_v<T, float> && requires { Op::row; }) {
    return (reduce_loops().*Op::row)(x, n);
  } else if constexpr (std::is_same_v<T, BFloat16> && requires { Op::row; }) {
    return reduce_widened_row<Op>(x, n);
  } else if constexpr (!std::floating_point<Result>) {  // no roundings: one after the other gives the same
    Result result = Op::start;
    for (std::int64_t i = 0; i < n; ++i) result = Op::apply(result, static_cast<Result>(x[i]));
    return result;
  } else {
    constexpr int lanes = 16;
    Result by_lane[lanes];
    for (Result& result : by_lane) result = Op::start;
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes)
      for (int lane = 0; lane < lanes; ++lane)
        by_lane[lane] = Op::apply(by_lane[lane], static_cast<Result>(loaded(x[i + lane])));
    for (int lane = 0; i < n; ++i, ++lane) by_lane[lane] = Op::apply(by_lane[lane], static_cast<Result>(loaded(x[i])));
    for (int half = lanes / 2; half > 0; half /= 2)
      for (int lane = 0; lane < half; ++lane) by_lane[lane] = Op::apply(by_lane[lane], by_lane[lane + half]);
    return by_lane[0];
  }
}

/// results[j] = results[j] ∘ x[0][j] ∘ x[1][j] ∘ …, for rows `stride` apart and at most strip_width wide.
template <class Op, class T>
void reduce_rows(typename Op::Result* results, const T* x, std::int64_t stride, std::int64_t rows,
                 std::int64_t width) noexcept {
  if constexpr (std::is_same_v<T, float> && requires { Op::rows; }) {
    (reduce_loops().*Op::rows)(results, x, stride, rows, width);
  } else if constexpr (std::is_same_v<T, BFloat16> && requires { Op::rows; }) {
    reduce_widened_rows<Op>(results, x, stride, rows, width);
  } else {
    for (; rows > 0; --rows, x += stride)
      for (std::int64_t j = 0; j < width; ++j)
        results[j] = Op::apply(results[j], static_cast<typename Op::Result>(loaded(x[j])));
  }
}

}  // namespace keratin::inline v0::kernels::reducing
