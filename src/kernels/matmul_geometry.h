#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "graph/kernel.h"
#include "keratin/core/shape.h"
#include "kernels/activation.h"

namespace keratin::inline v0::kernels {

/// A product of matrices, batch dimensions resolved: item i is c_i[m, n] = op(a)·op(b) with dense row-major operands,
/// [k, m] and [n, k] where they are transposed.
struct MatmulGeometry {
  std::int64_t items = 1;
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  bool transpose_a = false;
  bool transpose_b = false;
  bool bias = false;         ///< one of n elements is added to each row
  bool scalar_bias = false;  ///< one element for all columns (of a product turned around)
  Activation activation = Activation::none;
  std::size_t batch_rank = 0;
  std::array<std::int64_t, Shape::max_rank> batch{};   ///< of the output
  std::array<std::int64_t, Shape::max_rank> a_step{};  ///< matrices of a that a step in each dimension skips
  std::array<std::int64_t, Shape::max_rank> b_step{};

  std::int64_t a_size() const noexcept { return m * k; }
  std::int64_t b_size() const noexcept { return k * n; }
  std::int64_t c_size() const noexcept { return m * n; }
  double operations() const noexcept;

  struct Offsets {  ///< in elements
    std::int64_t a;
    std::int64_t b;
    std::int64_t c;
  };
  Offsets offsets(std::int64_t item) const noexcept;
};

/// Reads a request of matmul or fused_matmul. A batch of rows against one b becomes one product.
MatmulGeometry matmul_geometry(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels
