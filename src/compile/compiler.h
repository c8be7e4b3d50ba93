#pragma once

#include <memory>
#include <memory_resource>
#include <span>
#include <string>

#include "compile/frozen.h"
#include "graph/graph.h"
#include "kernels/matmul.h"
#include "runtime/plan.h"

namespace keratin::inline v0::compile {

struct CompileOptions {
  int threads = 1;
  bool fuse = true;
  /// Products of bfloat16 aren't computed in float32.
  bool narrow_products = kernels::multiplies_bfloat16();
  bool in_place = true;
  /// Activations are computed once more in the backward pass instead of being kept for it, where that saves memory.
  bool recompute = false;
  /// Where variables never change: what is computed of them alone is computed once, and kept there. nullptr: they may.
  FrozenVariables* frozen = nullptr;
  /// A copy of the graph after all passes, for printing; nullptr: not wanted.
  std::string* compiled_text = nullptr;
  std::string* compiled_dot = nullptr;
};

/// What doesn't depend on the batch: constants folded, equal nodes merged, dead ones dropped. In `memory`.
std::unique_ptr<graph::Graph> simplified(const graph::Graph& trace, std::pmr::memory_resource* memory);

/// The graph with its inputs' concrete specs: every shape rule runs again. Throws ShapeError where they don't fit.
std::unique_ptr<graph::Graph> specialized(const graph::Graph& graph, std::span<const graph::Spec> inputs,
                                          std::pmr::memory_resource* memory);

/// A plan for concrete input specs: specialised, simplified, fused, ordered, placed and checked. What only the
/// compilation needs comes from the ordinary heap and is gone when it returns; what the plan keeps is in `memory`.
std::unique_ptr<runtime::Plan> compile(const graph::Graph& graph, std::span<const graph::Spec> inputs,
                                       const CompileOptions& options, std::pmr::memory_resource* memory);

}  // namespace keratin::inline v0::compile
