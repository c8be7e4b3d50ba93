#pragma once

#include "graph/kernel.h"
#include "kernels/conv/direction.h"
#include "kernels/conv/epilogue.h"
#include "kernels/conv/geometry.h"

namespace keratin::inline v0::kernels {

/// float32, nothing empty. Empty where oneDNN has no fast kernel for it. The epilogue is that of a forward one.
graph::KernelPtr onednn_conv_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry,
                                    ConvDirection direction, const ConvEpilogue& epilogue);

}  // namespace keratin::inline v0::kernels
