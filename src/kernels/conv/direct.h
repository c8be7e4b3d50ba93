#pragma once

#include "graph/kernel.h"
#include "kernels/conv/epilogue.h"
#include "kernels/conv/geometry.h"

namespace keratin::inline v0::kernels {

/// Whether the loops for small products are the faster ones for a forward convolution in float32: oneDNN's want the
/// weights in another layout, which costs a pass over them at each run.
bool prefers_direct_conv(const ConvGeometry& geometry, const ConvEpilogue& epilogue) noexcept;

/// Such a convolution, with the weights read as they are.
graph::KernelPtr direct_conv_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry,
                                    const ConvEpilogue& epilogue);

}  // namespace keratin::inline v0::kernels
