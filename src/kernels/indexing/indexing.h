#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

// Kernels that read indices: int32 or int64, negative ones count from the end. An index out of range throws ValueError
// before anything is read or written with it.

/// Entries of input 0 along attribute "axis" at the indices of input 1.
graph::KernelPtr take_kernel(const graph::KernelRequest& request);
/// Zeros of input 2's shape, to which the entries of input 0 are added at the indices of input 1.
graph::KernelPtr take_gradient_kernel(const graph::KernelRequest& request);
/// The same pair with one index for each element of the output.
graph::KernelPtr take_along_axis_kernel(const graph::KernelRequest& request);
graph::KernelPtr take_along_axis_gradient_kernel(const graph::KernelRequest& request);

/// What input 0 holds at the positions in input 1, whose last axis has an index for each of the first axes.
graph::KernelPtr gather_kernel(const graph::KernelRequest& request);
/// Zeros of the output's shape, to which the entries of input 1 are added at the positions in input 0.
graph::KernelPtr scatter_kernel(const graph::KernelRequest& request);
/// Input 0 with the entries of input 2 at the positions in input 1; of equal positions the last one counts.
graph::KernelPtr scatter_update_kernel(const graph::KernelRequest& request);

/// Whether a gradient or a scatter can add in this dtype.
bool adds_in(DType dtype) noexcept;

}  // namespace keratin::inline v0::kernels
