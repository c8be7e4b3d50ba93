#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "graph/text.h"

namespace keratin::inline v0::graph {
namespace {

/// Layers as nested boxes.
struct Cluster {
  std::string_view name;
  std::vector<NodeId> nodes;
  std::vector<Cluster> inner;

  Cluster& at(std::string_view path);
  void write(const Graph& graph, std::string& text, const std::string& indent, int& count) const;
};

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '\n') {
      result += "\\n";
      continue;
    }
    if (letter == '"' || letter == '\\') result += '\\';
    result += letter;
  }
  return result + "\"";
}

std::string node_name(NodeId id) { return "n" + std::to_string(id); }

/// The cluster of "sequential/dense", made if need be.
Cluster& Cluster::at(std::string_view path) {
  if (path.empty()) return *this;
  const std::size_t slash = path.find('/');
  const std::string_view head = path.substr(0, slash);
  const std::string_view rest = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  for (Cluster& cluster : inner)
    if (cluster.name == head) return cluster.at(rest);
  inner.push_back({head, {}, {}});
  return inner.back().at(rest);
}

void write_node(const Graph& graph, NodeId id, std::string& text, const std::string& indent) {
  const Node& node = graph.node(id);
  std::string label(node.op->name);
  if (is_leaf(node)) label = operand(graph, node.first_output);
  for (ValueId value = node.first_output; value < node.first_output + node.outputs; ++value)
    label += "\n" + to_string(graph.spec(value));
  text += indent + node_name(id) + " [label=" + in_quotes(label) + (is_leaf(node) ? ", shape=box" : "") + "];\n";
}

void Cluster::write(const Graph& graph, std::string& text, const std::string& indent, int& count) const {
  for (const NodeId id : nodes) write_node(graph, id, text, indent);
  for (const Cluster& cluster : inner) {
    text += indent + "subgraph cluster_" + std::to_string(count++) + " {\n";
    text += indent + "  label=" + in_quotes(cluster.name) + ";\n";
    cluster.write(graph, text, indent + "  ", count);
    text += indent + "}\n";
  }
}

void write_edges(const Graph& graph, std::string& text) {
  for (NodeId id = 0; id < graph.nodes().size(); ++id)
    for (const ValueId input : graph.node(id).inputs)
      text += "  " + node_name(graph.producer_id(input)) + " -> " + node_name(id) + ";\n";
}

/// Outputs and updates, as nodes of their own.
void write_ends(const Graph& graph, std::string& text) {
  int count = 0;
  const auto write = [&](std::string_view label, ValueId value) {
    const std::string name = "end" + std::to_string(count++);
    text += "  " + name + " [label=" + in_quotes(label) + ", shape=box];\n";
    text += "  " + node_name(graph.producer_id(value)) + " -> " + name + ";\n";
  };
  for (const ValueId value : graph.outputs()) write("return", value);
  for (const Update& update : graph.updates()) write(std::string(update.name) + " <-", update.value);
}

}  // namespace

std::string to_dot(const Graph& graph) {
  Cluster root;
  for (NodeId id = 0; id < graph.nodes().size(); ++id) root.at(graph.node(id).owner).nodes.push_back(id);
  std::string text = "digraph {\n";
  int count = 0;
  root.write(graph, text, "  ", count);
  write_edges(graph, text);
  write_ends(graph, text);
  return text + "}\n";
}

}  // namespace keratin::inline v0::graph
