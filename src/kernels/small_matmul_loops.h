#pragma once

// Included once for each instruction set, by a file that defines Simd in an anonymous namespace: each of these
// templates is then that file's own, and none compiled for one set can be called on a machine without it.

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "kernels/small_matmul.h"

namespace keratin::inline v0::kernels::small {

/// f(0), f(1), … with constants: arrays that are indexed by them stay in registers.
template <int count, class F>
void each(F&& f) {
  [&]<int... indices>(std::integer_sequence<int, indices...>) {
    (f(std::integral_constant<int, indices>{}), ...);
  }(std::make_integer_sequence<int, count>{});
}

template <class Simd>
typename Simd::V bias_of(const SmallMatmul& job, std::int64_t column, int count) noexcept {
  return job.scalar_bias ? Simd::broadcast(*job.bias) : Simd::load_partial(job.bias + column, count);
}

/// Sums, a factor and (where it is used twice) each vector of b fit the registers, and leave some.
template <class Simd>
constexpr bool fits(int rows, int vectors, int left = 0) noexcept {
  return rows * vectors + (rows > 1 ? vectors : 0) + 1 + left <= Simd::registers;
}

/// Writes sums to c at (row, column), with what the job wants of them.
template <class Simd, int rows, int vectors, bool partial>
[[gnu::always_inline]] inline void store_tile(const SmallMatmul& job, std::int64_t row, std::int64_t column, int tail,
                                              const typename Simd::V (&sums)[rows][vectors]) noexcept {
  using V = typename Simd::V;
  const std::int64_t c_row = job.c_row;
  float* const c = job.c + row * c_row + column;
  const auto store = [&](const auto& result) {
    each<rows>([&](auto r) {
      each<vectors>([&](auto v) {
        float* const to = c + r * c_row + v * Simd::width;
        if constexpr (partial && v == vectors - 1) {
          Simd::store_partial(to, result(sums[r][v], v, [&] { return Simd::load_partial(to, tail); }), tail);
        } else {
          Simd::store(to, result(sums[r][v], v, [&] { return Simd::load(to); }));
        }
      });
    });
  };
  if (job.bias == nullptr && !job.relu) {
    if (job.adds) return store([](V sum, auto, const auto& old) { return Simd::add(sum, old()); });
    return store([](V sum, auto, const auto&) { return sum; });
  }
  V biases[vectors];
  each<vectors>([&](auto v) {
    const int count = partial && v == vectors - 1 ? tail : Simd::width;
    biases[v] = job.bias == nullptr ? Simd::zero() : bias_of<Simd>(job, column + v * Simd::width, count);
  });
  store([&](V sum, auto v, const auto& old) {
    if (job.adds) sum = Simd::add(sum, old());
    if (job.bias != nullptr) sum = Simd::add(sum, biases[v]);
    return job.relu ? Simd::relu(sum) : sum;
  });
}

/// Rows × vectors of results held in registers, starting at (row, column). `tail` is how many elements of the last
/// vector exist, if it is partial.
template <class Simd, int rows, int vectors, bool partial>
void tile(const SmallMatmul& job, std::int64_t row, std::int64_t column, int tail) noexcept {
  using V = typename Simd::V;
  // Two of a's columns a turn, unless each register is taken: the compiler would have to move some to memory.
  constexpr int unrolled = rows > 1 && fits<Simd>(rows, vectors, 1) ? 2 : 1;
  V sums[rows][vectors];
  each<rows>([&](auto r) { each<vectors>([&](auto v) { sums[r][v] = Simd::zero(); }); });
  const std::int64_t a_row = job.a_row;
  const std::int64_t a_column = job.a_column;
  const std::int64_t b_row = job.b_row;
  const float* b = job.b + column;
  const auto add = [&](const float* a) {
    V values[vectors];
    each<vectors>([&](auto v) {
      const float* const from = b + v * Simd::width;
      values[v] = partial && v == vectors - 1 ? Simd::load_partial(from, tail) : Simd::load(from);
    });
    each<rows>([&](auto r) {
      const V factor = Simd::broadcast(a[r * a_row]);
      each<vectors>([&](auto v) { sums[r][v] = Simd::multiply_add(factor, values[v], sums[r][v]); });
    });
    b += b_row;
  };
  for (std::int64_t run = 0; run < job.runs; ++run) {
    const float* a = job.a + row * a_row + run * job.a_run;
    std::int64_t k = job.k;
    for (; k >= unrolled; k -= unrolled)
      each<unrolled>([&](auto) {
        add(a);
        a += a_column;
      });
    if (unrolled > 1 && k > 0) add(a);
  }
  store_tile<Simd, rows, vectors, partial>(job, row, column, tail, sums);
}

/// Vectors of b that so many rows of a are multiplied with at a time. Few rows leave registers for more of them, which
/// hide the latency of a multiply-add.
template <class Simd>
constexpr int vectors_at(int rows) noexcept {
  if (fits<Simd>(rows, 8)) return 8;
  if (fits<Simd>(rows, 4)) return 4;
  return rows <= 4 && fits<Simd>(rows, 3) ? 3 : 2;
}

/// All columns of a band of rows.
template <class Simd, int rows>
void band(const SmallMatmul& job, std::int64_t row) noexcept {
  constexpr int vectors = vectors_at<Simd>(rows);
  constexpr std::int64_t step = vectors * Simd::width;
  std::int64_t column = 0;
  for (; column + step <= job.n; column += step) tile<Simd, rows, vectors, false>(job, row, column, 0);
  for (; column + Simd::width < job.n; column += std::int64_t{2} * Simd::width) {
    const auto left = job.n - column;
    if (left >= std::int64_t{2} * Simd::width) {
      tile<Simd, rows, 2, false>(job, row, column, 0);
    } else {
      tile<Simd, rows, 2, true>(job, row, column, static_cast<int>(left) - Simd::width);
    }
  }
  if (column < job.n) tile<Simd, rows, 1, true>(job, row, column, static_cast<int>(job.n - column));
}

template <class Simd, int most>
void band_of(const SmallMatmul& job, std::int64_t row, std::int64_t rows) noexcept {
  if constexpr (most > 0) {
    if (rows == most) {
      band<Simd, most>(job, row);
    } else {
      band_of<Simd, most - 1>(job, row, rows);
    }
  }
}

/// Bands of rows that are as alike as can be: a short one would wait for its multiply-adds.
template <class Simd>
void product(const SmallMatmul& job) noexcept {
  const std::int64_t bands = (job.m + Simd::rows - 1) / Simd::rows;
  if (bands == 0) return;
  const std::int64_t least = job.m / bands;  // divided once: that takes as long as some multiply-adds
  const std::int64_t longer = job.m - bands * least;
  std::int64_t row = 0;
  for (std::int64_t i = 0; i < bands; ++i) {
    const std::int64_t rows = least + (i < longer ? 1 : 0);
    band_of<Simd, Simd::rows>(job, row, rows);
    row += rows;
  }
}

/// `count` results, each the product of a row of b with a.
template <class Simd, int count>
void dot_group(const SmallMatmul& job, std::int64_t column) noexcept {
  using V = typename Simd::V;
  V sums[count][2];
  each<count>([&](auto i) { sums[i][0] = sums[i][1] = Simd::zero(); });
  const std::int64_t b_row = job.b_row;
  for (std::int64_t run = 0; run < job.runs; ++run) {
    const float* const a = job.a + run * job.a_run;
    const float* const b = job.b + run * job.b_run + column * b_row;
    std::int64_t k = 0;
    for (; k + 2 * Simd::width <= job.k; k += std::int64_t{2} * Simd::width)
      each<2>([&](auto half) {
        const std::int64_t at = k + half * Simd::width;
        const V factor = Simd::load(a + at);
        each<count>(
            [&](auto i) { sums[i][half] = Simd::multiply_add(factor, Simd::load(b + i * b_row + at), sums[i][half]); });
      });
    for (; k < job.k; k += Simd::width) {
      const int left = static_cast<int>(std::min<std::int64_t>(Simd::width, job.k - k));
      const V factor = Simd::load_partial(a + k, left);
      each<count>([&](auto i) {
        sums[i][0] = Simd::multiply_add(factor, Simd::load_partial(b + i * b_row + k, left), sums[i][0]);
      });
    }
  }
  each<count>([&](auto i) {
    float result = Simd::sum(Simd::add(sums[i][0], sums[i][1]));
    if (job.bias != nullptr) result += job.scalar_bias ? *job.bias : job.bias[column + i];
    job.c[column + i] = job.relu && result < 0.0f ? 0.0f : result;
  });
}

template <class Simd>
void dots(const SmallMatmul& job) noexcept {
  std::int64_t column = 0;
  for (; column + 4 <= job.n; column += 4) dot_group<Simd, 4>(job, column);
  for (; column < job.n; ++column) dot_group<Simd, 1>(job, column);
}

template <class Simd>
void transpose(const float* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns, float* to) noexcept {
  constexpr std::int64_t block = Simd::transpose_block;
  std::int64_t row = 0;
  for (; row + block <= rows; row += block) {
    std::int64_t column = 0;
    for (; column + block <= columns; column += block)
      Simd::transpose(from + row * from_row + column, from_row, to + column * rows + row, rows);
    for (; column < columns; ++column)
      for (std::int64_t i = row; i < row + block; ++i) to[column * rows + i] = from[i * from_row + column];
  }
  for (; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column) to[column * rows + row] = from[row * from_row + column];
}

template <class Simd>
std::int64_t columns_at(std::int64_t rows) noexcept {
  const std::int64_t bands = std::max<std::int64_t>(1, (rows + Simd::rows - 1) / Simd::rows);
  return vectors_at<Simd>(static_cast<int>((rows + bands - 1) / bands)) * std::int64_t{Simd::width};
}

template <class Simd>
inline constexpr SmallMatmulLoops loops{Simd::rows,     2 * Simd::width, &columns_at<Simd>,
                                        &product<Simd>, &dots<Simd>,     &transpose<Simd>};

}  // namespace keratin::inline v0::kernels::small
