#pragma once

#include <cstdint>

namespace keratin::inline v0::kernels {

// One row of a step, `units` wide; what is read and written by the pointwise part of a cell. Gates lie one after the
// other in x, products and what is kept of them; the kept ones may be x's memory, and the gradients of the gates
// theirs.

/// Gates i, f, c, o.
template <class T>
struct LstmRow {
  std::int64_t units;
  const T* x;        ///< [4 · units]
  const T* product;  ///< h · recurrent kernel
  const T* c;
  T* gates;  ///< [4 · units], after their functions
  T* new_c;
  T* new_h;
};

template <class T>
struct LstmGradientRow {
  std::int64_t units;
  const T* gates;
  const T* c;       ///< after the step
  const T* before;  ///< c before it
  const T* dh;
  T* dc;  ///< in: of c after the step; out: of c before it
  T* dz;  ///< [4 · units], of what the gates' functions are taken of
};

/// Gates z, r, h.
template <class T>
struct GruRow {
  std::int64_t units;
  const T* x;        ///< [3 · units]
  const T* product;  ///< h · recurrent kernel; reset before: of the candidate (r · h) · recurrent kernel
  const T* bias;     ///< of the products; reset before: nullptr
  const T* h;
  T* gates;  ///< [3 · units], after their functions
  T* inner;  ///< reset after: the candidate's product with its bias; before: r · h
  T* new_h;
};

template <class T>
struct GruGradientRow {
  std::int64_t units;
  const T* gates;
  const T* before;  ///< h before the step
  const T* inner;   ///< as above; reset before: the gradient of r · h
  T* dh;            ///< in: of h after the step; out: what of it passes by the products
  T* dz;            ///< [3 · units], of what the gates' functions are taken of
  T* products;      ///< [3 · units], of the products
  T* of_inner;      ///< the last third of that once more
};

/// What the usual functions (tanh and sigmoid) have one pass over the row for, compiled for one instruction set.
struct CellLoops {
  void (*lstm)(const LstmRow<float>& row) noexcept;
  void (*lstm_gradient)(const LstmGradientRow<float>& row) noexcept;
  void (*gru)(const GruRow<float>& row) noexcept;  ///< reset after
  void (*gru_gradient)(const GruGradientRow<float>& row) noexcept;
};
extern const CellLoops cell_baseline;
extern const CellLoops cell_avx2;
extern const CellLoops cell_avx512;
/// Those for this machine.
const CellLoops& cell_loops() noexcept;

}  // namespace keratin::inline v0::kernels
