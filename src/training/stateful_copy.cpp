// Models of the same weights whose recurrent layers keep states of other rows, or none.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/custom_scope.h"
#include "keratin/core/error.h"
#include "keratin/training/model_config.h"
#include "session/core.h"
#include "training/kept_weights.h"
#include "training/model_config.h"

namespace keratin::inline v0 {
namespace training {
namespace {

/// What becomes of the layers in a config.
struct Change {
  std::optional<bool> stateful;            ///< not given: as they are
  std::optional<std::int64_t> batch_size;  ///< not given: any
};

/// Whether f says so of an entry "stateful" anywhere in it.
template <class F>
bool any_stateful(const ConfigValue& value, const F& f) {
  const auto in = [&](const ConfigValue& each) { return any_stateful(each, f); };
  if (value.is_list()) return std::ranges::any_of(value.as_list(), in);
  if (!value.is_config()) return false;
  return std::ranges::any_of(value.as_config().entries(), [&](const auto& entry) {
    return entry.first == "stateful" && entry.second.is_bool() ? f(entry.second.as_bool()) : in(entry.second);
  });
}

bool is_time_distributed(const Config& config) {
  return config.contains("class_name") && config.at("class_name").is_text() &&
         config.get<std::string>("class_name") == "TimeDistributed";
}

ConfigValue changed(const ConfigValue& value, const Change& change) {
  if (value.is_list()) {
    ConfigValue::List list;
    for (const ConfigValue& each : value.as_list()) list.push_back(changed(each, change));
    return list;
  }
  if (!value.is_config()) return value;
  Change below = change;
  // Its layer begins anew with each step, and goes on doing so.
  if (change.stateful.value_or(false) && is_time_distributed(value.as_config())) below.stateful.reset();
  Config config;
  for (const auto& [name, entry] : value.as_config().entries()) {
    if (name == "stateful" && entry.is_bool()) {
      config.set(name, change.stateful.value_or(entry.as_bool()));
    } else if (name == "batch_shape" && entry.is_list() && !entry.as_list().empty()) {
      ConfigValue::List shape = entry.as_list();
      shape.front() = change.batch_size ? ConfigValue(*change.batch_size) : ConfigValue();
      config.set(name, std::move(shape));
    } else {
      config.set(name, changed(entry, below));
    }
  }
  return config;
}

Model copy(const Model& model, const Config& config, const std::vector<CustomObject>& custom_objects,
           SourceLine where) {
  LiveModel& live = LiveModel::of(model);
  const core::CustomScope scope(custom_objects);
  return adopted_model(live.core(), described_model(config), where, [&](LiveModel& made) {
    const std::vector<Variable> from = live.weights();
    const std::vector<Variable> to = made.weights();
    if (from.size() != to.size())
      throw InternalError("A copy of '" + live.name() + "' has other weights: " + std::to_string(to.size()) + " for " +
                          std::to_string(from.size()));
    for (std::size_t i = 0; i < from.size(); ++i) session::Inner::write(to[i], content_of(from[i]));
  });
}

}  // namespace
}  // namespace training

Model stateful_copy(const Model& model, std::int64_t batch_size, const std::vector<CustomObject>& custom_objects,
                    std::source_location where) {
  const session::Core::Entry entry(training::LiveModel::of(model).core());
  if (batch_size < 1)
    throw ValueError("stateful_copy: batch_size must be 1 or more. Received: " + std::to_string(batch_size));
  const ConfigValue config(model.get_config());
  if (!training::any_stateful(config, [](bool) { return true; }))
    throw ValueError("stateful_copy: the model '" + model.name() + "' has no recurrent layer that could be stateful");
  training::Change change{.stateful = true, .batch_size = batch_size};
  if (training::any_stateful(config, [](bool is) { return is; })) change.stateful.reset();
  return training::copy(model, training::changed(config, change).as_config(), custom_objects, where);
}

Model stateless_copy(const Model& model, const std::vector<CustomObject>& custom_objects, std::source_location where) {
  const session::Core::Entry entry(training::LiveModel::of(model).core());
  const training::Change change{.stateful = false, .batch_size = std::nullopt};
  return training::copy(model, training::changed(ConfigValue(model.get_config()), change).as_config(), custom_objects,
                        where);
}

}  // namespace keratin::inline v0
