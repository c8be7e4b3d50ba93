// A network as Keras's config, and its layers by their names in a weight file.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/class_name.h"
#include "keratin/core/error.h"
#include "keratin/layers/core.h"
#include "layers/functional_recipe.h"
#include "layers/network.h"
#include "layers/registry.h"

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

Network sequential_from(const Config& config) {
  std::vector<LayerSpec> specs;
  for (const ConfigValue& object : config.at("layers").as_list()) specs.push_back(layer_from(object.as_config()));
  // A model that was built by its first call has that call's batch size, which is no promise.
  if (!specs.empty() && !is_stateful(config.at("layers")))
    if (const auto* const input = dynamic_cast<const Input*>(&specs.front().layer())) {
      Shape shape = input->batch_shape();
      shape.erase(0);
      specs.front() = LayerSpec(Input(shape, {.dtype = input->dtype(), .name = input->name()}));
    }
  return Network(std::move(specs), config.get_or<std::string>("name", ""));
}

}  // namespace

Network Network::from_config(const Config& config) {
  if (!config.contains("input_layers")) return sequential_from(config);
  return {std::make_shared<const FunctionalRecipe>(config), config.get_or<std::string>("name", "")};
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
