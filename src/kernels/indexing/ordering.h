#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

/// int32 indices that sort the last axis of input 0, the first "k" of them (all if −1), largest first if "descending".
/// Equal elements stay in order, and NaN counts as the largest number.
graph::KernelPtr argsort_kernel(const graph::KernelRequest& request);
/// For each row of input 1, whether fewer than "k" numbers are larger than the one at input 0's index; false for an
/// index out of range and for numbers that aren't finite.
graph::KernelPtr in_top_k_kernel(const graph::KernelRequest& request);
/// Sums along "axis" of all elements up to each one; from the end on if "reverse".
graph::KernelPtr cumsum_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels
