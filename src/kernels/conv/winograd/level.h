#pragma once

// Compiled once for each instruction set, into the namespace KERATIN_LEVEL; calls no inline function of the standard
// library, of which the linker might keep a copy that this machine can't run.

#include "kernels/conv/winograd/transforms.h"
#include "kernels/level_vectors.h"

namespace keratin::inline v0::kernels::KERATIN_LEVEL::winograd {

using Vector = VectorOf<float>::Type;
inline constexpr auto lanes = static_cast<std::int64_t>(sizeof(Vector) / sizeof(float));

/// Calls f(V{}, first channel) for all channels: by vectors, of which the last may do some of them again; where there
/// are fewer, one by one.
template <class F>
KERATIN_INLINE void for_channels(std::int64_t channels, F&& f) {
  if (channels < lanes) {
    for (std::int64_t channel = 0; channel < channels; ++channel) f(float{}, channel);
    return;
  }
  std::int64_t channel = 0;
  for (; channel + lanes <= channels; channel += lanes) f(Vector{}, channel);
  if (channel < channels) f(Vector{}, channels - lanes);
}

/// The same with where the channels lie in the first of the matrices, as f(V{}, first channel, place).
template <class F>
KERATIN_INLINE void for_panels(const WinogradMatrices& matrices, std::int64_t tile, std::int64_t channels, F&& f) {
  std::int64_t place = 0;
  for (std::int64_t first = 0; first < channels; first += matrices.columns, place += matrices.panel) {
    const std::int64_t left = channels - first;
    const std::int64_t count = left < matrices.columns ? left : matrices.columns;
    const std::int64_t at = place + (matrices.row + tile) * count;
    for_channels(count, [&](auto zero, std::int64_t channel) { f(zero, first + channel, at + channel); });
  }
}

/// Where a channel of a tile's pixels lies.
template <class Float>
struct Strided {
  Float* first;
  std::int64_t row;
  std::int64_t channels;
  KERATIN_INLINE Float* at(int i, int j) const { return first + i * row + j * channels; }
};

template <int size, class Float>
struct Scattered {
  Float* const* each;
  std::int64_t channel;
  KERATIN_INLINE Float* at(int i, int j) const { return each[size * i + j] + channel; }
};

/// Calls f(V{}, pixels, first channel, place in the matrices) for all channels of all tiles.
template <class Float, class F>
KERATIN_INLINE void for_tiles(const WinogradPixels<Float>& pixels, std::int64_t tiles, const WinogradMatrices& matrices,
                              F&& f) {
  for (std::int64_t tile = 0; tile < tiles; ++tile)
    for_panels(matrices, tile, pixels.channels, [&](auto zero, std::int64_t channel, std::int64_t place) {
      const Strided<Float> at{pixels.first + 2 * tile * pixels.channels + channel, pixels.row, pixels.channels};
      f(zero, at, channel, place);
    });
}

/// The same for one tile of size × size pixels.
template <int size, class Float, class F>
KERATIN_INLINE void for_tile(const ScatteredPixels<Float>& pixels, const WinogradMatrices& matrices, F&& f) {
  for_panels(matrices, 0, pixels.channels, [&](auto zero, std::int64_t channel, std::int64_t place) {
    f(zero, Scattered<size, Float>{pixels.each, channel}, channel, place);
  });
}

template <class V, class Pixels>
KERATIN_INLINE void input_of(const Pixels& d, float* to, std::int64_t matrix) {
  V columns[4][4];  // Bᵀ·d
  for (int j = 0; j < 4; ++j) {
    const V d0 = load<V>(d.at(0, j));
    const V d1 = load<V>(d.at(1, j));
    const V d2 = load<V>(d.at(2, j));
    const V d3 = load<V>(d.at(3, j));
    columns[0][j] = d0 - d2;
    columns[1][j] = d1 + d2;
    columns[2][j] = d2 - d1;
    columns[3][j] = d1 - d3;
  }
  for (int i = 0; i < 4; ++i) {
    const V* const c = columns[i];
    float* const at = to + 4 * i * matrix;
    store(at, c[0] - c[2]);
    store(at + matrix, c[1] + c[2]);
    store(at + 2 * matrix, c[2] - c[1]);
    store(at + 3 * matrix, c[1] - c[3]);
  }
}

void input(const WinogradPixels<const float>& from, std::int64_t tiles, const WinogradMatrices& to) noexcept {
  const std::int64_t matrix = to.matrix;
  for_tiles(from, tiles, to, [&](auto zero, const auto& pixels, std::int64_t, std::int64_t place) {
    input_of<decltype(zero)>(pixels, to.first + place, matrix);
  });
}

void scattered_input(const ScatteredPixels<const float>& from, const WinogradMatrices& to) noexcept {
  for_tile<4>(from, to, [&](auto zero, const auto& pixels, std::int64_t, std::int64_t place) {
    input_of<decltype(zero)>(pixels, to.first + place, to.matrix);
  });
}

template <class V, class Pixels>
KERATIN_INLINE void output_of(const float* from, std::int64_t matrix, const Pixels& to, V bias, bool relu) {
  V columns[2][4];  // Aᵀ·m
  for (int j = 0; j < 4; ++j) {
    const float* const at = from + j * matrix;
    const V m1 = load<V>(at + 4 * matrix);
    const V m2 = load<V>(at + 8 * matrix);
    columns[0][j] = load<V>(at) + m1 + m2;
    columns[1][j] = m1 - m2 - load<V>(at + 12 * matrix);
  }
  for (int i = 0; i < 2; ++i) {
    const V* const c = columns[i];
    V left = c[0] + c[1] + c[2] + bias;
    V right = c[1] - c[2] - c[3] + bias;
    if (relu) {  // NaN stays
      left = left < V{} ? V{} : left;
      right = right < V{} ? V{} : right;
    }
    store(to.at(i, 0), left);
    store(to.at(i, 1), right);
  }
}

template <class V>
KERATIN_INLINE V bias_of(const WinogradEpilogue& epilogue, std::int64_t channel) {
  return epilogue.bias != nullptr ? load<V>(epilogue.bias + channel) : V{};
}

void output(const WinogradMatrices& from, std::int64_t tiles, const WinogradPixels<float>& to,
            const WinogradEpilogue& epilogue) noexcept {
  const std::int64_t matrix = from.matrix;
  for_tiles(to, tiles, from, [&](auto zero, const auto& pixels, std::int64_t channel, std::int64_t place) {
    using V = decltype(zero);
    output_of<V>(from.first + place, matrix, pixels, bias_of<V>(epilogue, channel), epilogue.relu);
  });
}

void scattered_output(const WinogradMatrices& from, const ScatteredPixels<float>& to,
                      const WinogradEpilogue& epilogue) noexcept {
  for_tile<2>(to, from, [&](auto zero, const auto& pixels, std::int64_t channel, std::int64_t place) {
    using V = decltype(zero);
    output_of<V>(from.first + place, from.matrix, pixels, bias_of<V>(epilogue, channel), epilogue.relu);
  });
}

template <class V, class Pixels>
KERATIN_INLINE void output_gradient_of(const Pixels& dy, float* to, std::int64_t matrix) {
  V columns[4][2];  // A·dy
  for (int j = 0; j < 2; ++j) {
    const V upper = load<V>(dy.at(0, j));
    const V lower = load<V>(dy.at(1, j));
    columns[0][j] = upper;
    columns[1][j] = upper + lower;
    columns[2][j] = upper - lower;
    columns[3][j] = -lower;
  }
  for (int i = 0; i < 4; ++i) {
    float* const at = to + 4 * i * matrix;
    store(at, columns[i][0]);
    store(at + matrix, columns[i][0] + columns[i][1]);
    store(at + 2 * matrix, columns[i][0] - columns[i][1]);
    store(at + 3 * matrix, -columns[i][1]);
  }
}

void output_gradient(const WinogradPixels<const float>& from, std::int64_t tiles, const WinogradMatrices& to) noexcept {
  const std::int64_t matrix = to.matrix;
  for_tiles(from, tiles, to, [&](auto zero, const auto& pixels, std::int64_t, std::int64_t place) {
    output_gradient_of<decltype(zero)>(pixels, to.first + place, matrix);
  });
}

void scattered_output_gradient(const ScatteredPixels<const float>& from, const WinogradMatrices& to) noexcept {
  for_tile<2>(from, to, [&](auto zero, const auto& pixels, std::int64_t, std::int64_t place) {
    output_gradient_of<decltype(zero)>(pixels, to.first + place, to.matrix);
  });
}

/// G·g for g of three.
template <class V>
KERATIN_INLINE void spread(V g0, V g1, V g2, V (&to)[4]) {
  const V outer = (g0 + g2) * 0.5f;
  const V inner = g1 * 0.5f;
  to[0] = g0;
  to[1] = outer + inner;
  to[2] = outer - inner;
  to[3] = g2;
}

void weights(const float* from, std::int64_t tap, std::int64_t count, float* to, std::int64_t matrix) noexcept {
  for_channels(count, [&](auto zero, std::int64_t channel) {
    using V = decltype(zero);
    V columns[3][4];  // (G·g)ᵀ
    for (int j = 0; j < 3; ++j) {
      const float* const at = from + channel + j * tap;
      spread(load<V>(at), load<V>(at + 3 * tap), load<V>(at + 6 * tap), columns[j]);
    }
    for (int i = 0; i < 4; ++i) {
      V row[4];
      spread(columns[0][i], columns[1][i], columns[2][i], row);
      for (int j = 0; j < 4; ++j) store(to + channel + (4 * i + j) * matrix, row[j]);
    }
  });
}

/// Gᵀ·s for s of four.
template <class V>
KERATIN_INLINE void gather(V s0, V s1, V s2, V s3, V (&to)[3]) {
  const V sum = (s1 + s2) * 0.5f;
  to[0] = s0 + sum;
  to[1] = (s1 - s2) * 0.5f;
  to[2] = sum + s3;
}

void weights_gradient(const float* from, std::int64_t matrix, std::int64_t count, float* to,
                      std::int64_t tap) noexcept {
  for_channels(count, [&](auto zero, std::int64_t channel) {
    using V = decltype(zero);
    V columns[4][3];  // (Gᵀ·s)ᵀ
    for (int j = 0; j < 4; ++j) {
      const float* const at = from + channel + j * matrix;
      gather(load<V>(at), load<V>(at + 4 * matrix), load<V>(at + 8 * matrix), load<V>(at + 12 * matrix), columns[j]);
    }
    for (int i = 0; i < 3; ++i) {
      V row[3];
      gather(columns[0][i], columns[1][i], columns[2][i], columns[3][i], row);
      for (int j = 0; j < 3; ++j) store(to + channel + (3 * i + j) * tap, row[j]);
    }
  });
}

inline constexpr WinogradTransforms transforms{input,           scattered_input,           output,  scattered_output,
                                               output_gradient, scattered_output_gradient, weights, weights_gradient};

}  // namespace keratin::inline v0::kernels::KERATIN_LEVEL::winograd
