#pragma once

#include "graph/kernel.h"
#include "kernels/matmul_geometry.h"

namespace keratin::inline v0::kernels {

/// float64 by Eigen's product (whose packing buffers come from the heap at each run), integers and empty sums of
/// float32 by plain loops. On one thread: these are references, not what trains.
graph::KernelPtr eigen_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry);

}  // namespace keratin::inline v0::kernels
