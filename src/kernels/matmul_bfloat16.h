#pragma once

#include "graph/kernel.h"
#include "kernels/matmul_geometry.h"

namespace keratin::inline v0::kernels {

/// Operands of bfloat16, summed in float32, as which the result is given, or as bfloat16: by oneDNN where the machine
/// multiplies bfloat16. Elsewhere, and where oneDNN takes no such sizes, both operands are made float32 first.
graph::KernelPtr bfloat16_matmul_kernel(const graph::KernelRequest& request, const MatmulGeometry& geometry);

}  // namespace keratin::inline v0::kernels
