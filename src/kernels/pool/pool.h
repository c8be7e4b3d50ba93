#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

// Pooling of float32 and float64; see PoolGeometry for layouts and attributes. Padding doesn't count.

/// The largest element of each window of input 0; NaN where one is NaN.
graph::KernelPtr max_pool_kernel(const graph::KernelRequest& request);
/// Inputs x and v of one shape: v's element at the place of x's largest in each window (the first of them).
graph::KernelPtr max_pool_pick_kernel(const graph::KernelRequest& request);
/// Inputs x, dy: each dy added to where x's largest element is, zeros elsewhere. With the attribute "relu" (bool,
/// optional) only where that element is positive.
graph::KernelPtr max_pool_gradient_kernel(const graph::KernelRequest& request);
/// The mean of each window of input 0.
graph::KernelPtr average_pool_kernel(const graph::KernelRequest& request);
/// Inputs dy and x, of which only the shape counts: each dy in equal parts added to all of its window.
graph::KernelPtr average_pool_gradient_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels
