#include "layers/graph_config.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "core/class_name.h"
#include "keratin/layers/core.h"
#include "layers/call_arguments.h"
#include "layers/checks.h"
#include "layers/functional.h"
#include "layers/layer_call.h"
#include "layers/network.h"
#include "layers/operation_config.h"
#include "layers/registry.h"

namespace keratin::inline v0::layers {
namespace {

using graph::NodeId;
using graph::ValueId;

/// Where a value comes from, as a file says it: a layer's name, which of its calls, which of that call's results.
struct History {
  std::string name;
  std::size_t call = 0;
  std::size_t result = 0;
  bool is_of_model = false;

  ConfigValue config() const { return ConfigValue::List{name, call, result}; }
  /// As Keras counts in a model's outputs: a functional model's own call, which made it, is its first.
  ConfigValue output_config() const { return ConfigValue::List{name, call + (is_of_model ? 1 : 0), result}; }
};

class GraphWriter {
 public:
  explicit GraphWriter(const ModelGraph& model)
      : model_(model),
        graph_(model.builder.graph()),
        operations_(operations_by_depth(model.builder, model.nodes, model.outputs)) {
    for (const GraphOperation& each : operations_)
      if (each.layer != nullptr) taken_.push_back(each.layer->name());
    name_inputs();
    name_outputs();
    for (const GraphOperation& each : operations_) add_histories(each);
  }

  Config config() {
    ConfigValue::List layers;
    for (const Tensor& input : model_.inputs) layers.emplace_back(input_entry(model_.builder.id(input)));
    for (const GraphOperation& each : operations_)
      layers.emplace_back(each.layer != nullptr ? layer_entry(each) : operation_entry(each.nodes.front()));
    return {{"layers", std::move(layers)},
            {"input_layers", structure(model_.inputs, model_.input_keys, &History::config)},
            {"output_layers", structure(model_.outputs, model_.output_keys, &History::output_config)}};
  }

 private:
  std::string fresh(const std::string& wanted) {
    taken_.push_back(unlike(wanted, taken_));
    return taken_.back();
  }

  void name_inputs() {
    for (const Tensor& input : model_.inputs) {
      const ValueId value = model_.builder.id(input);
      const std::string name = input_name(graph_, value);
      histories_[value] = {.name = fresh(name.empty() ? "input_layer" : name)};
    }
  }

  /// Operations that the model's outputs come from are called as the model calls those.
  void name_outputs() {
    if (!model_.output_keys.empty()) return;
    for (std::size_t i = 0; i < model_.outputs.size(); ++i) {
      const NodeId node = graph_.producer_id(model_.builder.id(model_.outputs[i]));
      const bool is_one = called_layer(graph_.node(node)) == nullptr && graph_.node(node).op != &graph::input_op;
      if (is_one && !names_.contains(node)) names_[node] = fresh(model_.output_names[i]);
    }
  }

  void add_histories(const GraphOperation& operation) {
    if (operation.layer == nullptr && !names_.contains(operation.nodes.front())) {
      const std::string_view op = graph_.node(operation.nodes.front()).op->name;
      names_[operation.nodes.front()] = fresh(std::string(op));
    }
    const auto* const network = dynamic_cast<const Network*>(operation.layer);
    for (std::size_t call = 0; call < operation.nodes.size(); ++call) {
      const graph::Node& node = graph_.node(operation.nodes[call]);
      for (std::uint32_t i = 0; i < node.outputs; ++i)
        histories_.try_emplace(
            node.first_output + i,
            History{.name = operation.layer != nullptr ? operation.layer->name() : names_.at(operation.nodes[call]),
                    .call = call,
                    .result = i,
                    .is_of_model = network != nullptr && !network->is_sequential()});
    }
  }

  ConfigValue value_config(ValueId value) const {
    if (ConfigValue constant = constant_config(graph_, graph_.producer(value)); !constant.is_none()) return constant;
    const graph::Spec& spec = graph_.spec(value);
    return Config{{"class_name", "__keras_tensor__"},
                  {"config", Config{{"shape", config_of(spec.shape)},
                                    {"dtype", std::string(name_of(spec.dtype))},
                                    {"keras_history", histories_.at(value).config()}}}};
  }

  Config input_entry(ValueId value) const {
    Config entry = input_object(histories_.at(value).name, graph_.spec(value));
    entry.set("name", histories_.at(value).name);
    entry.set("inbound_nodes", ConfigValue::List());
    return entry;
  }

  Config layer_entry(const GraphOperation& operation) const {
    const Layer& layer = *operation.layer;
    const auto* const network = dynamic_cast<const Network*>(&layer);
    const auto keys = network != nullptr ? network->input_keys() : std::span<const std::string>();
    const ConfigOf config_of = [this](const Tensor& tensor) { return value_config(model_.builder.id(tensor)); };
    ConfigValue::List calls;
    for (const NodeId id : operation.nodes) {
      const graph::Node& node = graph_.node(id);
      std::vector<Tensor> tensors;
      for (const ValueId value : node.inputs) tensors.push_back(model_.builder.tensor(value));
      calls.emplace_back(call_config(layer.class_name(), call_in(node, tensors), keys, config_of));
    }
    Config entry = object_of(layer);
    entry.set("name", layer.name());
    entry.set("inbound_nodes", std::move(calls));
    return entry;
  }

  Config operation_entry(NodeId id) const {
    OperationConfig written = operation_config(graph_, graph_.node(id), [this](ValueId v) { return value_config(v); });
    Config config{{"name", names_.at(id)}};
    for (const auto& [option, value] : written.config.entries()) config.set(option, value);
    Config call{{"args", std::move(written.args)}, {"kwargs", Config()}};
    return {{"module", written.module},    {"class_name", written.class_name},
            {"config", std::move(config)}, {"registered_name", written.class_name},
            {"name", names_.at(id)},       {"inbound_nodes", ConfigValue::List{std::move(call)}}};
  }

  /// One tensor, a list or a dictionary, as the user gave it.
  ConfigValue structure(std::span<const Tensor> tensors, std::span<const std::string> keys,
                        ConfigValue (History::*as)() const) const {
    ConfigValue::List list;
    for (const Tensor& tensor : tensors) list.push_back((histories_.at(model_.builder.id(tensor)).*as)());
    if (!keys.empty()) {
      Config dictionary;
      for (std::size_t i = 0; i < list.size(); ++i) dictionary.set(keys[i], list[i]);
      return dictionary;
    }
    return list.size() == 1 ? list.front() : ConfigValue(std::move(list));
  }

  const ModelGraph& model_;
  const graph::Graph& graph_;
  std::vector<GraphOperation> operations_;
  std::vector<std::string> taken_;
  std::unordered_map<NodeId, std::string> names_;  ///< of operations that are no layers
  std::unordered_map<ValueId, History> histories_;
};

}  // namespace

Config graph_config(const ModelGraph& model) { return GraphWriter(model).config(); }

Config input_object(const std::string& name, const graph::Spec& spec) {
  return {{"module", "keras.layers"},
          {"class_name", "InputLayer"},
          {"config", Config{{"batch_shape", config_of(spec.shape)},
                            {"dtype", std::string(name_of(spec.dtype))},
                            {"sparse", false},
                            {"ragged", false},
                            {"name", name},
                            {"optional", false}}},
          {"registered_name", ConfigValue()}};
}

}  // namespace keratin::inline v0::layers
