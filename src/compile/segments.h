#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace keratin::inline v0::compile {

/// What the order of a graph says of a value's memory (of views: that of what they show).
struct ValueUse {
  graph::NodeId producer = 0;
  graph::NodeId last_forward = 0;  ///< the last node of the forward pass that reads it; its producer if none does
  std::size_t bytes = 0;
  bool is_read_late = false;  ///< by the backward pass, or by what comes after it
  bool is_lasting = false;    ///< a leaf, an output or a variable's new value: there all the time
};

/// The forward pass of an ordered graph: nodes 0 … begin_backward−1.
struct ForwardPass {
  explicit ForwardPass(const graph::Graph& of);

  const graph::Graph& graph;
  graph::NodeId begin_backward = 0;  ///< the first node made for gradients; the number of nodes if there is none
  std::vector<graph::ValueId> root;  ///< by value: itself, or what the view shows
  std::vector<ValueUse> uses;        ///< by root

  const ValueUse& use(graph::ValueId value) const noexcept { return uses[root[value]]; }
  /// Bytes that the backward pass reads and that are not there anyway.
  std::size_t kept_bytes() const noexcept;

 private:
  void find_uses();
};

/// Where segments begin (the first at 0) if the kept bytes are parted into about so many parts: borders are where least
/// crosses them.
std::vector<graph::NodeId> segment_starts(const ForwardPass& forward, std::size_t parts);

}  // namespace keratin::inline v0::compile
