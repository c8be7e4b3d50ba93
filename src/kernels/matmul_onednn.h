#pragma once

#include "graph/kernel.h"
#include "kernels/matmul_geometry.h"

namespace keratin::inline v0::kernels {

/// float32, k ≥ 1, nothing empty.
graph::KernelPtr onednn_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry);

}  // namespace keratin::inline v0::kernels
