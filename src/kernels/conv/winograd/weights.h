#pragma once

#include <algorithm>
#include <cstdint>

#include "core/rounded_up.h"
#include "kernels/conv/geometry.h"
#include "kernels/small_matmul.h"

namespace keratin::inline v0::kernels {

/// The sixteen matrices that transformed tiles are multiplied with: a row for each channel that is seen, a column for
/// each of the result, in panels that lie one behind the other, each as wide as the loops for products take.
class WinogradWeights {
 public:
  /// Turned by half a circle and with the channels' roles exchanged, as for the gradient of x.
  WinogradWeights(const ConvGeometry& geometry, bool turned) noexcept
      : tap_(geometry.in * geometry.out),
        out_(geometry.out),
        turned_(turned),
        rows_(turned ? geometry.out : geometry.in),
        columns_(turned ? geometry.in : geometry.out) {}

  std::int64_t rows() const noexcept { return rows_; }
  std::int64_t columns() const noexcept { return columns_; }
  std::int64_t matrix() const noexcept { return core::rounded_up<std::int64_t>(rows_ * columns_, 16); }
  std::int64_t floats() const noexcept { return 16 * matrix(); }
  /// Columns of a panel but the last.
  std::int64_t panel() const noexcept { return std::min<std::int64_t>(small_matmul_loops().columns, columns_); }

  /// What transform() can be shared out by.
  std::int64_t pieces() const noexcept { return turned_ ? (columns_ + panel() - 1) / panel() : rows_; }
  /// Room that it needs for itself.
  std::int64_t scratch_floats() const noexcept { return 16 * (turned_ ? panel() * out_ : out_); }
  /// Pieces [first, last) of a kernel [3, 3, in, out], with each channel of the result times its scale, if there is
  /// one.
  void transform(const float* kernel, const float* scale, std::int64_t first, std::int64_t last, float* scratch,
                 float* to) const noexcept;

 private:
  void transform_row(const float* kernel, const float* scale, std::int64_t row, float* scratch,
                     float* to) const noexcept;
  void transform_panel(const float* kernel, std::int64_t first, float* scratch, float* to) const noexcept;

  std::int64_t tap_;
  std::int64_t out_;
  bool turned_;
  std::int64_t rows_;
  std::int64_t columns_;
};

}  // namespace keratin::inline v0::kernels
