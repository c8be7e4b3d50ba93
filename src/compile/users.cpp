#include "compile/users.h"

namespace keratin::inline v0::compile {

using graph::Graph;
using graph::NodeId;
using graph::ValueId;

Users::Users(const Graph& graph, std::span<const char> live)
    : begins_(graph.value_count() + 1, 0), escapes_(graph.value_count(), 0) {
  const auto nodes = static_cast<NodeId>(graph.nodes().size());
  for (NodeId id = 0; id < nodes; ++id)
    if (live[id] != 0)
      for (const ValueId value : graph.node(id).inputs) ++begins_[value + 1];
  for (std::size_t value = 0; value + 1 < begins_.size(); ++value) begins_[value + 1] += begins_[value];
  nodes_.resize(begins_.back());
  std::vector<std::uint32_t> next(begins_.begin(), begins_.end() - 1);
  for (NodeId id = 0; id < nodes; ++id)
    if (live[id] != 0)
      for (const ValueId value : graph.node(id).inputs) nodes_[next[value]++] = id;
  for (const ValueId value : graph.outputs()) escapes_[value] = 1;
  for (const graph::Update& update : graph.updates()) escapes_[update.value] = 1;
}

}  // namespace keratin::inline v0::compile
