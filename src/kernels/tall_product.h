#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/small_matmul.h"

namespace keratin::inline v0::kernels {

/// c[m, n] = aᵀ·b (+ c) on one thread, for a and b of many more rows than columns, as in the gradient of weights that
/// rows or steps share. Rows come from wherever they lie; blocks of them are read front to back and copied in the order
/// in which the loops want them, so that no stride costs anything.
struct TallProduct {
  // Together they stay in a core's own cache.
  static constexpr std::int64_t block_rows = 128;
  static constexpr std::int64_t block_m = 192;
  static constexpr std::int64_t block_n = 512;

  std::int64_t rows = 0;
  std::int64_t m = 0;
  std::int64_t n = 0;

  /// Of the workspace of one call.
  std::size_t floats() const noexcept {
    const std::int64_t width = small_matmul_loops().columns;
    const std::int64_t columns = (std::min(n, block_n) + width - 1) / width * width;
    return static_cast<std::size_t>(block_rows * (std::min(m, block_m) + columns) + 15) / 16 * 16;
  }

  /// a(row) is where the row begins, of m elements; copy_b(row, first column, count, to) copies some of b's.
  /// `sums`, if it is not nullptr, gets the sums of b's columns.
  template <class A, class CopyB>
  void run(const A& a, const CopyB& copy_b, float* workspace, float* c, std::int64_t c_row, float* sums) const;

 private:
  struct Block {
    std::int64_t first_n;
    std::int64_t n;
    std::int64_t first_row;
    std::int64_t rows;
    std::int64_t first_m;
    std::int64_t m;
  };
  /// f(first, height) for bands of m that are as alike as can be.
  template <class F>
  static void each_band(std::int64_t m, const F& f) {
    const std::int64_t most = small_matmul_loops().rows;
    const std::int64_t bands = (m + most - 1) / most;
    const std::int64_t height = m / bands;
    const std::int64_t higher = m % bands;
    std::int64_t first = 0;
    for (std::int64_t band = 0; band < bands; ++band) {
      const std::int64_t own = band < higher ? height + 1 : height;
      f(first, own);
      first += own;
    }
  }
  template <class A>
  static void copy_bands(const A& a, const Block& block, float* bands);
  template <class CopyB>
  static void copy_panels(const CopyB& copy_b, const Block& block, float* panels, float* sums);
  static void multiply(const Block& block, const float* bands, const float* panels, float* c, std::int64_t c_row);
};

/// A few floats, for which a call of memcpy would cost more than the copying.
inline void copy_few(const float* from, std::int64_t count, float* to) noexcept {
  if (count == 16) {  // a whole panel's, as below
    std::memcpy(to, from, 16 * sizeof(float));
    return;
  }
  if (count == 32) {
    std::memcpy(to, from, 32 * sizeof(float));
    return;
  }
  for (; count >= 8; count -= 8, from += 8, to += 8) std::memcpy(to, from, 8 * sizeof(float));
  if (count >= 4) {
    std::memcpy(to, from, 4 * sizeof(float));
    count -= 4, from += 4, to += 4;
  }
  for (std::int64_t i = 0; i < count; ++i) to[i] = from[i];
}

inline void add_few(float* to, const float* from, std::int64_t count) noexcept {
  if (count == 16) {
    for (std::int64_t i = 0; i < 16; ++i) to[i] += from[i];
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
  }
}

template <class A>
void TallProduct::copy_bands(const A& a, const Block& block, float* bands) {
  for (std::int64_t row = 0; row < block.rows; ++row) {
    const float* const from = a(block.first_row + row) + block.first_m;
    each_band(block.m, [&](std::int64_t first, std::int64_t height) {
      float* const to = bands + first * block.rows + row * height;
      if (height == 6) {
        std::memcpy(to, from + first, 6 * sizeof(float));
      } else {
        copy_few(from + first, height, to);
      }
    });
  }
}

template <class CopyB>
void TallProduct::copy_panels(const CopyB& copy_b, const Block& block, float* panels, float* sums) {
  const std::int64_t width = small_matmul_loops().columns;
  for (std::int64_t row = 0; row < block.rows; ++row)
    for (std::int64_t column = 0; column < block.n; column += width) {
      const std::int64_t columns = std::min(width, block.n - column);
      float* const to = panels + column * block.rows + row * width;
      copy_b(block.first_row + row, block.first_n + column, columns, to);
      if (sums != nullptr) add_few(sums + block.first_n + column, to, columns);
    }
}

inline void TallProduct::multiply(const Block& block, const float* bands, const float* panels, float* c,
                                  std::int64_t c_row) {
  const SmallMatmulLoops& loops = small_matmul_loops();
  for (std::int64_t column = 0; column < block.n; column += loops.columns)
    each_band(block.m, [&](std::int64_t first, std::int64_t height) {
      loops.product({.m = height,
                     .n = std::min<std::int64_t>(loops.columns, block.n - column),
                     .k = block.rows,
                     .a = bands + first * block.rows,
                     .a_row = 1,
                     .a_column = height,
                     .b = panels + column * block.rows,
                     .b_row = loops.columns,
                     .c = c + (block.first_m + first) * c_row + block.first_n + column,
                     .c_row = c_row,
                     .adds = block.first_row > 0});
    });
}

template <class A, class CopyB>
void TallProduct::run(const A& a, const CopyB& copy_b, float* workspace, float* c, std::int64_t c_row,
                      float* sums) const {
  float* const panels = workspace + block_rows * std::min(m, block_m);
  if (sums != nullptr) std::fill(sums, sums + n, 0.0f);
  Block block{};
  for (; block.first_n < n; block.first_n += block_n) {
    block.n = std::min(block_n, n - block.first_n);
    for (block.first_row = 0; block.first_row < rows; block.first_row += block_rows) {
      block.rows = std::min(block_rows, rows - block.first_row);
      copy_panels(copy_b, block, panels, sums);
      for (block.first_m = 0; block.first_m < m; block.first_m += block_m) {
        block.m = std::min(block_m, m - block.first_m);
        copy_bands(a, block, workspace);
        multiply(block, workspace, panels, c, c_row);
      }
    }
  }
}

}  // namespace keratin::inline v0::kernels
