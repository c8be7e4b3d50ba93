#pragma once

#include "graph/kernel.h"
#include "kernels/matmul_geometry.h"

namespace keratin::inline v0::kernels {

/// Whether our own float32 loops (small_matmul.h) are at least as fast as a oneDNN primitive, and can do it. They cost
/// nothing to make and nothing to call, and read b where it lies: good while b stays in a core's cache, or while a has
/// so few rows that packing b would not pay.
bool prefers_own_matmul(const MatmulGeometry& geometry) noexcept;
graph::KernelPtr own_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry);

}  // namespace keratin::inline v0::kernels
