#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

// Kernels that move elements without looking at them, of any dtype whose elements have 1, 2, 4 or 8 bytes.

/// Input 0 with its axes in the order of attribute "axes".
graph::KernelPtr transpose_kernel(const graph::KernelRequest& request);
/// Input 0 broadcast to the output's shape.
graph::KernelPtr broadcast_kernel(const graph::KernelRequest& request);
/// Input 0 at attributes "start", "stop", "step", one number an axis.
graph::KernelPtr slice_kernel(const graph::KernelRequest& request);
/// Zeros of the output's shape, with input 0 where slice_kernel would read.
graph::KernelPtr slice_gradient_kernel(const graph::KernelRequest& request);
/// All inputs one after the other along attribute "axis".
graph::KernelPtr concatenate_kernel(const graph::KernelRequest& request);
/// The part of input 0 that belongs to number "index" of the other inputs, which are what was concatenated.
graph::KernelPtr concatenate_part_kernel(const graph::KernelRequest& request);
/// Input 0 with "before" and "after" elements of "value" around it.
graph::KernelPtr pad_kernel(const graph::KernelRequest& request);
/// 0, 1, … as int32, as many as the output has.
graph::KernelPtr iota_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels
