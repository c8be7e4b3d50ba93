#pragma once

#include "graph/kernel.h"
#include "kernels/conv/direction.h"
#include "kernels/conv/epilogue.h"
#include "kernels/conv/geometry.h"

namespace keratin::inline v0::kernels {

/// Plain loops, for float32 and float64; anything may be empty. The epilogue is that of a forward one.
graph::KernelPtr own_conv_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry,
                                 ConvDirection direction, const ConvEpilogue& epilogue);

}  // namespace keratin::inline v0::kernels
