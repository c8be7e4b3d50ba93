#pragma once

#include "graph/graph.h"

namespace keratin::inline v0::graph {

/// The variable that a node of variable_op reads.
inline VariableId variable_of(const Node& node) {
  return static_cast<VariableId>(Attributes(node.attributes).get<std::int64_t>("variable"));
}

}  // namespace keratin::inline v0::graph
