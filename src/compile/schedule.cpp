#include <vector>

#include "compile/copier.h"
#include "compile/groups.h"
#include "compile/passes.h"

namespace keratin::inline v0::compile {

std::unique_ptr<graph::Graph> scheduled(const graph::Graph& graph, bool fuse, std::pmr::memory_resource* memory) {
  const std::vector<char> live = live_nodes(graph);
  const Users users(graph, live);
  Groups groups = single_groups(graph, live);
  if (fuse) join_elementwise(graph, users, groups);
  return emitted(graph, users, groups, ordered(graph, users, groups), memory);
}

}  // namespace keratin::inline v0::compile
