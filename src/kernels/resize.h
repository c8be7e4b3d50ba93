#pragma once

#include <string_view>

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

/// The output (places, length): row i has the weights of an axis' elements in place i of the resized axis. Attribute
/// "method": nearest, bilinear, bicubic, lanczos3 or lanczos5. float32 and float64.
graph::KernelPtr resize_weights_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels
