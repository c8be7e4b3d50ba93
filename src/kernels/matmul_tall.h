#pragma once

#include "graph/kernel.h"
#include "kernels/matmul_geometry.h"

namespace keratin::inline v0::kernels {

/// aᵀ·b of float32 for a and b of many rows and few columns beside them: the gradient of weights that many rows share.
bool prefers_tall_matmul(const MatmulGeometry& geometry) noexcept;
graph::KernelPtr tall_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry);

}  // namespace keratin::inline v0::kernels
