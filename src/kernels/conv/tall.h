#pragma once

#include "graph/kernel.h"
#include "kernels/conv/geometry.h"

namespace keratin::inline v0::kernels {

/// Whether the gradient of the kernel in float32 takes less time as the product of all windows of x, transposed, with
/// the gradient of y.
bool prefers_tall_conv(const ConvGeometry& geometry) noexcept;

/// Such a gradient, of a kernel that is a line (along the last axis) or a point, and not in groups. Windows are copied
/// a block at a time.
graph::KernelPtr tall_conv_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry);

}  // namespace keratin::inline v0::kernels
