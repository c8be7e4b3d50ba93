#include "layers/functional.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "graph/variable_of.h"
#include "keratin/core/error.h"
#include "layers/layer_call.h"

namespace keratin::inline v0::layers {
namespace {

using graph::Attributes;
using graph::Builder;
using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

std::vector<ValueId> ids_of(const Builder& builder, std::span<const Tensor> tensors) {
  std::vector<ValueId> ids;
  ids.reserve(tensors.size());
  for (const Tensor& tensor : tensors) ids.push_back(builder.id(tensor));
  return ids;
}

/// Adds one node to the current graph; its outputs.
std::vector<Tensor> repeated(Builder& target, const Graph& source, const Node& node, std::span<const Tensor> inputs) {
  const Attributes attributes(node.attributes);
  if (node.op == &graph::scalar_op)
    return {target.scalar(attributes.get<double>("value"), source.spec(node.first_output).dtype)};
  if (node.op == &graph::constant_op)
    return {target.constant(source.constants()[static_cast<std::size_t>(attributes.get<std::int64_t>("index"))])};
  if (node.op == &graph::variable_op)
    return {target.read(graph::variable_of(node), source.spec(node.first_output),
                        attributes.get<std::string_view>("name"))};
  if (called_layer(node) != nullptr) return repeat_layer_call(node, inputs);
  const Builder::Scope scope(target, target.owner(), node.where);
  return target.append(*node.op, inputs, node.attributes);
}

}  // namespace

std::string input_name(const Graph& graph, ValueId value) {
  const Node& node = graph.producer(value);
  if (node.op != &graph::input_op) return {};
  return std::string(Attributes(node.attributes).get<std::string_view>("name"));
}

std::string unlike(const std::string& name, std::span<const std::string> taken) {
  std::string one = name;
  for (int number = 1; std::find(taken.begin(), taken.end(), one) != taken.end(); ++number)
    one = name + "_" + std::to_string(number);
  return one;
}

std::vector<NodeId> nodes_between(const Builder& builder, std::span<const Tensor> inputs,
                                  std::span<const Tensor> outputs, const std::string& model) {
  const Graph& graph = builder.graph();
  const std::vector<ValueId> given = ids_of(builder, inputs);
  std::vector<ValueId> open = ids_of(builder, outputs);
  std::vector<bool> taken(graph.nodes().size());
  std::vector<NodeId> nodes;
  while (!open.empty()) {
    const ValueId value = open.back();
    open.pop_back();
    const NodeId id = graph.producer_id(value);
    if (taken[id] || std::find(given.begin(), given.end(), value) != given.end()) continue;
    const Node& node = graph.node(id);
    if (node.op == &graph::input_op)
      throw ValueError("An output of the model '" + model + "' depends on a symbolic input that isn't among the " +
                       "model's inputs. Add it to them. Received: " + builder.describe(value));
    taken[id] = true;
    nodes.push_back(id);
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

namespace {

/// Orders as Keras does: depth first from the outputs.
class DepthOrder {
 public:
  DepthOrder(const Graph& graph, std::span<const NodeId> nodes) : graph_(graph), in_model_(graph.nodes().size()) {
    for (const NodeId id : nodes) in_model_[id] = true;
  }

  void visit(ValueId value) {
    const NodeId id = graph_.producer_id(value);
    if (!in_model_[id] || !visited_.insert(id).second) return;
    first_seen_.try_emplace(operation(id), first_seen_.size());
    for (const ValueId input : graph_.node(id).inputs) visit(input);
    finished_.push_back(id);
  }

  std::vector<GraphOperation> operations() const {
    std::unordered_map<NodeId, std::size_t> depths;
    std::unordered_map<const void*, std::size_t> operation_depths;
    for (const NodeId id : std::views::reverse(finished_)) {
      std::size_t& of_operation = operation_depths[operation(id)];
      const std::size_t depth = std::max(depths[id], of_operation);
      of_operation = depths[id] = depth;
      for (const ValueId input : graph_.node(id).inputs) {
        std::size_t& before = depths[graph_.producer_id(input)];
        before = std::max(before, depth + 1);
      }
    }
    std::vector<GraphOperation> all = found();
    const auto key = [&](const GraphOperation& each) { return operation(each.nodes.front()); };
    std::sort(all.begin(), all.end(), [&](const GraphOperation& a, const GraphOperation& b) {
      const std::size_t depth_a = operation_depths.at(key(a));
      const std::size_t depth_b = operation_depths.at(key(b));
      return depth_a != depth_b ? depth_a > depth_b : first_seen_.at(key(a)) < first_seen_.at(key(b));
    });
    return all;
  }

 private:
  /// What Keras calls an operation: a layer, however often it is called, or a single node.
  const void* operation(NodeId id) const {
    const Node& node = graph_.node(id);
    const Layer* const layer = called_layer(node);
    return layer != nullptr ? static_cast<const void*>(layer) : &node;
  }
  std::vector<GraphOperation> found() const {
    std::vector<NodeId> in_order = finished_;
    std::sort(in_order.begin(), in_order.end());
    std::vector<GraphOperation> all;
    std::unordered_map<const Layer*, std::size_t> places;
    for (const NodeId id : in_order) {
      const Node& node = graph_.node(id);
      if (node.op == &graph::scalar_op || node.op == &graph::constant_op) continue;
      Layer* const layer = called_layer(node);
      const auto place = layer == nullptr ? places.end() : places.find(layer);
      if (place != places.end()) {
        all[place->second].nodes.push_back(id);
        continue;
      }
      if (layer != nullptr) places.emplace(layer, all.size());
      all.push_back({layer, {id}});
    }
    return all;
  }

  const Graph& graph_;
  std::vector<bool> in_model_;
  std::unordered_set<NodeId> visited_;
  std::vector<NodeId> finished_;
  std::unordered_map<const void*, std::size_t> first_seen_;
};

}  // namespace

std::vector<GraphOperation> operations_by_depth(const Builder& builder, std::span<const NodeId> nodes,
                                                std::span<const Tensor> outputs) {
  DepthOrder order(builder.graph(), nodes);
  for (const Tensor& output : outputs) order.visit(builder.id(output));
  return order.operations();
}

std::vector<Layer*> layers_by_depth(const Builder& builder, std::span<const NodeId> nodes,
                                    std::span<const Tensor> outputs) {
  std::vector<Layer*> layers;
  for (const GraphOperation& each : operations_by_depth(builder, nodes, outputs))
    if (each.layer != nullptr) layers.push_back(each.layer);
  return layers;
}

std::vector<Tensor> repeat_nodes(const Builder& builder, std::span<const NodeId> nodes, std::span<const Tensor> inputs,
                                 std::span<const Tensor> outputs, std::span<const Tensor> given) {
  const Graph& source = builder.graph();
  Builder& target = Builder::current_or_throw("a model's call");
  std::unordered_map<ValueId, Tensor> values;
  for (std::size_t i = 0; i < inputs.size(); ++i) values.insert_or_assign(builder.id(inputs[i]), given[i]);
  for (const NodeId id : nodes) {
    const Node& node = source.node(id);
    std::vector<Tensor> arguments;
    arguments.reserve(node.inputs.size());
    for (const ValueId input : node.inputs) arguments.push_back(values.at(input));
    const std::vector<Tensor> results = repeated(target, source, node, arguments);
    for (std::size_t i = 0; i < results.size(); ++i)
      values.try_emplace(node.first_output + static_cast<ValueId>(i),
                         results[i]);  // an input that it makes stays given
  }
  std::vector<Tensor> results;
  results.reserve(outputs.size());
  for (const Tensor& output : outputs) results.push_back(values.at(builder.id(output)));
  return results;
}

}  // namespace keratin::inline v0::layers
