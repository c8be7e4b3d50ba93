#pragma once

#include <algorithm>
#include <cstdint>

#include "core/rounded_up.h"
#include "kernels/conv/winograd/tiles.h"
#include "kernels/conv/winograd/transforms.h"
#include "kernels/small_matmul.h"

namespace keratin::inline v0::kernels {

/// Tiles that are worked on at a time, by one thread: their matrices stay in a core's own cache.
struct WinogradBlock {
  std::int64_t tiles;

  /// Of at most `most` tiles that have so many channels on both sides together; half of them where these are many.
  WinogradBlock(const WinogradTiles& all, std::int64_t most, std::int64_t channels) noexcept
      : tiles(std::min(channels > 256 ? most / 2 : most, all.count())) {}

  /// Floats of sixteen matrices; these don't lie a power of two apart, which would leave the nearest cache few places
  /// for what is written to all of them.
  std::int64_t floats(std::int64_t channels) const noexcept { return 16 * matrix(channels); }
  std::int64_t matrix(std::int64_t channels) const noexcept {
    return core::rounded_up<std::int64_t>(tiles * channels, 16) + 16;
  }
  /// In panels of so many columns, for a block that has `count` tiles.
  WinogradMatrices matrices(float* first, std::int64_t channels, std::int64_t columns,
                            std::int64_t count) const noexcept {
    return {first, matrix(channels), count * columns, columns};
  }
};

}  // namespace keratin::inline v0::kernels
