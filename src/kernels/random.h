#pragma once

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

// Numbers of core/philox.h: element i of the stream of attribute "key" (graph::Ints of two words) at the step that
// input 0 holds (an int64 scalar). Further inputs count by their shape alone. The output is float32, or float64 with
// the same numbers; they don't depend on threads or on the instruction set.

/// Uniform in [0, 1), with 24 bits.
graph::KernelPtr random_uniform_kernel(const graph::KernelRequest& request);
/// Mean 0, deviation 1.
graph::KernelPtr random_normal_kernel(const graph::KernelRequest& request);
/// Normal numbers within two deviations: those outside are drawn again, from further streams of the same key.
graph::KernelPtr truncated_normal_kernel(const graph::KernelRequest& request);

}  // namespace keratin::inline v0::kernels
