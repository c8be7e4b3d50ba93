#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>

#include "graph/graph.h"

namespace keratin::inline v0::compile {

/// A graph in its order, in which activations are not kept for the backward pass.
struct Recomputed {
  std::unique_ptr<graph::Graph> graph;  ///< nullptr: nothing would be saved
  std::size_t bytes = 0;                ///< of the values that aren't kept
};

/// Parts the forward pass into segments. What crosses their borders is kept; what else the backward pass reads of a
/// segment is computed once more, right before the first node that reads it. The nodes are copies with the same inputs,
/// so that they give the same numbers, random ones too; updates of variables stay with the first ones. Of several
/// numbers of segments the one is taken with which least lives at a time. For graphs that are not reordered any more:
/// it is their order that says what is kept, and equal nodes aren't merged.
Recomputed recomputed(const graph::Graph& ordered, bool in_place, std::pmr::memory_resource* memory);

}  // namespace keratin::inline v0::compile
