#include "kernels/conv/winograd/weights.h"

#include <cstring>

#include "kernels/conv/winograd/transforms.h"

namespace keratin::inline v0::kernels {

void WinogradWeights::transform(const float* kernel, const float* scale, std::int64_t first, std::int64_t last,
                                float* scratch, float* to) const noexcept {
  for (std::int64_t piece = first; piece < last; ++piece)
    turned_ ? transform_panel(kernel, piece * panel(), scratch, to) : transform_row(kernel, scale, piece, scratch, to);
}

void WinogradWeights::transform_row(const float* kernel, const float* scale, std::int64_t row, float* scratch,
                                    float* to) const noexcept {
  winograd_transforms().weights(kernel + row * out_, tap_, out_, scratch, out_);
  for (int i = 0; i < 16; ++i) {
    float* const from = scratch + i * out_;
    if (scale != nullptr)
      for (std::int64_t column = 0; column < out_; ++column) from[column] *= scale[column];
    for (std::int64_t column = 0; column < out_; column += panel()) {
      const std::int64_t count = std::min(panel(), out_ - column);
      std::memcpy(to + i * matrix() + column * rows_ + row * count, from + column,
                  static_cast<std::size_t>(count) * sizeof(float));
    }
  }
}

void WinogradWeights::transform_panel(const float* kernel, std::int64_t first, float* scratch,
                                      float* to) const noexcept {
  const std::int64_t count = std::min(panel(), columns_ - first);
  for (std::int64_t i = 0; i < count; ++i)  // from the last tap to the first
    winograd_transforms().weights(kernel + 8 * tap_ + (first + i) * out_, -tap_, out_, scratch + i * out_,
                                  count * out_);
  for (int i = 0; i < 16; ++i)
    small_matmul_loops().transpose(scratch + i * count * out_, out_, count, out_, to + i * matrix() + first * rows_);
}

}  // namespace keratin::inline v0::kernels
