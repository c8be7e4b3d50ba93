#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/conv/winograd/tiles.h"
#include "kernels/conv/winograd/transforms.h"

namespace keratin::inline v0::kernels {

/// Tiles [first, last) of what is convolved, transformed into the rows of `to` from its first on. `zeros` is a pixel of
/// them, for what lies outside of the images.
void read_winograd_tiles(const WinogradTiles& tiles, const float* images, std::int64_t first, std::int64_t last,
                         const float* zeros, const WinogradMatrices& to) noexcept;

/// The same of the gradient of the result.
void read_winograd_gradient(const WinogradTiles& tiles, const float* images, std::int64_t first, std::int64_t last,
                            const float* zeros, const WinogradMatrices& to) noexcept;

/// The results of tiles [first, last), of the rows of `from` from its first on. `nowhere` is room for a pixel, for what
/// lies outside of the images.
void write_winograd_tiles(const WinogradTiles& tiles, const WinogradMatrices& from, const WinogradEpilogue& epilogue,
                          std::int64_t first, std::int64_t last, float* nowhere, float* images) noexcept;

/// Floats [first, last) of images.
struct WinogradSpan {
  std::int64_t first = 0;
  std::int64_t last = 0;

  /// Asks for a sixteenth of them, so that they come while something is computed: the transforms do little but wait for
  /// memory.
  void prefetch(const float* images, int sixteenth) const noexcept {
    constexpr std::int64_t line = 16;
    const std::int64_t each = (last - first + 15) / 16;
    const std::int64_t begin = first + sixteenth * each;
    for (std::int64_t i = begin; i < std::min(begin + each, last); i += line) __builtin_prefetch(images + i);
  }
};
/// What tiles [first, last) see, or where their results lie, with what is beside them in the same rows.
WinogradSpan winograd_span_seen(const WinogradTiles& tiles, std::int64_t first, std::int64_t last) noexcept;
WinogradSpan winograd_span_of_results(const WinogradTiles& tiles, std::int64_t first, std::int64_t last) noexcept;

}  // namespace keratin::inline v0::kernels
