#include "saving/compile_config.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "keratin/core/error.h"

namespace keratin::inline v0::saving {
namespace {

bool is_object(const ConfigValue& value) { return value.is_config() && value.as_config().contains("class_name"); }

LossesSpec losses_of(const ConfigValue& value) {
  std::vector<NamedLoss> entries;
  if (value.is_list()) {
    for (const ConfigValue& each : value.as_list()) entries.push_back({"", LossSpec::from_config(each)});
  } else if (value.is_config() && !is_object(value)) {
    for (const auto& [output, each] : value.as_config().entries())
      entries.push_back({output, LossSpec::from_config(each)});
  } else if (!value.is_none()) {
    entries.push_back({"", LossSpec::from_config(value)});
  }
  if (entries.empty()) return {};
  return entries;
}

std::vector<MetricSpec> metric_list(const ConfigValue& value) {
  std::vector<MetricSpec> all;
  if (value.is_none()) return all;
  if (!value.is_list()) return {MetricSpec::from_config(value)};
  for (const ConfigValue& each : value.as_list())
    if (!each.is_none()) all.push_back(MetricSpec::from_config(each));
  return all;
}

MetricsSpec metrics_of(const ConfigValue& value, std::size_t outputs) {
  if (value.is_config() && !is_object(value)) {
    MetricsSpec::ByName by_name;
    for (const auto& [output, each] : value.as_config().entries()) by_name.emplace_back(output, metric_list(each));
    return by_name;
  }
  if (!value.is_list()) return metric_list(value);
  const bool is_nested = std::ranges::any_of(value.as_list(), &ConfigValue::is_list);
  std::vector<MetricSpec> all;
  std::vector<std::vector<MetricSpec>> lists;
  for (const ConfigValue& each : value.as_list()) {
    lists.push_back(metric_list(each));
    // Where each output has one, None stands for none; where there is one output, lists within the list count as one.
    if (lists.back().empty() && outputs > 1) all.emplace_back();
    all.insert(all.end(), lists.back().begin(), lists.back().end());
  }
  return is_nested && outputs > 1 ? MetricsSpec::by_output(std::move(lists)) : MetricsSpec(std::move(all));
}

LossWeights weights_of(const ConfigValue& value) {
  if (value.is_none()) return {};
  if (value.is_number()) return std::vector<double>{value.as_floating()};
  if (value.is_list()) return value.as<std::vector<double>>();
  if (!value.is_config()) return value.as_floating();
  std::vector<std::pair<std::string, double>> by_name;
  for (const auto& [output, weight] : value.as_config().entries()) by_name.emplace_back(output, weight.as_floating());
  return by_name;
}

ConfigValue losses_config(const LossesSpec& losses) {
  if (losses.is_empty()) return {};
  if (losses.name() != nullptr) return losses.name();
  const std::vector<NamedLoss>& entries = losses.object()->entries;
  if (entries.size() == 1 && entries.front().output.empty()) return entries.front().loss.config();
  ConfigValue::List list;
  Config by_name;
  for (const auto& [output, loss] : entries) {
    list.push_back(loss.config());
    if (!output.empty()) by_name.set(output, loss.config());
  }
  return by_name.entries().empty() ? ConfigValue(std::move(list)) : ConfigValue(std::move(by_name));
}

ConfigValue list_config(const std::vector<MetricSpec>& metrics) {
  ConfigValue::List list;
  for (const MetricSpec& metric : metrics) list.push_back(metric.config());
  return list;
}

ConfigValue metrics_config(const MetricsSpec& metrics) {
  if (metrics.empty()) return {};
  if (!metrics.lists().empty()) {
    ConfigValue::List lists;
    for (const auto& list : metrics.lists()) lists.push_back(list_config(list));
    return lists;
  }
  if (metrics.by_name().empty()) return list_config(metrics.all());
  Config by_name;
  for (const auto& [output, list] : metrics.by_name()) by_name.set(output, list_config(list));
  return by_name;
}

ConfigValue weights_config(const LossWeights& weights) {
  if (weights.empty()) return {};
  if (weights.by_name().empty()) return ConfigValue::List(weights.all().begin(), weights.all().end());
  Config by_name;
  for (const auto& [output, weight] : weights.by_name()) by_name.set(output, weight);
  return by_name;
}

/// What `read` makes of a part of the description, which may be None; an error says which part it is.
template <class F>
auto restored(const Config& compile_config, const std::string& part, F read) {
  try {
    return read(compile_config.contains(part) ? compile_config.at(part) : ConfigValue());
  } catch (const ValueError& error) {
    throw ValueError("its " + part + " can't be restored. " + error.what());
  }
}

}  // namespace

CompileOptions compile_options(const Config& compile_config, std::size_t outputs) {
  const auto metrics = [outputs](const ConfigValue& value) { return metrics_of(value, outputs); };
  CompileOptions options;
  options.optimizer = restored(compile_config, "optimizer", [&](const ConfigValue& value) {
    return value.is_none() ? options.optimizer : OptimizerSpec::from_config(value);
  });
  options.loss = restored(compile_config, "loss", losses_of);
  options.loss_weights = restored(compile_config, "loss_weights", weights_of);
  options.metrics = restored(compile_config, "metrics", metrics);
  options.weighted_metrics = restored(compile_config, "weighted_metrics", metrics);
  options.run_eagerly = restored(compile_config, "run_eagerly",
                                 [](const ConfigValue& value) { return value.is_bool() && value.as_bool(); });
  options.steps_per_execution = restored(compile_config, "steps_per_execution", [](const ConfigValue& value) {
    return value.is_integer() ? value.as_integer() : 1;
  });
  return options;
}

Config compile_config(const training::LiveModel& model) {
  if (!model.is_compiled()) return {};
  const training::Compiled& compiled = model.compiled("compile_config");
  const CompileOptions& options = compiled.options();
  return {{"optimizer", OptimizerSpec::describe(*compiled.optimizer())},  {"loss", losses_config(options.loss)},
          {"loss_weights", weights_config(options.loss_weights)},         {"metrics", metrics_config(options.metrics)},
          {"weighted_metrics", metrics_config(options.weighted_metrics)}, {"run_eagerly", options.run_eagerly},
          {"steps_per_execution", options.steps_per_execution},           {"jit_compile", false}};
}

}  // namespace keratin::inline v0::saving
