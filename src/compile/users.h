#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"

namespace keratin::inline v0::compile {

/// Who reads each value of a graph; counted once.
class Users {
 public:
  /// Reads by nodes that aren't live don't count.
  Users(const graph::Graph& graph, std::span<const char> live);

  /// Nodes that read the value, in their order; one twice if it reads it twice.
  std::span<const graph::NodeId> of(graph::ValueId value) const noexcept {
    return {nodes_.data() + begins_[value], nodes_.data() + begins_[value + 1]};
  }
  /// True for an output of the graph and for a variable's new value.
  bool escapes(graph::ValueId value) const noexcept { return escapes_[value] != 0; }
  bool is_read_once(graph::ValueId value) const noexcept { return of(value).size() == 1 && !escapes(value); }

 private:
  std::vector<std::uint32_t> begins_;
  std::vector<graph::NodeId> nodes_;
  std::vector<char> escapes_;
};

}  // namespace keratin::inline v0::compile
