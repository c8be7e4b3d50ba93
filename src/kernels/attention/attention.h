#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

// softmax(scale · q·kᵀ)·v for each head, a few queries at a time: no more than their scores are ever held, and the
// gradient computes them again. float32 and float64. See ops/attention.h for inputs, outputs and attributes.
graph::KernelPtr attention_kernel(const graph::KernelRequest& request);
graph::KernelPtr attention_gradient_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels
