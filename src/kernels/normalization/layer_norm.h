#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

// Along the last axis; float32 and float64. See ops/layer_norm.h for inputs, outputs and attributes.
graph::KernelPtr layer_norm_kernel(const graph::KernelRequest& request);
graph::KernelPtr layer_norm_gradient_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels
