#include "graph/graph.h"

#include <algorithm>
#include <memory>
#include <type_traits>
#include <utility>

namespace keratin::inline v0::graph {
namespace {

/// A copy in memory that is given back all at once, hence without destructors.
template <class T>
std::span<const T> copied(std::pmr::memory_resource& memory, std::span<const T> values) {
  static_assert(std::is_trivially_destructible_v<T>);
  if (values.empty()) return {};
  T* const copy = static_cast<T*>(memory.allocate(values.size_bytes(), alignof(T)));
  std::uninitialized_copy(values.begin(), values.end(), copy);
  return {copy, values.size()};
}

}  // namespace

constinit const OpDef input_op{.name = "input", .inputs = 0};
constinit const OpDef variable_op{.name = "variable", .inputs = 0};
constinit const OpDef constant_op{.name = "constant", .inputs = 0};
constinit const OpDef scalar_op{.name = "scalar", .inputs = 0};

Graph::Graph(std::pmr::memory_resource* memory)
    : memory_(memory),
      storage_(memory),
      nodes_(memory),
      values_(memory),
      inputs_(memory),
      outputs_(memory),
      updates_(memory),
      constants_(memory) {}

std::string_view Graph::stored(std::string_view text) {
  const std::span<const char> copy = copied(storage_, std::span<const char>(text));
  return {copy.data(), copy.size()};
}

std::span<const Attribute> Graph::stored(std::span<const Attribute> attributes) {
  if (attributes.empty()) return {};
  auto* const copy = static_cast<Attribute*>(storage_.allocate(attributes.size_bytes(), alignof(Attribute)));
  std::uninitialized_copy(attributes.begin(), attributes.end(), copy);
  const std::span<Attribute> result(copy, attributes.size());
  for (Attribute& attribute : result) {
    if (auto* const text = std::get_if<std::string_view>(&attribute.value)) *text = stored(*text);
    if (auto* const program = std::get_if<Program>(&attribute.value)) program->code = copied(storage_, program->code);
  }
  return result;
}

NodeId Graph::append(const OpDef& op, std::span<const ValueId> inputs, std::span<const Attribute> attributes,
                     std::span<const Spec> outputs, std::string_view owner, SourceLine where, bool is_gradient) {
  const auto id = static_cast<NodeId>(nodes_.size());
  Node node;
  node.op = &op;
  node.inputs = copied(storage_, inputs);
  node.attributes = stored(attributes);
  node.first_output = static_cast<ValueId>(values_.size());
  node.outputs = static_cast<std::uint32_t>(outputs.size());
  // A layer's nodes mostly follow one another: they share its path.
  node.owner = !nodes_.empty() && nodes_.back().owner == owner ? nodes_.back().owner : stored(owner);
  node.where = where;
  node.is_gradient = is_gradient;
  nodes_.push_back(node);
  try {
    values_.resize(values_.size() + outputs.size());
  } catch (...) {
    nodes_.pop_back();
    throw;
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) values_[node.first_output + i] = {outputs[i], id};
  return id;
}

ValueId Graph::add_input(const Spec& spec, std::string_view name, SourceLine where) {
  const Attribute attributes[] = {{"index", static_cast<std::int64_t>(inputs_.size())}, {"name", name}};
  inputs_.reserve(inputs_.size() + 1);
  const ValueId value = node(append(input_op, {}, attributes, {&spec, 1}, {}, where)).first_output;
  inputs_.push_back(value);
  return value;
}

ValueId Graph::add_variable(VariableId variable, const Spec& spec, std::string_view name) {
  const Attribute attributes[] = {{"variable", std::int64_t{variable}}, {"name", name}};
  return node(append(variable_op, {}, attributes, {&spec, 1})).first_output;
}

ValueId Graph::add_constant(const Array& array, SourceLine where) {
  const Attribute attribute{"index", static_cast<std::int64_t>(constants_.size())};
  const Spec spec{array.dtype(), array.shape()};
  constants_.push_back(array.contiguous());
  return node(append(constant_op, {}, {&attribute, 1}, {&spec, 1}, {}, where)).first_output;
}

ValueId Graph::add_scalar(double value, DType dtype) {
  const Attribute attribute{"value", value};
  const Spec spec{dtype, {}};
  return node(append(scalar_op, {}, {&attribute, 1}, {&spec, 1})).first_output;
}

bool Graph::as_scalar(ValueId value, double& number) const {
  const Node& from = producer(value);
  if (from.op == &scalar_op) {
    number = Attributes(from.attributes).get<double>("value");
    return true;
  }
  if (from.op != &constant_op) return false;
  const Array& array = constants_[static_cast<std::size_t>(Attributes(from.attributes).get<std::int64_t>("index"))];
  if (array.size() != 1 || array.dtype() == string || array.dtype() == complex64) return false;
  number = array.item<double>();
  return true;
}

void Graph::set_outputs(std::span<const ValueId> outputs) { outputs_.assign(outputs.begin(), outputs.end()); }

void Graph::set_updates(std::span<const Update> updates) { updates_.assign(updates.begin(), updates.end()); }

}  // namespace keratin::inline v0::graph
