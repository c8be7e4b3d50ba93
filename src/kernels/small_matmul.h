#pragma once

#include <cstdint>

namespace keratin::inline v0::kernels {

/// c = a·b (+ bias) on one thread, for products too small to be worth a primitive: row-major b and c with strides
/// between rows, a with any strides (a transposed one costs nothing). Accumulates in float32, in the order of k.
/// A row of a may consist of several runs, of k elements each, as the window of a convolution does: b has a row for
/// each of all their elements.
struct SmallMatmul {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t runs = 1;
  std::int64_t a_run = 0;  ///< from a run to the next
  const float* a = nullptr;
  std::int64_t a_row = 0;
  std::int64_t a_column = 1;
  const float* b = nullptr;
  std::int64_t b_row = 0;
  std::int64_t b_run = 0;  ///< where b is transposed: from a run to the next
  float* c = nullptr;
  std::int64_t c_row = 0;
  const float* bias = nullptr;  ///< nullptr: none
  bool scalar_bias = false;     ///< the same one for each column
  bool relu = false;
  bool adds = false;  ///< to what c holds
};

/// The three loops, compiled for one instruction set.
struct SmallMatmulLoops {
  int rows;     ///< of a that are worked on at a time, at most
  int columns;  ///< of b that they are multiplied with at a time; where a has one row, four times as many
  /// Columns of b that suit an a of so many rows: products with that many fill the registers.
  std::int64_t (*columns_at)(std::int64_t rows) noexcept;
  void (*product)(const SmallMatmul& job) noexcept;
  /// The same for m = 1 where b is given transposed: n rows of k contiguous elements in each run, a contiguous.
  void (*dots)(const SmallMatmul& job) noexcept;
  /// to[columns, rows] = from[rows, columns]ᵀ, `to` dense.
  void (*transpose)(const float* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns,
                    float* to) noexcept;
};
extern const SmallMatmulLoops small_matmul_baseline;
extern const SmallMatmulLoops small_matmul_avx2;
extern const SmallMatmulLoops small_matmul_avx512;
/// Those for this machine.
const SmallMatmulLoops& small_matmul_loops() noexcept;

}  // namespace keratin::inline v0::kernels
