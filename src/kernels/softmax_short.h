#pragma once

// Compiled once for each instruction set, into the namespace KERATIN_LEVEL; see elementwise/level.h.

#include "kernels/elementwise/float32_math.h"
#include "kernels/reduce_level.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL::softmax_family {

/// A row of so few elements is over before its vectors pay: sixteen rows then lie side by side.
inline constexpr std::int64_t short_row = 32;
inline constexpr std::int64_t lanes = 16;

/// Up to sixteen rows, transposed. Lanes without a row hold zeros.
struct Panel {
  alignas(64) float at[short_row][lanes];

  KERATIN_INLINE void load(const float* x, std::int64_t rows, std::int64_t n) {
    if (rows < lanes)
      for (std::int64_t k = 0; k < n; ++k)
        for (float& value : at[k]) value = 0.0f;
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t k = 0; k < n; ++k) at[k][row] = x[row * n + k];
  }
  KERATIN_INLINE void store(float* out, std::int64_t rows, std::int64_t n) const {
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t k = 0; k < n; ++k) out[row * n + k] = at[k][row];
  }
};

/// f(first row, rows) for each sixteen rows.
template <class F>
KERATIN_INLINE void by_panels(std::int64_t rows, F f) {
  for (std::int64_t row = 0; row < rows; row += lanes) f(row, rows - row < lanes ? rows - row : lanes);
}

/// to[lane] = to[lane] ∘ x[0][lane] ∘ x[1][lane] ∘ …
template <class Op>
KERATIN_INLINE void fold(float (&to)[lanes], const Panel& x, std::int64_t n) {
  for (std::int64_t lane = 0; lane < lanes; lane += reducing::width) {
    reducing::Vector result = reducing::Vector{} + Op::start;
    for (std::int64_t k = 0; k < n; ++k) result = Op::apply(result, load<reducing::Vector>(&x.at[k][lane]));
    store(to + lane, result);
  }
}

/// x[k][lane] = f(x[k][lane], k, lane)
template <class F>
KERATIN_INLINE void change(Panel& x, std::int64_t n, F f) {
  for (std::int64_t k = 0; k < n; ++k) {
    KERATIN_VECTORS
    for (std::int64_t lane = 0; lane < lanes; ++lane) x.at[k][lane] = f(x.at[k][lane], k, lane);
  }
}

/// x = x − its rows' maxima; sums = Σ exp(x), each exp also in `exps`, which may be x.
KERATIN_INLINE void shift_and_sum(Panel& x, Panel& exps, std::int64_t n, float (&maxima)[lanes], float (&sums)[lanes]) {
  fold<reducing::Max>(maxima, x, n);
  change(x, n, [&](float value, std::int64_t, std::int64_t lane) { return value - maxima[lane]; });
  for (std::int64_t k = 0; k < n; ++k) {
    KERATIN_VECTORS
    for (std::int64_t lane = 0; lane < lanes; ++lane) exps.at[k][lane] = float32_math::exp_of_negative(x.at[k][lane]);
  }
  fold<reducing::Add>(sums, exps, n);
}

inline void short_softmax(float* out, const float* x, std::int64_t all, std::int64_t n) {
  by_panels(all, [=](std::int64_t row, std::int64_t rows) {
    Panel panel;
    float maxima[lanes];
    float sums[lanes];
    panel.load(x + row * n, rows, n);
    shift_and_sum(panel, panel, n, maxima, sums);
    for (float& sum : sums) sum = 1.0f / sum;
    change(panel, n, [&](float e, std::int64_t, std::int64_t lane) { return e * sums[lane]; });
    panel.store(out + row * n, rows, n);
  });
}

inline void short_log_softmax(float* out, const float* x, std::int64_t all, std::int64_t n) {
  by_panels(all, [=](std::int64_t row, std::int64_t rows) {
    Panel panel;
    Panel exps;
    float maxima[lanes];
    float sums[lanes];
    panel.load(x + row * n, rows, n);
    shift_and_sum(panel, exps, n, maxima, sums);
    for (float& sum : sums) sum = float32_math::log(sum);
    change(panel, n, [&](float shifted, std::int64_t, std::int64_t lane) { return shifted - sums[lane]; });
    panel.store(out + row * n, rows, n);
  });
}

inline void short_exp_sum(const float* x, std::int64_t all, std::int64_t n, float* maxima, float* sums) {
  by_panels(all, [=](std::int64_t row, std::int64_t rows) {
    Panel panel;
    float panel_maxima[lanes];
    float panel_sums[lanes];
    panel.load(x + row * n, rows, n);
    shift_and_sum(panel, panel, n, panel_maxima, panel_sums);
    __builtin_memcpy(maxima + row, panel_maxima, static_cast<std::size_t>(rows) * sizeof(float));
    __builtin_memcpy(sums + row, panel_sums, static_cast<std::size_t>(rows) * sizeof(float));
  });
}

inline void short_softmax_gradient(float* out, const float* y, const float* dy, std::int64_t all, std::int64_t n) {
  by_panels(all, [=](std::int64_t row, std::int64_t rows) {
    Panel ys;
    Panel dys;
    float dots[lanes] = {};
    ys.load(y + row * n, rows, n);
    dys.load(dy + row * n, rows, n);
    for (std::int64_t k = 0; k < n; ++k) {
      KERATIN_VECTORS
      for (std::int64_t lane = 0; lane < lanes; ++lane) dots[lane] += ys.at[k][lane] * dys.at[k][lane];
    }
    change(ys, n, [&](float a, std::int64_t k, std::int64_t lane) { return a * (dys.at[k][lane] - dots[lane]); });
    ys.store(out + row * n, rows, n);
  });
}

inline void short_log_softmax_gradient(float* out, const float* y, const float* dy, std::int64_t all, std::int64_t n) {
  by_panels(all, [=](std::int64_t row, std::int64_t rows) {
    Panel ys;
    Panel dys;
    float sums[lanes];
    ys.load(y + row * n, rows, n);
    dys.load(dy + row * n, rows, n);
    fold<reducing::Add>(sums, dys, n);
    change(ys, n, [&](float a, std::int64_t k, std::int64_t lane) {
      return dys.at[k][lane] - float32_math::exp(a) * sums[lane];
    });
    ys.store(out + row * n, rows, n);
  });
}

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL::softmax_family
