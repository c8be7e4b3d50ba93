#include <string>

#include "graph/graph.h"
#include "graph/text.h"

namespace keratin::inline v0::graph {
namespace {

/// What stands on a leaf's own line: inputs and constants; variables and scalars stand where they are read.
std::string leaf_line(const Graph& graph, const Node& node) {
  if (node.op != &input_op && node.op != &constant_op) return {};
  return std::string(node.op->name) + " " + operand(graph, node.first_output) + " " +
         to_string(graph.spec(node.first_output)) + "\n";
}

std::string node_line(const Graph& graph, const Node& node) {
  std::string left;
  std::string specs;
  for (ValueId value = node.first_output; value < node.first_output + node.outputs; ++value) {
    left += (left.empty() ? "" : ", ") + operand(graph, value);
    specs += (specs.empty() ? "" : ", ") + to_string(graph.spec(value));
  }
  return left + " = " + call_text(graph, node) + " " + specs + "\n";
}

}  // namespace

bool is_leaf(const Node& node) noexcept {
  return node.op == &input_op || node.op == &variable_op || node.op == &constant_op || node.op == &scalar_op;
}

std::string operand(const Graph& graph, ValueId value) {
  const Node& node = graph.producer(value);
  const Attributes attributes(node.attributes);
  if (node.op == &scalar_op) return text_of(attributes.get<double>("value"));
  if (node.op == &input_op || node.op == &variable_op)
    if (const auto name = attributes.get<std::string_view>("name"); !name.empty()) return std::string(name);
  return "%" + std::to_string(value);
}

std::string call_text(const Graph& graph, const Node& node) {
  std::string text(node.op->name);
  std::string attributes;
  for (const Attribute& attribute : node.attributes) {
    if (attribute.name.front() == '_') continue;  // of no meaning to a reader
    if (std::holds_alternative<Program>(attribute.value)) {
      text += text_of(attribute.value);
    } else {
      attributes += (attributes.empty() ? "" : ", ") + to_string(attribute);
    }
  }
  text += '(';
  for (std::size_t i = 0; i < node.inputs.size(); ++i) text += (i == 0 ? "" : ", ") + operand(graph, node.inputs[i]);
  text += ')';
  return attributes.empty() ? text : text + "{" + attributes + "}";
}

std::string to_text(const Graph& graph) {
  std::string text;
  for (const Node& node : graph.nodes())
    if (is_leaf(node)) text += leaf_line(graph, node);
  for (const Node& node : graph.nodes())
    if (!is_leaf(node)) text += node_line(graph, node);
  std::string outputs;
  for (const ValueId value : graph.outputs()) outputs += (outputs.empty() ? "" : ", ") + operand(graph, value);
  if (!outputs.empty()) text += "return " + outputs + "\n";
  for (const Update& update : graph.updates())
    text += std::string(update.name) + " <- " + operand(graph, update.value) + "\n";
  return text;
}

}  // namespace keratin::inline v0::graph
