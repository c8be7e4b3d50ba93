#pragma once

#include <cstdint>

#include "graph/kernel.h"

namespace keratin::inline v0::kernels {

enum class Reduction : std::uint8_t { sum, mean, prod, max, min, any, all };

/// Reduces input 0 along `axes` (from 0 on, sorted) to output 0, of the same dtype. 16-bit floats are accumulated in
/// float32; max and min pass NaN on. The same shapes and threads give the same bits.
graph::KernelPtr reduce_kernel(const graph::KernelRequest& request, Reduction reduction, const graph::Ints& axes);

/// Index of the first greatest (or least) element along one axis or all of them, int32; a NaN counts as greater (less)
/// than all.
graph::KernelPtr arg_reduce_kernel(const graph::KernelRequest& request, bool greatest, const graph::Ints& axes);

}  // namespace keratin::inline v0::kernels
