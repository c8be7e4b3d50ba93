#pragma once

#include <map>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "keratin/core/array.h"

namespace keratin::test {

struct EvaluateOptions {
  std::map<graph::VariableId, Array> variables = {};
  int threads = 1;
  /// Nodes whose op allows it run with output 0 on a copy of this input; −1: none does.
  int in_place_input = -1;
};

struct Evaluated {
  std::vector<Array> outputs;                  ///< in the graph's order
  std::map<graph::VariableId, Array> updates;  ///< the variables' new values
};

/// Runs a graph node by node, each value in memory of its own that is filled with rubbish before: slow, simple, and
/// independent of plans. Specs are inferred anew from the inputs' and variables' shapes.
Evaluated evaluate(const graph::Graph& graph, std::span<const Array> inputs, const EvaluateOptions& options = {});

}  // namespace keratin::test
