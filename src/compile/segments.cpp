#include "compile/segments.h"

#include <algorithm>
#include <limits>

#include "compile/layout.h"
#include "graph/text.h"

namespace keratin::inline v0::compile {

using graph::NodeId;
using graph::ValueId;

ForwardPass::ForwardPass(const graph::Graph& of) : graph(of), root(of.value_count()), uses(of.value_count()) {
  const auto nodes = static_cast<NodeId>(graph.nodes().size());
  while (begin_backward < nodes &&
         (graph::is_leaf(graph.node(begin_backward)) || !graph.node(begin_backward).is_gradient))
    ++begin_backward;
  find_uses();
}

void ForwardPass::find_uses() {
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    const graph::Node& node = graph.node(id);
    for (ValueId value = node.first_output; value < node.first_output + node.outputs; ++value) {
      root[value] = node.op->view ? root[node.inputs[0]] : value;
      if (root[value] != value) continue;
      uses[value] = {.producer = id, .last_forward = id, .bytes = graph.spec(value).bytes()};
      uses[value].is_lasting = graph::is_leaf(node);
    }
    if (node.op->view) continue;  // its readers read
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (!reads_data(*node.op, i)) continue;
      ValueUse& use = uses[root[node.inputs[i]]];
      if (id < begin_backward) use.last_forward = id;
      use.is_read_late = use.is_read_late || id >= begin_backward;
    }
  }
  for (const ValueId value : graph.outputs()) uses[root[value]].is_lasting = true;
  for (const graph::Update& update : graph.updates()) uses[root[update.value]].is_lasting = true;
}

std::size_t ForwardPass::kept_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const ValueUse& use : uses)
    if (use.is_read_late && !use.is_lasting && use.producer < begin_backward) bytes += use.bytes;
  return bytes;
}

std::vector<NodeId> segment_starts(const ForwardPass& forward, std::size_t parts) {
  const NodeId end = forward.begin_backward;
  std::vector<std::size_t> kept(end + std::size_t{1}, 0);  // by node: what it makes for the backward pass
  std::vector<std::int64_t> crossing(end + std::size_t{2},
                                     0);  // by node: what was made before it and is read from it on
  for (const ValueUse& use : forward.uses) {
    if (use.producer >= end || use.is_lasting) continue;
    if (use.is_read_late) kept[use.producer] += use.bytes;
    crossing[use.producer + std::size_t{1}] += static_cast<std::int64_t>(use.bytes);
    crossing[use.last_forward + std::size_t{1}] -= static_cast<std::int64_t>(use.bytes);
  }
  for (std::size_t node = 1; node < crossing.size(); ++node) crossing[node] += crossing[node - 1];

  const std::size_t part = forward.kept_bytes() / parts;
  std::vector<NodeId> starts{0};
  std::size_t since = 0;  // kept bytes of the segment at hand
  std::size_t up_to = 0;  // of those, before the best border
  NodeId best = 0;        // 0: none yet
  for (NodeId node = 0; node < end; ++node) {
    since += kept[node];
    const NodeId border = node + 1;
    if (since >= part / 2 && border < end && (best == 0 || crossing[border] <= crossing[best])) {
      best = border;
      up_to = since;
    }
    if (since < part + part / 2 || best == 0) continue;
    starts.push_back(best);
    since -= up_to;
    best = 0;
  }
  return starts;
}

}  // namespace keratin::inline v0::compile
