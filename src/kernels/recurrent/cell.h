#pragma once

#include <cstddef>

#include "graph/attributes.h"
#include "kernels/recurrent/gate.h"
#include "kernels/recurrent/rows.h"

namespace keratin::inline v0::kernels {

/// The pointwise parts of cells, row by row, with the functions of a node's attributes.
template <class T>
class Cell {
 public:
  explicit Cell(const graph::Attributes& attributes);

  /// Elements of the gradients' scratch, a unit.
  static constexpr std::int64_t scratch_width = 5;

  /// h = activation(x + product); h may be x.
  void simple(std::int64_t units, const T* x, const T* product, T* h) const noexcept;
  void simple_gradient(std::int64_t units, const T* h, const T* dh, T* dz) const noexcept;
  void lstm(const LstmRow<T>& row) const noexcept;
  void lstm_gradient(const LstmGradientRow<T>& row, T* scratch) const noexcept;
  /// Reset after.
  void gru(const GruRow<T>& row) const noexcept;
  void gru_gradient(const GruGradientRow<T>& row, T* scratch) const noexcept;
  /// Reset before: z, r and r · h; then the candidate.
  void gru_reset(const GruRow<T>& row) const noexcept;
  void gru_candidate(const GruRow<T>& row) const noexcept;
  /// The gradients of z, of the candidate, and of what it is made of; then that of r.
  void gru_candidate_gradient(const GruGradientRow<T>& row, T* scratch) const noexcept;
  void gru_reset_gradient(const GruGradientRow<T>& row) const noexcept;

 private:
  Gate<T> activation_;
  Gate<T> recurrent_;
  const CellLoops* loops_ = nullptr;  ///< where the functions are those that have one pass
};

extern template class Cell<float>;
extern template class Cell<double>;

}  // namespace keratin::inline v0::kernels
