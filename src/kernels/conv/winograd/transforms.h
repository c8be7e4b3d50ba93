#pragma once

#include <cstdint>

namespace keratin::inline v0::kernels {

/// A 3×3 convolution of stride 1 gives 2×2 results of the 4×4 pixels that they see, a tile, by 16 multiplications
/// instead of 36: F(2×2, 3×3) of Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2015), after
/// Winograd. Each of the 16 is an element of a transformed tile, and over all tiles and channels a matrix product.
///
/// Sixteen matrices, of a row for each tile and a column for each channel. Columns come in panels, which lie one behind
/// the other.
struct WinogradMatrices {
  float* first = nullptr;
  std::int64_t matrix = 0;   ///< floats from one to the next
  std::int64_t panel = 0;    ///< from a panel to the next
  std::int64_t columns = 0;  ///< of a panel; fewer in the last one
  std::int64_t row = 0;      ///< of the first tile that is meant
};

/// Pixels of tiles that lie beside one another: `row` floats from a row of pixels to the next, `channels` from a pixel
/// to the next.
template <class Float>
struct WinogradPixels {
  Float* first = nullptr;
  std::int64_t row = 0;
  std::int64_t channels = 0;
};

/// Pixels of one tile, each wherever it lies.
template <class Float>
struct ScatteredPixels {
  Float* const* each = nullptr;  ///< row by row
  std::int64_t channels = 0;
};

struct WinogradEpilogue {
  const float* bias = nullptr;  ///< nullptr: none
  bool relu = false;
};

struct WinogradTransforms {
  /// Bᵀ·d·B of 4×4 pixels each, 2 pixels apart.
  void (*input)(const WinogradPixels<const float>& from, std::int64_t tiles, const WinogradMatrices& to) noexcept;
  void (*scattered_input)(const ScatteredPixels<const float>& from, const WinogradMatrices& to) noexcept;
  /// Aᵀ·m·A: 2×2 pixels each.
  void (*output)(const WinogradMatrices& from, std::int64_t tiles, const WinogradPixels<float>& to,
                 const WinogradEpilogue& epilogue) noexcept;
  void (*scattered_output)(const WinogradMatrices& from, const ScatteredPixels<float>& to,
                           const WinogradEpilogue& epilogue) noexcept;
  /// A·dy·Aᵀ, the transposed form of `output`.
  void (*output_gradient)(const WinogradPixels<const float>& from, std::int64_t tiles,
                          const WinogradMatrices& to) noexcept;
  void (*scattered_output_gradient)(const ScatteredPixels<const float>& from, const WinogradMatrices& to) noexcept;
  /// G·g·Gᵀ of 3×3 rows of `count` weights, `tap` floats apart (which may be negative), to 16 rows.
  void (*weights)(const float* from, std::int64_t tap, std::int64_t count, float* to, std::int64_t matrix) noexcept;
  /// Gᵀ·s·G, the transposed form of `weights`.
  void (*weights_gradient)(const float* from, std::int64_t matrix, std::int64_t count, float* to,
                           std::int64_t tap) noexcept;
};
extern const WinogradTransforms winograd_baseline;
extern const WinogradTransforms winograd_avx2;
extern const WinogradTransforms winograd_avx512;
/// Those for this machine.
const WinogradTransforms& winograd_transforms() noexcept;

}  // namespace keratin::inline v0::kernels
