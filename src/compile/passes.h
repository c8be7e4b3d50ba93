#pragma once

#include <memory>
#include <memory_resource>

#include "compile/frozen.h"
#include "graph/graph.h"

namespace keratin::inline v0::compile {

/// Transposes of the last two dimensions become flags of the matmul that reads them; a bias added to a matmul or
/// a convolution, and an activation after it, become part of it where nobody else reads what lies between. The bias may
/// be added to the product in another shape. So does what else is added to a convolution's channels or multiplied with
/// them: a batch's normalization with its moving statistics.
std::unique_ptr<graph::Graph> with_fused_matmuls(const graph::Graph& graph, std::pmr::memory_resource* memory);

/// Where a gradient goes through relu and then through a batch's normalization, or through the maxima of windows and
/// then through relu, one kernel does both, if nobody else reads what lies between.
std::unique_ptr<graph::Graph> with_fused_relu_gradients(const graph::Graph& graph, std::pmr::memory_resource* memory);

/// The gradients of a recurrence's recurrent kernel, kernel and bias become one node, which reads what they are made of
/// once.
std::unique_ptr<graph::Graph> with_fused_recurrent_gradients(const graph::Graph& graph,
                                                             std::pmr::memory_resource* memory);

/// Large products of what was cast from bfloat16 to float32 take the bfloat16, and sum in float32 as before; where the
/// sums are then cast to bfloat16 alone, they give that.
std::unique_ptr<graph::Graph> with_narrow_products(const graph::Graph& graph, std::pmr::memory_resource* memory);

/// Elementwise nodes in programs (with `fuse`), and all nodes in the order in which they are to run.
std::unique_ptr<graph::Graph> scheduled(const graph::Graph& graph, bool fuse, std::pmr::memory_resource* memory);

/// What nodes compute of frozen variables and constants alone is computed now, by the kernels that would have done it
/// at each run, so that no bit changes; unless it is much larger than what it is computed of.
std::unique_ptr<graph::Graph> with_folded_variables(const graph::Graph& graph, FrozenVariables& frozen, int threads,
                                                    std::pmr::memory_resource* memory);

/// Products whose kernels copy a frozen operand together at each run read what they would have copied, which is made
/// now.
std::unique_ptr<graph::Graph> with_packed_variables(const graph::Graph& graph, FrozenVariables& frozen, int threads,
                                                    std::pmr::memory_resource* memory);

}  // namespace keratin::inline v0::compile
