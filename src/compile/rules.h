#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/graph.h"

namespace keratin::inline v0::compile {

/// A node of the old graph, with its inputs and specs in the new one.
struct Candidate {
  const graph::Node& node;
  std::span<graph::ValueId> inputs;
  std::span<const graph::Spec> specs;
};

/// Each number once in a graph.
class Scalars {
 public:
  explicit Scalars(graph::Graph& graph) : graph_(graph) {}
  graph::Graph& graph() noexcept { return graph_; }
  graph::ValueId add(double number, DType dtype);

 private:
  graph::Graph& graph_;
  std::map<std::pair<std::uint64_t, DType>, graph::ValueId> values_;  ///< by bits
};

/// Each rule returns the value of the new graph that stands for the node's (only) output; no_value: it doesn't apply.

/// A node that changes nothing: a view or cast to what its input is, a sum to the shape that is there already, a
/// reduction of single elements.
graph::ValueId unchanged(const graph::Graph& graph, const Candidate& candidate);
/// x·1, x/1, x + 0, x − 0, x to the power 1, −(−x).
graph::ValueId trivial(const graph::Graph& graph, const Candidate& candidate);
/// A node of known inputs, or one that reads shapes that are known alone, computed now if the result is small.
graph::ValueId folded(Scalars& scalars, const Candidate& candidate);

/// Puts what was broadcast, or filled with one number, in its place as an elementwise node's input, where the node
/// broadcasts it to the same shape itself.
void unbroadcast(Scalars& scalars, const Candidate& candidate);

/// Finds nodes that compute the same.
class EqualNodes {
 public:
  explicit EqualNodes(const graph::Graph& graph) : graph_(graph) {}

  /// An earlier node of the new graph that is the same but for owner and line; nullptr if there is none.
  const graph::Node* find(const Candidate& candidate) const;
  void add(graph::NodeId node);

 private:
  std::size_t hash(const graph::OpDef& op, std::span<const graph::ValueId> inputs,
                   std::span<const graph::Attribute> attributes) const;

  const graph::Graph& graph_;
  std::unordered_multimap<std::size_t, graph::NodeId> nodes_;
};

}  // namespace keratin::inline v0::compile
