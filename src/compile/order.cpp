#include <algorithm>
#include <functional>
#include <queue>
#include <unordered_map>
#include <utility>

#include "compile/groups.h"
#include "compile/layout.h"
#include "graph/variable_of.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

/// Kahn's algorithm with a queue by rank; wishes (a variable's readers before its writer) are given up where they
/// would stop it.
class Ordering {
 public:
  Ordering(const Graph& graph, const Users& users, const Groups& groups)
      : graph_(graph), users_(users), groups_(groups), states_(groups.members.size()) {}

  std::vector<GroupId> run() {
    find_edges();
    find_wishes();
    rank_groups();
    for (GroupId group = 0; group < states_.size(); ++group)
      if (!groups_.members[group].empty()) consider(group);
    while (take(ready_) || take(possible_)) {
    }
    return std::move(result_);
  }

 private:
  struct State {
    std::vector<GroupId> next;    ///< groups that need it
    std::vector<GroupId> wishes;  ///< groups that had better come later
    std::uint32_t needs = 0;
    std::uint32_t waits = 0;
    std::pair<int, NodeId> rank;
    bool done = false;
  };
  using Entry = std::pair<std::pair<int, NodeId>, GroupId>;
  using Queue = std::priority_queue<Entry, std::vector<Entry>, std::greater<>>;

  void find_edges();
  void find_wishes();
  void rank_groups();
  bool is_final_update(GroupId group, const std::vector<char>& final_update) const;
  ValueId viewed(ValueId value) const;
  void consider(GroupId group);
  bool take(Queue& queue);

  const Graph& graph_;
  const Users& users_;
  const Groups& groups_;
  std::vector<State> states_;
  Queue ready_;     ///< nothing is missing
  Queue possible_;  ///< only wishes are
  std::vector<GroupId> result_;
};

void Ordering::find_edges() {
  for (GroupId group = 0; group < states_.size(); ++group) {
    std::vector<GroupId> sources;
    for (const NodeId member : groups_.members[group])
      for (const ValueId value : graph_.node(member).inputs) {
        const GroupId from = groups_.of[graph_.producer_id(value)];
        if (from != no_group && from != group) sources.push_back(from);
      }
    std::sort(sources.begin(), sources.end());
    sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
    for (const GroupId from : sources) states_[from].next.push_back(group);
    states_[group].needs = static_cast<std::uint32_t>(sources.size());
  }
}

/// What a view, or a view of it, shows.
ValueId Ordering::viewed(ValueId value) const {
  while (graph_.producer(value).op->view) value = graph_.producer(value).inputs[0];
  return value;
}

void Ordering::find_wishes() {
  std::unordered_map<std::int64_t, GroupId> writers;
  for (const graph::Update& update : graph_.updates())
    if (const GroupId group = groups_.of[graph_.producer_id(viewed(update.value))]; group != no_group)
      writers.emplace(update.variable, group);
  for (GroupId group = 0; group < states_.size(); ++group)
    for (const NodeId member : groups_.members[group]) {
      const Node& node = graph_.node(member);
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Node& source = graph_.producer(viewed(node.inputs[i]));
        if (source.op != &graph::variable_op || !reads_data(*node.op, i)) continue;
        const auto writer = writers.find(graph::variable_of(source));
        if (writer == writers.end() || writer->second == group) continue;
        states_[group].wishes.push_back(writer->second);
        ++states_[writer->second].waits;
      }
    }
}

/// True for elementwise groups of which nothing but new values of variables, or other such groups, come.
bool Ordering::is_final_update(GroupId group, const std::vector<char>& final_update) const {
  bool any = false;
  for (const NodeId member : groups_.members[group]) {
    const Node& node = graph_.node(member);
    if (!is_elementwise(node)) return false;
    for (const NodeId reader : users_.of(node.first_output))
      if (const GroupId other = groups_.of[reader]; other != group && final_update[other] == 0) return false;
    any = any || users_.escapes(node.first_output) || !users_.of(node.first_output).empty();
  }
  return any;
}

void Ordering::rank_groups() {
  std::vector<GroupId> by_last;
  for (GroupId group = 0; group < states_.size(); ++group)
    if (!groups_.members[group].empty()) by_last.push_back(group);
  std::sort(by_last.begin(), by_last.end(),
            [&](GroupId a, GroupId b) { return groups_.members[a].back() > groups_.members[b].back(); });
  std::vector<char> final_update(states_.size(), 0);
  for (const GroupId group : by_last) {
    final_update[group] = is_final_update(group, final_update) ? 1 : 0;
    states_[group].rank = {final_update[group] != 0 ? 0 : 1, groups_.members[group].back()};
  }
}

void Ordering::consider(GroupId group) {
  const State& state = states_[group];
  if (state.done || state.needs > 0) return;
  (state.waits == 0 ? ready_ : possible_).emplace(state.rank, group);
}

bool Ordering::take(Queue& queue) {
  while (!queue.empty()) {
    const GroupId group = queue.top().second;
    queue.pop();
    State& state = states_[group];
    if (std::exchange(state.done, true)) continue;
    result_.push_back(group);
    for (const GroupId next : state.next) {
      --states_[next].needs;
      consider(next);
    }
    for (const GroupId next : state.wishes) {
      --states_[next].waits;
      consider(next);
    }
    return true;
  }
  return false;
}

}  // namespace

std::vector<GroupId> ordered(const Graph& graph, const Users& users, const Groups& groups) {
  return Ordering(graph, users, groups).run();
}

}  // namespace keratin::inline v0::compile
