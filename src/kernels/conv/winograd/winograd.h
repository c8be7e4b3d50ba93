#pragma once

#include "graph/kernel.h"
#include "kernels/conv/direction.h"
#include "kernels/conv/epilogue.h"
#include "kernels/conv/geometry.h"

namespace keratin::inline v0::kernels {

/// Whether a convolution of this size in float32 takes less time by transformed tiles; see WinogradMatrices. A value
/// that isn't finite reaches all four results of a tile that sees it.
bool prefers_winograd(const ConvGeometry& geometry, const ConvEpilogue& epilogue) noexcept;

/// 3×3, of stride 1, in two dimensions, not in groups; the epilogue is that of a forward one, with relu at most.
graph::KernelPtr winograd_kernel(const graph::KernelRequest& request, const ConvGeometry& geometry,
                                 ConvDirection direction, const ConvEpilogue& epilogue);

}  // namespace keratin::inline v0::kernels
