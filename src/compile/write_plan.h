#pragma once

#include <memory>
#include <memory_resource>

#include "graph/graph.h"
#include "runtime/plan.h"

namespace keratin::inline v0::compile {

/// Kernels and addresses for a graph whose nodes run in their order. The plan isn't checked yet.
std::unique_ptr<runtime::Plan> write_plan(const graph::Graph& graph, int threads, bool in_place,
                                          std::pmr::memory_resource* memory);

}  // namespace keratin::inline v0::compile
