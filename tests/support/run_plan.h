#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compile/compiler.h"
#include "graph/graph.h"
#include "keratin/core/array.h"
#include "runtime/plan.h"
#include "support/evaluate.h"

namespace keratin::test {

/// Runs a plan on memory of its own, the workspace and the outputs full of rubbish before. Every output is wanted, or
/// none is (the outputs are then empty). Throws if the plan writes beyond its workspace.
Evaluated run_plan(const runtime::Plan& plan, std::span<const Array> inputs,
                   const std::map<graph::VariableId, Array>& variables = {}, bool wanted = true);

/// The names of the ops of a plan's steps.
std::vector<std::string> step_names(const runtime::Plan& plan);

/// The plan of a graph for these inputs' specs.
std::unique_ptr<runtime::Plan> plan_of(const graph::Graph& graph, std::span<const Array> inputs,
                                       const compile::CompileOptions& options = {});

}  // namespace keratin::test
