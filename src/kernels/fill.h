#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

/// Sets every element of output 0 to `value`, converted to its dtype.
graph::KernelPtr fill_kernel(const graph::KernelRequest& request, double value);

}  // namespace keratin::inline v0::kernels
