#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

// Statistics of the columns of [rows, channels], and the gradient of a normalization by them: float32 and float64.
// Rows are taken by chunks that depend on the shape alone, and what the chunks give is added up in double: the results
// don't depend on the number of threads.

/// Of x: mean and variance (without Bessel's correction) of each channel. One pass over memory: a chunk's deviations
/// from its own mean are added up while it is in the cache.
graph::KernelPtr batch_moments_kernel(const graph::KernelRequest& request);

/// Inputs dy, x; mean, 1 / standard deviation and scale of each channel; and if there is a sixth, y: dy then counts
/// where y > 0 alone. Outputs: the gradients of x (through the statistics too), of the scale and of the offset. Two
/// passes over memory.
graph::KernelPtr batch_normalization_gradient_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels
