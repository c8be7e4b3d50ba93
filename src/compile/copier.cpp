#include "compile/copier.h"

#include "graph/text.h"
#include "graph/variable_of.h"

namespace keratin::inline v0::compile {

using graph::Attributes;
using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Spec;
using graph::ValueId;

std::vector<char> live_nodes(const Graph& graph) {
  return live_nodes(graph, [](NodeId, std::size_t) { return true; });
}

Copier::Copier(const Graph& from, Graph& to) : from_(from), to_(to), now_(from.value_count(), graph::no_value) {}

std::span<const ValueId> Copier::inputs(const Node& node) {
  inputs_.clear();
  for (const ValueId value : node.inputs) inputs_.push_back(at(value));
  return inputs_;
}

std::span<const Spec> Copier::specs(const Node& node) {
  specs_.clear();
  for (std::uint32_t i = 0; i < node.outputs; ++i) specs_.push_back(from_.spec(node.first_output + i));
  return specs_;
}

void Copier::copy_leaf(const Node& node) {
  const Attributes attributes(node.attributes);
  const Spec& spec = from_.spec(node.first_output);
  if (node.op == &graph::input_op) {
    set(node.first_output, to_.add_input(spec, attributes.get<std::string_view>("name"), node.where));
  } else if (node.op == &graph::variable_op) {
    set(node.first_output, to_.add_variable(graph::variable_of(node), spec, attributes.get<std::string_view>("name")));
  } else if (node.op == &graph::constant_op) {
    const auto index = static_cast<std::size_t>(attributes.get<std::int64_t>("index"));
    set(node.first_output, to_.add_constant(from_.constants()[index], node.where));
  } else {
    set(node.first_output, to_.add_scalar(attributes.get<double>("value"), spec.dtype));
  }
}

void Copier::copy(const Node& node) {
  if (graph::is_leaf(node)) {
    copy_leaf(node);
  } else {
    copy(node, inputs(node), specs(node));
  }
}

void Copier::copy(const Node& node, std::span<const ValueId> inputs, std::span<const Spec> specs) {
  put(node, *node.op, inputs, node.attributes, specs);
}

void Copier::replace(const Node& node, const graph::OpDef& op, std::span<const ValueId> inputs,
                     std::span<const graph::Attribute> attributes) {
  put(node, op, inputs, attributes, specs(node));
}

void Copier::put(const Node& node, const graph::OpDef& op, std::span<const ValueId> inputs,
                 std::span<const graph::Attribute> attributes, std::span<const Spec> specs) {
  const ValueId first = append(node, op, inputs, attributes, specs);
  for (std::uint32_t i = 0; i < node.outputs; ++i) set(node.first_output + i, first + i);
}

ValueId Copier::append(const Node& like, const graph::OpDef& op, std::span<const ValueId> inputs,
                       std::span<const graph::Attribute> attributes, std::span<const Spec> specs) {
  return to_.node(to_.append(op, inputs, attributes, specs, like.owner, like.where, like.is_gradient)).first_output;
}

void Copier::finish() {
  std::vector<ValueId> outputs;
  outputs.reserve(from_.outputs().size());
  for (const ValueId value : from_.outputs()) outputs.push_back(at(value));
  std::vector<graph::Update> updates(from_.updates().begin(), from_.updates().end());
  for (graph::Update& update : updates) {
    update.value = at(update.value);
    update.name = to_.stored(update.name);
  }
  to_.set_outputs(outputs);
  to_.set_updates(updates);
}

}  // namespace keratin::inline v0::compile
