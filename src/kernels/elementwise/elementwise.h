#pragma once

#include "graph/kernel.h"
#include "graph/program.h"

namespace keratin::inline v0::kernels {

/// Runs a whole program as one loop over tiles that stay in the first-level cache. Outputs have the shape that the
/// inputs broadcast to; an output may lie on the memory of an input of its size, whatever the program reads later.
/// The program may be gone once the kernel is made. Throws DTypeError for an instruction that its dtype doesn't have.
graph::KernelPtr elementwise_kernel(const graph::KernelRequest& request, const graph::Program& program);

/// The program of one instruction, on all inputs of the request, in their dtypes.
graph::KernelPtr elementwise_kernel(const graph::KernelRequest& request, graph::ScalarOp op);

}  // namespace keratin::inline v0::kernels
