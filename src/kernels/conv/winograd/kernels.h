#pragma once

#include "graph/kernel.h"
#include "kernels/conv/direction.h"
#include "kernels/conv/epilogue.h"
#include "kernels/conv/geometry.h"

namespace keratin::inline v0::kernels {

/// y, or the gradient of x: that is the convolution of y's gradient with the kernel turned by half a circle.
graph::KernelPtr winograd_values_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry,
                                        ConvDirection direction, const ConvEpilogue& epilogue);

/// The gradient of the kernel.
graph::KernelPtr winograd_weights_gradient_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry);

}  // namespace keratin::inline v0::kernels
