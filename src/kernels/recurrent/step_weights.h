#pragma once

#include <cstdint>

namespace keratin::inline v0::kernels {

/// Rows of numbers, `distance` apart.
template <class T>
struct StepRows {
  T* first;
  std::int64_t distance;
  T* operator[](std::int64_t row) const noexcept { return first + row * distance; }
};

/// Of weights [k, n], or [n, k] if they are transposed. Groups lie side by side in the weights' rows; each multiplies
/// its own part of the rows' k · groups numbers, and its results are its own.
struct StepWeightsShape {
  std::int64_t k = 0;
  std::int64_t n = 0;
  std::int64_t distance = 0;  ///< between rows
  bool transposed = false;
  std::int64_t groups = 1;
  bool packed = false;  ///< they come as prepare() makes them
};

/// What each step of a recurrence multiplies its rows with, [k, n] or the transpose of [n, k]. Where there are steps
/// enough to pay for it, float weights are first copied into panels of some columns, each panel row by row: a step then
/// reads them front to back, in pieces that stay in the nearest cache while all rows are multiplied with them.
template <class T>
class StepWeights {
 public:
  /// For `rows` rows a step.
  StepWeights(const StepWeightsShape& shape, std::int64_t rows, std::int64_t steps) noexcept;

  /// The workspace, in elements.
  std::int64_t size() const noexcept { return plain_ || shape_.packed ? 0 : panel_size(); }
  /// Of all panels, in elements; 0 where there are none.
  std::int64_t panel_size() const noexcept { return plain_ ? 0 : panels() * panel_ * shape_.k; }
  /// `weights` as product() takes them: themselves, or in the workspace.
  const T* prepare(const T* weights, T* workspace) const noexcept;

  std::int64_t panels() const noexcept { return shape_.groups * panels_of_group(); }
  std::int64_t groups() const noexcept { return shape_.groups; }
  /// to[i] = a[i] · weights for m rows, the columns of these panels. a has groups · k columns, and `to` groups · n.
  void product(std::int64_t m, StepRows<const T> a, const T* prepared, StepRows<T> to, std::int64_t first_panel,
               std::int64_t last_panel) const noexcept;

 private:
  std::int64_t panels_of_group() const noexcept { return (shape_.n + panel_ - 1) / panel_; }

  StepWeightsShape shape_;
  bool plain_;          ///< as they are
  std::int64_t panel_;  ///< columns
};

extern template class StepWeights<float>;
extern template class StepWeights<double>;

}  // namespace keratin::inline v0::kernels
