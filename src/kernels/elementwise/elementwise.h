#pragma once

#include "graph/kernel.h"
#include "graph/program.h"

namespace keratin::inline v0::kernels {

/// Applies one scalar op to inputs that broadcast to output 0's shape.
graph::KernelPtr elementwise_kernel(const graph::KernelRequest& request, graph::ScalarOp op);
/// Runs a program on inputs that broadcast to the outputs' shape.
graph::KernelPtr elementwise_kernel(const graph::KernelRequest& request, const graph::Program& program);

}  // namespace keratin::inline v0::kernels
