#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"

namespace keratin::inline v0::compile {

/// By node: whether an output or an update needs it. Inputs always count: they are the function's signature.
std::vector<char> live_nodes(const graph::Graph& graph);
/// reads(node's id, number of an input): false for an input that the node won't read.
template <class Reads>
std::vector<char> live_nodes(const graph::Graph& graph, const Reads& reads) {
  std::vector<char> live(graph.nodes().size(), 0);
  for (const graph::ValueId value : graph.inputs()) live[graph.producer_id(value)] = 1;
  for (const graph::ValueId value : graph.outputs()) live[graph.producer_id(value)] = 1;
  for (const graph::Update& update : graph.updates()) live[graph.producer_id(update.value)] = 1;
  for (auto id = static_cast<graph::NodeId>(live.size()); id-- > 0;) {
    if (live[id] == 0) continue;
    const std::span<const graph::ValueId> inputs = graph.node(id).inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (reads(id, i)) live[graph.producer_id(inputs[i])] = 1;
  }
  return live;
}

/// Copies a graph node by node into another; a pass decides by node what comes in its place.
class Copier {
 public:
  Copier(const graph::Graph& from, graph::Graph& to);

  const graph::Graph& from() const noexcept { return from_; }
  graph::Graph& to() noexcept { return to_; }

  /// What stands for a value of the old graph in the new one.
  graph::ValueId at(graph::ValueId value) const noexcept { return now_[value]; }
  void set(graph::ValueId value, graph::ValueId now) noexcept { now_[value] = now; }
  /// A node's inputs in the new graph; valid until the next call.
  std::span<const graph::ValueId> inputs(const graph::Node& node);

  /// The same node, or leaf, with what stands for its inputs.
  void copy(const graph::Node& node);
  /// A node of the op, with these inputs of the new graph, in the place of another one: with its specs, owner and line.
  void replace(const graph::Node& node, const graph::OpDef& op, std::span<const graph::ValueId> inputs,
               std::span<const graph::Attribute> attributes);
  /// The same node with other inputs and specs.
  void copy(const graph::Node& node, std::span<const graph::ValueId> inputs, std::span<const graph::Spec> specs);
  /// A node of the op with these inputs and specs, with another one's owner and line. Gives its first output; what it
  /// stands for is to be set().
  graph::ValueId append(const graph::Node& like, const graph::OpDef& op, std::span<const graph::ValueId> inputs,
                        std::span<const graph::Attribute> attributes, std::span<const graph::Spec> specs);
  /// Specs of a node's outputs in the old graph; valid until the next call.
  std::span<const graph::Spec> specs(const graph::Node& node);

  /// Outputs and updates, once all nodes are there.
  void finish();

 private:
  void copy_leaf(const graph::Node& node);
  void put(const graph::Node& node, const graph::OpDef& op, std::span<const graph::ValueId> inputs,
           std::span<const graph::Attribute> attributes, std::span<const graph::Spec> specs);

  const graph::Graph& from_;
  graph::Graph& to_;
  std::vector<graph::ValueId> now_;
  std::vector<graph::ValueId> inputs_;
  std::vector<graph::Spec> specs_;
};

}  // namespace keratin::inline v0::compile
