// The states that a model's layers keep from batch to batch.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/training/model.h"
#include "layers/layer_states.h"
#include "training/live_model.h"
#include "training/states.h"

namespace keratin::inline v0 {
namespace {

using training::StatefulLayer;

/// Whether a user means the layer, or one around it, by this name or path.
bool is_meant(const StatefulLayer& layer, std::string_view name) {
  const auto is_or_is_around = [&](std::string_view path) {
    return path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '/');
  };
  return layer.layer->name() == name || is_or_is_around(layer.name) || is_or_is_around(layer.layer->path());
}

std::vector<StatefulLayer> chosen(const training::LiveModel& model, const std::vector<StatefulLayer>& all,
                                  const std::vector<std::string>& names) {
  if (names.empty()) return all;
  std::vector<bool> wanted(all.size());
  for (const std::string& name : names) {
    bool found = false;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (is_meant(all[i], name)) wanted[i] = found = true;
    if (found) continue;
    std::vector<std::string> known;
    for (const StatefulLayer& each : all) known.push_back(each.name);
    throw KeyError("reset_states: the model '" + model.name() + "' has no stateful layer of this name. It has " +
                   (known.empty() ? std::string("none") : core::listed(known, "'")) + ". Received: '" + name + "'");
  }
  std::vector<StatefulLayer> layers;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (wanted[i]) layers.push_back(all[i]);
  return layers;
}

/// A state, and what it is set to (nullptr: 0).
struct Setting {
  Variable state;
  const Array* given = nullptr;
  Array converted = {};
};

std::vector<Setting> settings(const std::vector<StatefulLayer>& layers, const NamedArrays& values) {
  std::vector<Setting> all;
  std::vector<std::string> names;
  for (const StatefulLayer& each : layers)
    for (std::size_t i = 0; i < each.states.size(); ++i) {
      names.push_back(training::state_name(each.name, i));
      Setting& setting = all.emplace_back(Setting{.state = each.states[i]});
      if (!values.contains(names.back())) continue;
      const Array& value = values.at(names.back());
      if (value.shape() != setting.state.shape())
        throw ShapeError("reset_states: the state '" + names.back() + "' has the shape " +
                         to_string(setting.state.shape()) + ". Received: " + to_string(value.shape()));
      setting.given = &value;
      setting.converted = value.astype(setting.state.dtype());
    }
  for (const auto& [name, value] : values)
    if (std::ranges::find(names, name) == names.end())
      throw KeyError("reset_states: no state of this name is to be set. There are " +
                     (names.empty() ? std::string("none") : core::listed(names, "'")) + ". Received: '" + name + "'");
  return all;
}

}  // namespace

void Model::reset_states(const ResetStatesOptions& options) {
  training::LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  const std::vector<StatefulLayer> layers = chosen(model, training::stateful_layers(model), options.layers);
  for (const StatefulLayer& each : layers) layers::check_state_rows(*each.layer, options.rows);
  const std::vector<Setting> all = settings(layers, options.values);
  for (const Setting& each : all)  // what can fail comes first
    if (each.given != nullptr) static_cast<void>(session::Inner::data(each.state));
  for (const Setting& each : all)
    layers::set_state_rows(each.state, options.rows, each.given == nullptr ? nullptr : &each.converted);
  model.state_watch().left_by = training::Work::none;
}

NamedArrays Model::states() const {
  training::LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  std::vector<NamedArrays::Entry> arrays;
  for (const StatefulLayer& each : training::stateful_layers(model))
    for (std::size_t i = 0; i < each.states.size(); ++i)
      arrays.emplace_back(training::state_name(each.name, i), each.states[i].value());
  return arrays;
}

}  // namespace keratin::inline v0
