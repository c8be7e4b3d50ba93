// A network as Keras's config, and its layers by their names in a weight file.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/class_name.h"
#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/layers/core.h"
#include "layers/checks.h"
#include "layers/functional.h"
#include "layers/functional_recipe.h"
#include "layers/graph_config.h"
#include "layers/network.h"
#include "layers/registry.h"
#include "layers/shared_layers.h"

namespace keratin::inline v0::layers {
namespace {

/// True if a layer anywhere in it keeps states from batch to batch: it needs the batch size that the config has.
bool is_stateful(const ConfigValue& value) {
  if (value.is_list()) return std::any_of(value.as_list().begin(), value.as_list().end(), is_stateful);
  if (!value.is_config()) return false;
  return std::any_of(value.as_config().entries().begin(), value.as_config().entries().end(), [](const auto& entry) {
    return entry.first == "stateful" ? entry.second.is_bool() && entry.second.as_bool() : is_stateful(entry.second);
  });
}

/// Keras's Python class, where it has another name than the exported one.
std::string python_class(const Layer& layer) {
  const std::string name = layer.class_name();
  return name == "GroupQueryAttention" ? "GroupedQueryAttention" : name;
}

std::string name_in(const Config& config) {
  return config.contains("name") && config.at("name").is_text() ? config.get<std::string>("name") : std::string();
}

}  // namespace

Network Network::sequential_from(const Config& config) {
  std::vector<LayerSpec> specs;
  std::vector<std::optional<std::int64_t>> shared_ids;
  for (const ConfigValue& each : config.at("layers").as_list()) {
    const Config& object = each.as_config();
    specs.push_back(layer_from(object));
    shared_ids.push_back(shared_id_in(object));
  }
  // A model that was built by its first call has that call's batch size, which is no promise.
  if (!specs.empty() && !is_stateful(config.at("layers")))
    if (const auto* const input = dynamic_cast<const Input*>(&specs.front().layer())) {
      Shape shape = input->batch_shape();
      shape.erase(0);
      specs.front() = LayerSpec(Input(shape, {.dtype = input->dtype(), .name = input->name()}));
    }
  Network network(std::move(specs), name_in(config));
  network.shared_ids_ = std::move(shared_ids);
  return network;
}

Network Network::from_config(const Config& config) {
  if (!config.contains("input_layers")) return sequential_from(config);
  return {std::make_shared<const FunctionalRecipe>(config), name_in(config)};
}

Config Network::get_config() const {
  if (is_sequential_) return Layer::get_config();
  Config all{{"name", name()}, {"trainable", trainable()}};
  for (const Config own = config(); const auto& [key, value] : own.entries()) all.set(key, value);
  return all;
}

std::span<const std::string> Network::input_keys() const {
  const bool is_dictionary = recipe_ == nullptr || recipe_->config().at("input_layers").is_config();
  return is_dictionary ? std::span<const std::string>(input_keys_) : std::span<const std::string>();
}

Config Network::config() const {
  const SharedLayerIds ids(*this);
  if (is_sequential_) return sequential_config();
  if (recipe_ != nullptr) return recipe_config();
  return graph_config({.builder = graph::builder_of(outputs_.front(), "a model"),
                       .nodes = nodes_,
                       .inputs = inputs_,
                       .outputs = outputs_,
                       .input_keys = input_keys_,
                       .output_keys = output_keys_,
                       .output_names = output_names()});
}

Config Network::sequential_config() const {
  ConfigValue::List objects;
  for (const LayerSpec& spec : specs_) objects.push_back(spec.config());  // before it is live
  std::optional<Shape> input_shape;
  if (!inputs_.empty()) {
    input_shape = inputs_.front().shape();
    objects.emplace_back(input_object(input_name(graph::builder_of(inputs_.front(), "a model").graph(),
                                                 graph::builder_of(inputs_.front(), "a model").id(inputs_.front())),
                                      {inputs_.front().dtype(), *input_shape}));
  }
  for (const Layer* const layer : layers_) objects.emplace_back(object_of(*layer));
  Config config{{"layers", std::move(objects)}};
  if (input_shape) config.set("build_input_shape", config_of(*input_shape));
  return config;
}

/// The config that it was made from, with its layers as they are now.
Config Network::recipe_config() const {
  std::map<std::string_view, const Layer*> by_name;
  for (const Layer* const layer : layers_) by_name[layer->name()] = layer;
  ConfigValue::List objects;
  for (const ConfigValue& before : recipe_->config().at("layers").as_list()) {
    const Config& object = before.as_config();
    const auto name = object.get<std::string>(object.contains("name") ? "name" : "class_name");
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      objects.emplace_back(object);
      continue;
    }
    Config now = object_of(*found->second);
    now.set("name", name);
    now.set("inbound_nodes", object.at("inbound_nodes"));
    objects.emplace_back(std::move(now));
  }
  return {{"layers", std::move(objects)},
          {"input_layers", recipe_->config().at("input_layers")},
          {"output_layers", recipe_->config().at("output_layers")}};
}

std::vector<std::pair<std::string, Layer*>> Network::saved_sublayers() const {
  std::map<std::string, int> seen;
  std::vector<std::pair<std::string, Layer*>> named;
  for (Layer* const layer : layers_) {
    const std::string key = core::snake_case(python_class(*layer));
    const int number = seen[key]++;
    named.emplace_back("layers/" + key + (number == 0 ? "" : "_" + std::to_string(number)), layer);
  }
  return named;
}

}  // namespace keratin::inline v0::layers
