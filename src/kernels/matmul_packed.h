#pragma once

#include "graph/kernel.h"
#include "kernels/matmul_geometry.h"

namespace keratin::inline v0::kernels {

/// Whether panels of b that are copied together first, and loops of our own over them, are the faster way for this
/// machine. Without an activation, or with relu.
bool prefers_packed_matmul(const MatmulGeometry& geometry) noexcept;

/// With attribute packed (bool), b is what pack_matmul_operand made of it.
graph::KernelPtr packed_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry);

/// b of a product without batch dimensions, all of its panels: as many numbers.
void pack_matmul_operand(const MatmulGeometry& geometry, const float* b, float* to);

}  // namespace keratin::inline v0::kernels
