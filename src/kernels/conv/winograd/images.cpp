#include "kernels/conv/winograd/images.h"

#include <algorithm>

namespace keratin::inline v0::kernels {
namespace {

/// The pixels of a tile of size × size; those outside of the image are `outside`.
template <std::int64_t size, class Float>
struct EdgeTile {
  Float* pixels[size * size];

  EdgeTile(const WinogradRun& run, const WinogradImages& shape, Float* images, Float* outside) noexcept {
    Float* const image = images + run.item * shape.floats();
    for (std::int64_t i = 0; i < size; ++i) {
      const std::int64_t y = run.y + i;
      const bool has_row = y >= 0 && y < shape.height;
      for (std::int64_t j = 0; j < size; ++j) {
        const std::int64_t x = run.x + j;
        const bool is_inside = has_row && x >= 0 && x < shape.width;
        pixels[size * i + j] = is_inside ? image + y * shape.row() + x * shape.channels : outside;
      }
    }
  }
};

template <class Float>
WinogradPixels<Float> pixels_of(const WinogradRun& run, const WinogradImages& shape, Float* images) noexcept {
  return {images + run.item * shape.floats() + run.y * shape.row() + run.x * shape.channels, shape.row(),
          shape.channels};
}

WinogradMatrices from_row(const WinogradMatrices& matrices, std::int64_t row) noexcept {
  WinogradMatrices result = matrices;
  result.row = row;
  return result;
}

/// Whole rows, from the first tile's first one to the last tile's last one.
WinogradSpan span(const WinogradTiles& tiles, const WinogradImages& images, std::int64_t size, std::int64_t before_y,
                  std::int64_t first, std::int64_t last) noexcept {
  if (first >= last) return {};
  const auto place = [&](std::int64_t tile, std::int64_t rows) {
    const std::int64_t row = tile / tiles.columns();
    const std::int64_t y = std::clamp<std::int64_t>(2 * (row % tiles.rows()) - before_y + rows, 0, images.height);
    return row / tiles.rows() * images.floats() + y * images.row();
  };
  return {place(first, 0), place(last - 1, size)};
}

}  // namespace

void read_winograd_tiles(const WinogradTiles& tiles, const float* images, std::int64_t first, std::int64_t last,
                         const float* zeros, const WinogradMatrices& to) noexcept {
  const WinogradTransforms& transforms = winograd_transforms();
  const WinogradImages& shape = tiles.seen;
  for_winograd_runs(tiles, shape, 4, tiles.before_y, tiles.before_x, first, last,
                    [&](const WinogradRun& run, std::int64_t row) {
                      if (run.is_inside) {
                        transforms.input(pixels_of(run, shape, images), run.tiles, from_row(to, row));
                      } else {
                        const EdgeTile<4, const float> tile(run, shape, images, zeros);
                        transforms.scattered_input({tile.pixels, shape.channels}, from_row(to, row));
                      }
                    });
}

void read_winograd_gradient(const WinogradTiles& tiles, const float* images, std::int64_t first, std::int64_t last,
                            const float* zeros, const WinogradMatrices& to) noexcept {
  const WinogradTransforms& transforms = winograd_transforms();
  const WinogradImages& shape = tiles.result;
  for_winograd_runs(tiles, shape, 2, 0, 0, first, last, [&](const WinogradRun& run, std::int64_t row) {
    if (run.is_inside) {
      transforms.output_gradient(pixels_of(run, shape, images), run.tiles, from_row(to, row));
    } else {
      const EdgeTile<2, const float> tile(run, shape, images, zeros);
      transforms.scattered_output_gradient({tile.pixels, shape.channels}, from_row(to, row));
    }
  });
}

void write_winograd_tiles(const WinogradTiles& tiles, const WinogradMatrices& from, const WinogradEpilogue& epilogue,
                          std::int64_t first, std::int64_t last, float* nowhere, float* images) noexcept {
  const WinogradTransforms& transforms = winograd_transforms();
  const WinogradImages& shape = tiles.result;
  for_winograd_runs(tiles, shape, 2, 0, 0, first, last, [&](const WinogradRun& run, std::int64_t row) {
    if (run.is_inside) {
      transforms.output(from_row(from, row), run.tiles, pixels_of(run, shape, images), epilogue);
    } else {
      const EdgeTile<2, float> tile(run, shape, images, nowhere);
      transforms.scattered_output(from_row(from, row), {tile.pixels, shape.channels}, epilogue);
    }
  });
}

WinogradSpan winograd_span_seen(const WinogradTiles& tiles, std::int64_t first, std::int64_t last) noexcept {
  return span(tiles, tiles.seen, 4, tiles.before_y, first, last);
}

WinogradSpan winograd_span_of_results(const WinogradTiles& tiles, std::int64_t first, std::int64_t last) noexcept {
  return span(tiles, tiles.result, 2, 0, first, last);
}

}  // namespace keratin::inline v0::kernels
