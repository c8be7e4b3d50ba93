#include "compile/groups.h"

#include <algorithm>
#include <iterator>

#include "compile/layout.h"
#include "graph/text.h"

namespace keratin::inline v0::compile {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

namespace {

/// Groups that are looked at to find out whether two may become one.
constexpr int most_between = 400;

class Joining {
 public:
  Joining(const Graph& graph, const Users& users, Groups& groups)
      : graph_(graph), users_(users), groups_(groups), seen_(groups.members.size(), 0) {
    for (const auto& members : groups.members) reach_.push_back(members.front());
  }

  void run() {
    // A result and its readers first: what is left are readers of the same thing.
    for (NodeId id = 0; id < graph_.nodes().size(); ++id)
      if (joins(id)) join_with_producers(id);
    for (ValueId value = 0; value < graph_.value_count(); ++value) join_readers(value);
  }

 private:
  bool joins(NodeId id) const { return groups_.of[id] != no_group && is_elementwise(graph_.node(id)); }
  const Shape& shape_of(NodeId id) const { return graph_.spec(graph_.node(id).first_output).shape; }
  void join_with_producers(NodeId id);
  void join_readers(ValueId value);
  bool try_merge(GroupId a, GroupId b);
  bool fits_program(const std::vector<NodeId>& members) const;
  bool has_way_back(GroupId a, GroupId b);
  void extend_reach(GroupId group);

  const Graph& graph_;
  const Users& users_;
  Groups& groups_;
  std::vector<NodeId> reach_;        ///< by group: the last node in it and in all that it depends on
  std::vector<std::uint32_t> seen_;  ///< by group: in which search it was met
  std::uint32_t search_ = 0;
  std::vector<GroupId> stack_;
};

void Joining::join_with_producers(NodeId id) {
  const Node& node = graph_.node(id);
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const NodeId producer = graph_.producer_id(node.inputs[i]);
    if (reads_data(*node.op, i) && joins(producer) && shape_of(producer) == shape_of(id))
      try_merge(groups_.of[producer], groups_.of[id]);
  }
}

void Joining::join_readers(ValueId value) {
  const std::span<const NodeId> readers = users_.of(value);
  if (readers.size() < 2) return;
  NodeId first = graph::no_value;
  for (const NodeId reader : readers) {
    if (!joins(reader) || shape_of(reader) != graph_.spec(value).shape) continue;
    // One that can't join the first is no worse a start for the rest.
    if (first == graph::no_value || !try_merge(groups_.of[first], groups_.of[reader])) first = reader;
  }
}

/// Merges two groups into the one with the lower id if the result is a program and no cycle.
bool Joining::try_merge(GroupId a, GroupId b) {
  if (a == b) return true;
  if (a > b) std::swap(a, b);
  if (groups_.members[a].size() + groups_.members[b].size() > max_program_code) return false;
  std::vector<NodeId> members;
  std::merge(groups_.members[a].begin(), groups_.members[a].end(), groups_.members[b].begin(), groups_.members[b].end(),
             std::back_inserter(members));
  if (!fits_program(members) || has_way_back(a, b)) return false;
  for (const NodeId member : groups_.members[b]) groups_.of[member] = a;
  groups_.members[a] = std::move(members);
  groups_.members[b].clear();
  reach_[a] = std::max(reach_[a], reach_[b]);
  extend_reach(a);
  return true;
}

bool Joining::fits_program(const std::vector<NodeId>& members) const {
  const auto is_member = [&](NodeId id) { return std::binary_search(members.begin(), members.end(), id); };
  std::vector<ValueId> inputs;
  std::size_t immediates = 0;
  std::size_t outputs = 0;
  for (const NodeId id : members) {
    const Node& node = graph_.node(id);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (is_program_input(graph_, node, i)) {
        if (!is_member(graph_.producer_id(node.inputs[i]))) inputs.push_back(node.inputs[i]);
      } else {
        ++immediates;
      }
    }
    const std::span<const NodeId> readers = users_.of(node.first_output);
    if (users_.escapes(node.first_output) || !std::all_of(readers.begin(), readers.end(), is_member)) ++outputs;
  }
  std::sort(inputs.begin(), inputs.end());
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  return members.size() + immediates <= max_program_code && inputs.size() <= max_program_inputs &&
         outputs <= max_program_outputs;
}

/// Groups that depend on this one reach at least as far.
void Joining::extend_reach(GroupId group) {
  stack_.assign(1, group);
  while (!stack_.empty()) {
    const GroupId from = stack_.back();
    stack_.pop_back();
    for (const NodeId member : groups_.members[from]) {
      const Node& node = graph_.node(member);
      for (ValueId value = node.first_output; value < node.first_output + node.outputs; ++value)
        for (const NodeId reader : users_.of(value)) {
          const GroupId next = groups_.of[reader];
          if (next == from || reach_[next] >= reach_[from]) continue;
          reach_[next] = reach_[from];
          stack_.push_back(next);
        }
    }
  }
}

/// True if a way leads from one of the two groups through a third one back into them. A group that reaches less far
/// than their first node can't be on it. True, too, where so many groups lie between that it takes long to tell: in a
/// deep network that would be most of the time that planning takes, and what is so far apart gains little by being one
/// program.
bool Joining::has_way_back(GroupId a, GroupId b) {
  ++search_;
  int met = 0;
  stack_.clear();
  const NodeId first = std::min(groups_.members[a].front(), groups_.members[b].front());
  const auto push_inputs = [&](GroupId group) {
    for (const NodeId member : groups_.members[group])
      for (const ValueId value : graph_.node(member).inputs) {
        const GroupId from = groups_.of[graph_.producer_id(value)];
        if (from == no_group || from == group || seen_[from] == search_) continue;
        const bool inside = from == a || from == b;
        if (inside && (group == a || group == b)) continue;
        if (!inside && reach_[from] < first) continue;
        if (!inside) {
          seen_[from] = search_;
          ++met;
        }
        stack_.push_back(from);
      }
  };
  push_inputs(a);
  push_inputs(b);
  while (!stack_.empty()) {
    const GroupId group = stack_.back();
    stack_.pop_back();
    if (group == a || group == b || met > most_between) return true;
    push_inputs(group);
  }
  return false;
}

}  // namespace

bool is_elementwise(const Node& node) noexcept { return node.op->scalar != graph::ScalarOp::none && node.outputs == 1; }

bool is_program_input(const Graph& graph, const Node& node, std::size_t input) noexcept {
  return reads_data(*node.op, input) && graph.producer(node.inputs[input]).op != &graph::scalar_op;
}

Groups single_groups(const Graph& graph, std::span<const char> live) {
  Groups groups;
  groups.of.assign(graph.nodes().size(), no_group);
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    if (live[id] == 0 || graph::is_leaf(graph.node(id))) continue;
    groups.of[id] = static_cast<GroupId>(groups.members.size());
    groups.members.push_back({id});
  }
  return groups;
}

void join_elementwise(const Graph& graph, const Users& users, Groups& groups) { Joining(graph, users, groups).run(); }

}  // namespace keratin::inline v0::compile
