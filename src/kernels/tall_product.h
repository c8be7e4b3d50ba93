#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/rounded_up.h"
#include "kernels/small_matmul.h"

namespace keratin::inline v0::kernels {

/// c[m, n] = aᵀ·b (+ c) on one thread, for a and b of many more rows than columns, as in the gradient of weights that
/// rows or steps share. Rows come from wherever they lie; blocks of them are read front to back and copied in the order
/// in which the loops want them, so that no stride costs anything.
struct TallProduct {
  static constexpr std::int64_t block_rows = 192;
  static constexpr std::int64_t block_m = 512;

  std::int64_t rows = 0;
  std::int64_t m = 0;
  std::int64_t n = 0;

  /// Columns of b that stay in a core's own cache together with those of a.
  std::int64_t block_n() const noexcept { return std::min<std::int64_t>(n, m > 256 ? 256 : 512); }

  /// Of the workspace of one call.
  std::size_t floats() const noexcept {
    const std::int64_t width = small_matmul_loops().columns;
    const std::int64_t columns = core::rounded_up(block_n(), width);
    return static_cast<std::size_t>(core::rounded_up<std::int64_t>(block_rows * (std::min(m, block_m) + columns), 16));
  }

  /// a(row) is where the row begins, of m elements; copy_b(row, first column, count, to) copies some of b's.
  /// `sums`, if it is not nullptr, gets the sums of b's columns.
  template <class A, class CopyB>
  void run(const A& a, const CopyB& copy_b, float* workspace, float* c, std::int64_t c_row, float* sums) const;

  // What run() is made of, for several products of the same rows.

  struct Block {
    std::int64_t first_n = 0;
    std::int64_t n = 0;
    std::int64_t first_row = 0;
    std::int64_t rows = 0;
    std::int64_t first_m = 0;
    std::int64_t m = 0;
    bool adds = false;  ///< to what c holds
  };
  /// Of a, block_rows · m floats.
  template <class A>
  static void copy_bands(const A& a, const Block& block, float* bands);
  /// Of b, block_rows · n floats, where n is rounded up to whole panels.
  template <class CopyB>
  static void copy_panels(const CopyB& copy_b, const Block& block, float* panels, float* sums);
  static void multiply(const Block& block, const float* bands, const float* panels, float* c, std::int64_t c_row);

 private:
  /// m cut into bands that are as alike as can be: the first `higher` of them have a row more than `height`.
  struct Bands {
    std::int64_t count;
    std::int64_t height;
    std::int64_t higher;
    explicit Bands(std::int64_t m) noexcept
        : count((m + small_matmul_loops().rows - 1) / small_matmul_loops().rows),
          height(m / count),
          higher(m - count * height) {}
  };
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

inline void add_few(float* __restrict to, const float* __restrict from, std::int64_t count) noexcept {
  if (count == 16) {
    for (std::int64_t i = 0; i < 16; ++i) to[i] += from[i];
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
  }
}

template <class A>
void TallProduct::copy_bands(const A& a, const Block& block, float* bands) {
  // A whole vector is copied at once, and what is too much is overwritten by the next rows'. Not so where it would
  // reach behind the band, or behind the row: that may be the last that there is.
  constexpr std::int64_t vector = 8;
  const Bands all(block.m);
  for (std::int64_t row = 0; row < block.rows; ++row) {
    const float* const from = a(block.first_row + row) + block.first_m;
    std::int64_t first = 0;
    for (std::int64_t band = 0; band < all.count; ++band) {
      const std::int64_t height = all.height + (band < all.higher ? 1 : 0);
      float* const to = bands + first * block.rows + row * height;
      if (row * height + vector > block.rows * height || height > vector || first + vector > block.m) {
        copy_few(from + first, height, to);
      } else {
        std::memcpy(to, from + first, vector * sizeof(float));
      }
      first += height;
    }
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
  const Bands all(block.m);
  SmallMatmul job{.k = block.rows, .a_row = 1, .b_row = loops.columns, .c_row = c_row, .adds = block.adds};
  // Along c's rows: what is written comes into the cache, and its pages are found, in the order in which it lies.
  std::int64_t first = 0;
  for (std::int64_t band = 0; band < all.count; ++band, first += job.m) {
    job.m = all.height + (band < all.higher ? 1 : 0);
    job.a = bands + first * block.rows;
    job.a_column = job.m;
    for (std::int64_t column = 0; column < block.n; column += loops.columns) {
      job.n = std::min<std::int64_t>(loops.columns, block.n - column);
      job.b = panels + column * block.rows;
      job.c = c + (block.first_m + first) * c_row + block.first_n + column;
      loops.product(job);
    }
  }
}

template <class A, class CopyB>
void TallProduct::run(const A& a, const CopyB& copy_b, float* workspace, float* c, std::int64_t c_row,
                      float* sums) const {
  float* const panels = workspace + block_rows * std::min(m, block_m);
  if (sums != nullptr) std::fill(sums, sums + n, 0.0f);
  Block block{};
  for (; block.first_n < n; block.first_n += block_n()) {
    block.n = std::min(block_n(), n - block.first_n);
    for (block.first_row = 0; block.first_row < rows; block.first_row += block_rows) {
      block.rows = std::min(block_rows, rows - block.first_row);
      block.adds = block.first_row > 0;
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
