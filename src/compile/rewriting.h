#pragma once

#include <memory>
#include <memory_resource>
#include <utility>
#include <vector>

#include "compile/copier.h"
#include "compile/users.h"
#include "graph/graph.h"

namespace keratin::inline v0::compile {

/// A pass that looks at the live nodes one after another, and puts something else in a node's place or has it copied.
class Rewriting {
 public:
  Rewriting(const graph::Graph& from, graph::Graph& to)
      : graph_(from), live_(live_nodes(from)), users_(from, live_), copier_(from, to) {}
  Rewriting(const Rewriting&) = delete;
  Rewriting& operator=(const Rewriting&) = delete;

  void run() {
    for (graph::NodeId id = 0; id < graph_.nodes().size(); ++id)
      if (live_[id] != 0 && !replaces(id, graph_.node(id))) copier_.copy(graph_.node(id));
    copier_.finish();
  }

 protected:
  ~Rewriting() = default;

  /// Whether something else stands in the node's place now, or nothing has to.
  virtual bool replaces(graph::NodeId id, const graph::Node& node) = 0;

  const graph::Graph& graph_;
  std::vector<char> live_;  ///< by node
  Users users_;
  Copier copier_;
};

/// The graph after a pass that is made of (from, to, …) and does its work in run().
template <class Pass, class... Arguments>
std::unique_ptr<graph::Graph> rewritten(const graph::Graph& graph, std::pmr::memory_resource* memory,
                                        Arguments&&... arguments) {
  auto result = std::make_unique<graph::Graph>(memory);
  Pass(graph, *result, std::forward<Arguments>(arguments)...).run();
  return result;
}

}  // namespace keratin::inline v0::compile
