#pragma once

#include <cstdint>

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

/// softmax or log_softmax of input 0 along `axis`, in float32, float64 or bfloat16.
graph::KernelPtr softmax_kernel(const graph::KernelRequest& request, std::int64_t axis, bool log);
/// Its gradient, from its output (input 0) and the gradient of that (input 1).
graph::KernelPtr softmax_gradient_kernel(const graph::KernelRequest& request, std::int64_t axis, bool log);

}  // namespace keratin::inline v0::kernels
