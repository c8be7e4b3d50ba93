#pragma once

// Compiled once for each instruction set, into the namespace KERATIN_LEVEL; see elementwise/level.h.

#include "kernels/elementwise/float32_math.h"
#include "kernels/reduce_level.h"
#include "kernels/softmax_loops.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL::softmax_family {

/// Columns that are worked on at a time, side by side.
inline constexpr std::int64_t column_lanes = softmax_columns_grain;

/// f(the first of some columns), for all of them.
template <class F>
KERATIN_INLINE void by_columns(std::int64_t n, F f) {
  for (std::int64_t column = 0; column < n; column += column_lanes) f(column);
}

inline void softmax_columns(float* all, std::int64_t rows, std::int64_t n) {
  by_columns(n, [=](std::int64_t column) {
    float* const x = all + column;
    float maxima[column_lanes];
    float factors[column_lanes] = {};
    for (float& maximum : maxima) maximum = reducing::Max::start;
    reducing::reduce_rows<reducing::Max>(maxima, x, n, rows, column_lanes);
    for (std::int64_t row = 0; row < rows; ++row) {
      float* const at = x + row * n;
      KERATIN_VECTORS
      for (std::int64_t lane = 0; lane < column_lanes; ++lane) {
        const float share = float32_math::exp_of_negative(at[lane] - maxima[lane]);
        at[lane] = share;
        factors[lane] += share;
      }
    }
    for (float& factor : factors) factor = 1.0f / factor;
    // Vectors by name: GCC makes none of so short a loop around one product.
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t lane = 0; lane < column_lanes; lane += reducing::width) {
        float* const at = x + row * n + lane;
        store(at, load<reducing::Vector>(at) * load<reducing::Vector>(factors + lane));
      }
  });
}

inline void softmax_columns_gradient(const float* all_y, float* all_dy, std::int64_t rows, std::int64_t n) {
  constexpr std::int64_t vectors = column_lanes / reducing::width;
  by_columns(n, [=](std::int64_t column) {
    const float* const y = all_y + column;
    float* const dy = all_dy + column;
    reducing::Vector dots[vectors] = {};
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t v = 0; v < vectors; ++v) {
        const std::int64_t at = row * n + v * reducing::width;
        dots[v] += load<reducing::Vector>(y + at) * load<reducing::Vector>(dy + at);
      }
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t v = 0; v < vectors; ++v) {
        const std::int64_t at = row * n + v * reducing::width;
        store(dy + at, load<reducing::Vector>(y + at) * (load<reducing::Vector>(dy + at) - dots[v]));
      }
  });
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL::softmax_family
