#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

/// complex64 of real and imaginary parts, float32.
graph::KernelPtr complex_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels
