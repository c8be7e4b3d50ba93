#include "saving/compile_config.h"

#include <algorithm>
#include <utility>
#include <vector>

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

MetricsSpec metrics_of(const ConfigValue& value, std::span<const std::string> outputs) {
  MetricsSpec::ByName by_name;
  if (value.is_config() && !is_object(value)) {
    for (const auto& [output, each] : value.as_config().entries()) by_name.emplace_back(output, metric_list(each));
    return by_name;
  }
  const bool is_nested = value.is_list() && std::ranges::any_of(value.as_list(), &ConfigValue::is_list);
  if (!is_nested) return metric_list(value);
  for (std::size_t i = 0; i < std::min(value.as_list().size(), outputs.size()); ++i)
    by_name.emplace_back(outputs[i], metric_list(value.as_list()[i]));
  return by_name;
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

}  // namespace

CompileOptions compile_options(const Config& compile_config, std::span<const std::string> outputs) {
  const auto part = [&](const char* name) {
    return compile_config.contains(name) ? compile_config.at(name) : ConfigValue();
  };
  CompileOptions options;
  if (!part("optimizer").is_none()) options.optimizer = OptimizerSpec::from_config(part("optimizer"));
  options.loss = losses_of(part("loss"));
  options.loss_weights = weights_of(part("loss_weights"));
  options.metrics = metrics_of(part("metrics"), outputs);
  options.weighted_metrics = metrics_of(part("weighted_metrics"), outputs);
  options.run_eagerly = part("run_eagerly").is_bool() && part("run_eagerly").as_bool();
  if (part("steps_per_execution").is_integer()) options.steps_per_execution = part("steps_per_execution").as_integer();
  return options;
}

Config compile_config(const training::LiveModel& model) {
  if (!model.is_compiled()) return {};
  const training::Compiled& compiled = model.compiled("compile_config");
  const CompileOptions& options = compiled.options();
  return {{"optimizer", OptimizerSpec::describe(*compiled.optimizer())},
          {"loss", losses_config(options.loss)},
          {"loss_weights", weights_config(options.loss_weights)},
          {"metrics", metrics_config(options.metrics)},
          {"weighted_metrics", metrics_config(options.weighted_metrics)},
          {"run_eagerly", options.run_eagerly},
          {"steps_per_execution", 1},
          {"jit_compile", false}};
}

}  // namespace keratin::inline v0::saving
