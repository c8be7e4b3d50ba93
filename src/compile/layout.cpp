#include "compile/layout.h"

#include <algorithm>

#include "graph/text.h"
#include "graph/variable_of.h"
#include "ops/elementwise.h"

namespace keratin::inline v0::compile {

using graph::Attributes;
using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;
using runtime::Base;

namespace {

class Storages {
 public:
  explicit Storages(Layout& layout) : layout_(layout), graph_(layout.graph) {}

  void find() {
    layout_.storage.assign(graph_.value_count(), no_storage);
    for (NodeId id = 0; id < graph_.nodes().size(); ++id) visit(id);
    for (const graph::Update& update : graph_.updates()) variable(update.variable, graph_.spec(update.value));
  }

 private:
  StorageId add(Base home, std::uint32_t index, const graph::Spec& spec, ValueId value);
  StorageId variable(graph::VariableId id, const graph::Spec& spec);
  StorageId leaf(const Node& node);
  void visit(NodeId id);
  bool runs(const Node& node) const;

  Layout& layout_;
  const Graph& graph_;
  std::unordered_map<graph::VariableId, std::uint32_t> variables_;
};

StorageId Storages::add(Base home, std::uint32_t index, const graph::Spec& spec, ValueId value) {
  const auto id = static_cast<StorageId>(layout_.storages.size());
  Storage storage;
  storage.home = home;
  storage.index = index;
  storage.bytes = spec.bytes();
  storage.value = value;
  storage.content = id;
  layout_.storages.push_back(storage);
  return id;
}

/// The content of a variable before the run.
StorageId Storages::variable(graph::VariableId id, const graph::Spec& spec) {
  const auto [found, added] = variables_.try_emplace(id, static_cast<std::uint32_t>(layout_.variables.size()));
  if (added) {
    layout_.variables.push_back(id);
    layout_.before.push_back(add(Base::variable, found->second, spec, graph::no_value));
    layout_.after.push_back(layout_.before.back());
  }
  return layout_.before[found->second];
}

StorageId Storages::leaf(const Node& node) {
  const Attributes attributes(node.attributes);
  const graph::Spec& spec = graph_.spec(node.first_output);
  if (node.op == &graph::variable_op) return variable(graph::variable_of(node), spec);
  if (node.op == &graph::input_op) {
    const auto index = static_cast<std::uint32_t>(attributes.get<std::int64_t>("index"));
    return add(Base::input, index, spec, node.first_output);
  }
  return add(Base::constants, 0, spec, node.first_output);
}

/// A node whose outputs have no elements is never run.
bool Storages::runs(const Node& node) const {
  for (std::uint32_t i = 0; i < node.outputs; ++i)
    if (graph_.spec(node.first_output + i).elements() > 0) return true;
  return false;
}

void Storages::visit(NodeId id) {
  const Node& node = graph_.node(id);
  if (graph::is_leaf(node)) {
    layout_.storage[node.first_output] = leaf(node);
    return;
  }
  if (node.op->view) {
    layout_.storage[node.first_output] = layout_.storage[node.inputs[0]];
    return;
  }
  const std::int32_t step = layout_.end();
  for (std::uint32_t i = 0; i < node.outputs; ++i) {
    const ValueId value = node.first_output + i;
    const StorageId storage = add(Base::workspace, 0, graph_.spec(value), value);
    layout_.storages[storage].first = layout_.storages[storage].last = step;
    layout_.storage[value] = storage;
  }
  if (!runs(node)) return;
  layout_.steps.push_back(id);
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    if (reads_data(*node.op, i)) layout_.storages[layout_.storage[node.inputs[i]]].last = step;
}

}  // namespace

std::uint32_t in_place_bits(const Node& node) noexcept {
  return node.op == &ops::fused_op ? ~std::uint32_t{0} : node.op->in_place;
}

std::uint16_t overlaid_outputs(const Node& node) noexcept {
  return node.op == &ops::fused_op ? static_cast<std::uint16_t>(node.outputs) : std::uint16_t{1};
}

bool reads_data(const graph::OpDef& op, std::size_t input) noexcept {
  return input >= 32 || (op.shape_only >> input & 1u) == 0;
}

void find_storages(Layout& layout) { Storages(layout).find(); }

Layout lay_out(const Graph& graph, bool in_place) {
  Layout layout(graph);
  find_storages(layout);
  give_homes(layout, in_place);
  make_units(layout, in_place);
  return layout;
}

}  // namespace keratin::inline v0::compile
