#pragma once

// Compiled once for each instruction set, into the namespace KERATIN_LEVEL; see elementwise/level.h.

#include "kernels/elementwise/float32_math.h"
#include "kernels/recurrent/rows.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL::cells {

using float32_math::sigmoid;
using float32_math::tanh;

inline void lstm(const LstmRow<float>& row) noexcept {
  const std::int64_t u = row.units;
  const float* const x = row.x;
  const float* const product = row.product;
  const float* const c = row.c;
  float* const gates = row.gates;
  float* const new_c = row.new_c;
  float* const new_h = row.new_h;
  KERATIN_VECTORS
  for (std::int64_t j = 0; j < u; ++j) {
    const float i = sigmoid(x[j] + product[j]);
    const float f = sigmoid(x[u + j] + product[u + j]);
    const float g = tanh(x[2 * u + j] + product[2 * u + j]);
    const float o = sigmoid(x[3 * u + j] + product[3 * u + j]);
    const float next = f * c[j] + i * g;
    gates[j] = i;
    gates[u + j] = f;
    gates[2 * u + j] = g;
    gates[3 * u + j] = o;
    new_c[j] = next;
    new_h[j] = o * tanh(next);
  }
}

inline void lstm_gradient(const LstmGradientRow<float>& row) noexcept {
  const std::int64_t u = row.units;
  const float* const gates = row.gates;
  const float* const c = row.c;
  const float* const before = row.before;
  const float* const dh = row.dh;
  float* const dc = row.dc;
  float* const dz = row.dz;
  KERATIN_VECTORS
  for (std::int64_t j = 0; j < u; ++j) {
    const float i = gates[j];
    const float f = gates[u + j];
    const float g = gates[2 * u + j];
    const float o = gates[3 * u + j];
    const float activated = tanh(c[j]);
    const float of_c = dc[j] + dh[j] * o * (1.0f - activated * activated);
    dz[j] = of_c * g * (i * (1.0f - i));
    dz[u + j] = of_c * before[j] * (f * (1.0f - f));
    dz[2 * u + j] = of_c * i * (1.0f - g * g);
    dz[3 * u + j] = dh[j] * activated * (o * (1.0f - o));
    dc[j] = of_c * f;
  }
}

inline void gru(const GruRow<float>& row) noexcept {
  const std::int64_t u = row.units;
  const float* const x = row.x;
  const float* const product = row.product;
  const float* const bias = row.bias;
  const float* const h = row.h;
  float* const gates = row.gates;
  float* const inner = row.inner;
  float* const new_h = row.new_h;
  KERATIN_VECTORS
  for (std::int64_t j = 0; j < u; ++j) {
    const float z = sigmoid(x[j] + (product[j] + bias[j]));
    const float r = sigmoid(x[u + j] + (product[u + j] + bias[u + j]));
    const float back = product[2 * u + j] + bias[2 * u + j];
    const float n = tanh(x[2 * u + j] + r * back);
    inner[j] = back;
    gates[j] = z;
    gates[u + j] = r;
    gates[2 * u + j] = n;
    new_h[j] = z * h[j] + (1.0f - z) * n;
  }
}

inline void gru_gradient(const GruGradientRow<float>& row) noexcept {
  const std::int64_t u = row.units;
  const float* const gates = row.gates;
  const float* const before = row.before;
  const float* const inner = row.inner;
  float* const dh = row.dh;
  float* const dz = row.dz;
  float* const products = row.products;
  float* const of_inner = row.of_inner;
  KERATIN_VECTORS
  for (std::int64_t j = 0; j < u; ++j) {
    const float z = gates[j];
    const float r = gates[u + j];
    const float n = gates[2 * u + j];
    const float of_z = dh[j] * (before[j] - n) * (z * (1.0f - z));
    const float of_n = dh[j] * (1.0f - z) * (1.0f - n * n);
    const float of_r = of_n * inner[j] * (r * (1.0f - r));
    dz[j] = products[j] = of_z;
    dz[u + j] = products[u + j] = of_r;
    dz[2 * u + j] = of_n;
    products[2 * u + j] = of_inner[j] = of_n * r;
    dh[j] *= z;
  }
}

inline constexpr CellLoops loops{lstm, lstm_gradient, gru, gru_gradient};

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL::cells
