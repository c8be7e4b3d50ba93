#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/conv/geometry.h"

namespace keratin::inline v0::kernels {

/// Images of the batch, of `channels` contiguous floats a pixel.
struct WinogradImages {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;

  std::int64_t row() const noexcept { return width * channels; }
  std::int64_t floats() const noexcept { return height * row(); }
};

/// The 2×2 places of a result, for all items of a batch, numbered along their rows, and the 4×4 pixels that each sees.
struct WinogradTiles {
  WinogradImages seen;
  WinogradImages result;
  std::int64_t batch = 0;
  std::int64_t before_y = 0;  ///< padding
  std::int64_t before_x = 0;

  std::int64_t rows() const noexcept { return (result.height + 1) / 2; }
  std::int64_t columns() const noexcept { return (result.width + 1) / 2; }
  std::int64_t count() const noexcept { return batch * rows() * columns(); }

  /// Of y, seen in x.
  static WinogradTiles of_result(const ConvGeometry& g) noexcept {
    return {{g.src[1], g.src[2], g.in}, {g.dst[1], g.dst[2], g.out}, g.batch, g.before[1], g.before[2]};
  }
  /// Of the gradient of x, seen in that of y.
  static WinogradTiles of_source(const ConvGeometry& g) noexcept {
    return {{g.dst[1], g.dst[2], g.out}, {g.src[1], g.src[2], g.in}, g.batch, 2 - g.before[1], 2 - g.before[2]};
  }
};

/// Tiles beside one another that all lie inside of the images, or a single one that doesn't.
struct WinogradRun {
  std::int64_t item = 0;
  std::int64_t y = 0;  ///< of the first one's first pixel; may be outside
  std::int64_t x = 0;
  std::int64_t tiles = 1;
  bool is_inside = false;
};

/// Calls f(run, number of its first tile, from `first`) for tiles [first, last). A tile has `size` × `size` pixels of
/// `images`, beginning 2 pixels behind the one before; the first one of an image begins at (−before_y, −before_x).
template <class F>
void for_winograd_runs(const WinogradTiles& tiles, const WinogradImages& images, std::int64_t size,
                       std::int64_t before_y, std::int64_t before_x, std::int64_t first, std::int64_t last, F&& f) {
  const std::int64_t columns = tiles.columns();
  // The columns whose tiles lie inside.
  const std::int64_t begin = (before_x + 1) / 2;
  const std::int64_t room = images.width - size + before_x;
  const std::int64_t end = std::min(room < 0 ? 0 : room / 2 + 1, columns);
  std::int64_t column = first % columns;
  std::int64_t row = first / columns % tiles.rows();
  std::int64_t item = first / columns / tiles.rows();
  for (std::int64_t tile = first; tile < last;) {
    WinogradRun run{item, 2 * row - before_y, 2 * column - before_x};
    run.is_inside = run.y >= 0 && run.y + size <= images.height && column >= begin && column < end;
    if (run.is_inside) run.tiles = std::min(end - column, last - tile);
    f(run, tile - first);
    tile += run.tiles;
    column += run.tiles;
    if (column < columns) continue;
    column = 0;
    if (++row < tiles.rows()) continue;
    row = 0;
    ++item;
  }
}

}  // namespace keratin::inline v0::kernels
