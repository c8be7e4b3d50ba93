#pragma once

#include <cstdint>

namespace keratin::inline v0::kernels {

namespace reducing {
/// Columns that are reduced at a time, at most: what is accumulated of them stays in the cache.
inline constexpr std::int64_t strip_width = 512;
}  // namespace reducing

/// Reductions of float32 by vectors, one set for each instruction set. NaN passes through max and min. All sets add in
/// the same order, so that they give the same bits.
struct ReduceLoops {
  using Row = float(const float* x, std::int64_t n);
  /// result[j] = result[j] ∘ x[0][j] ∘ x[1][j] ∘ …, for rows `stride` apart.
  using Rows = void(float* result, const float* x, std::int64_t stride, std::int64_t rows, std::int64_t width);

  Row* sum;
  Row* max;
  Row* min;
  Rows* add_rows;
  Rows* max_rows;
  Rows* min_rows;
};

extern const ReduceLoops reduce_baseline;
extern const ReduceLoops reduce_avx2;
extern const ReduceLoops reduce_avx512;
/// The best of this machine.
const ReduceLoops& reduce_loops() noexcept;

}  // namespace keratin::inline v0::kernels
