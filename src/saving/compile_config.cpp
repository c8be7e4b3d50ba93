#include "saving/compile_config.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "keratin/core/error.h"

namespace keratin::inline v0::saving {
namespace {

/// Keras's object of an optimizer: entries are taken one by one, and none may be left that asks for
/// something.
class Object {
 public:
  Object(const ConfigValue& value, const char* what)
      : name_(value.as_config().get<std::string>("class_name")), what_(what) {
    const ConfigValue& config = value.as_config().at("config");
    if (config.is_config()) config_ = config.as_config();
  }

  const std::string& class_name() const noexcept { return name_; }

  template <class T>
  void take(const std::string& option, T& to) {
    taken_.insert(option);
    if (config_.contains(option) && !config_.at(option).is_none()) to = config_.get<T>(option);
  }
  template <class T>
  void take(const std::string& option, std::optional<T>& to) {
    taken_.insert(option);
    if (config_.contains(option) && !config_.at(option).is_none()) to = config_.get<T>(option);
  }
  /// Numbers, the option `dtype` and what is off or not given ask for nothing that we would not do.
  void finish(std::initializer_list<std::string_view> harmless = {}) const {
    for (const auto& [option, value] : config_.entries()) {
      const bool is_off = value.is_none() || (value.is_bool() && !value.as_bool());
      if (!is_off && !taken_.contains(option) && std::ranges::find(harmless, option) == harmless.end()) refuse(option);
    }
  }
  [[noreturn]] void refuse_class() const {
    throw ValueError(std::string(what_) + " " + name_ + " isn't available in this version");
  }

 private:
  [[noreturn]] void refuse(const std::string& option) const {
    throw ValueError(std::string(what_) + " " + name_ + ": the option `" + option +
                     "` isn't supported. Received: " + option + "=" + to_string(config_.at(option)));
  }

  std::string name_;
  const char* what_;
  Config config_;
  std::set<std::string, std::less<>> taken_;
};

template <class Options>
void take_common(Object& object, Options& options) {
  object.take("learning_rate", options.learning_rate);
  object.take("weight_decay", options.weight_decay);
  object.take("clipnorm", options.clipnorm);
  object.take("clipvalue", options.clipvalue);
  object.take("global_clipnorm", options.global_clipnorm);
  object.take("name", options.name);
  // What an average would be computed with, if use_ema (which must be off) were on.
  object.finish({"ema_momentum", "ema_overwrite_frequency"});
}

OptimizerSpec optimizer_of(const ConfigValue& value) {
  if (value.is_text()) return RuntimeName{value.as_text()};
  Object object(value, "The optimizer");
  if (value.as_config().at("config").as_config().at("learning_rate").is_config())
    throw ValueError("The optimizer " + object.class_name() +
                     ": a schedule of the learning rate isn't available in this version");
  if (object.class_name() == "SGD") {
    optimizers::SGDOptions options;
    object.take("momentum", options.momentum);
    object.take("nesterov", options.nesterov);
    take_common(object, options);
    return optimizers::SGD(std::move(options));
  }
  if (object.class_name() == "Adam") {
    optimizers::AdamOptions options;
    object.take("beta_1", options.beta_1);
    object.take("beta_2", options.beta_2);
    object.take("epsilon", options.epsilon);
    object.take("amsgrad", options.amsgrad);
    take_common(object, options);
    return optimizers::Adam(std::move(options));
  }
  if (object.class_name() == "RMSprop") {
    optimizers::RMSpropOptions options;
    object.take("rho", options.rho);
    object.take("momentum", options.momentum);
    object.take("epsilon", options.epsilon);
    object.take("centered", options.centered);
    take_common(object, options);
    return optimizers::RMSprop(std::move(options));
  }
  object.refuse_class();
}

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
  if (value.is_list()) return value.as<std::vector<double>>();
  std::vector<std::pair<std::string, double>> by_name;
  for (const auto& [output, weight] : value.as_config().entries()) by_name.emplace_back(output, weight.as_floating());
  return by_name;
}

}  // namespace

CompileOptions compile_options(const Config& compile_config, std::span<const std::string> outputs) {
  const auto part = [&](const char* name) {
    return compile_config.contains(name) ? compile_config.at(name) : ConfigValue();
  };
  CompileOptions options;
  if (!part("optimizer").is_none()) options.optimizer = optimizer_of(part("optimizer"));
  options.loss = losses_of(part("loss"));
  options.loss_weights = weights_of(part("loss_weights"));
  options.metrics = metrics_of(part("metrics"), outputs);
  options.weighted_metrics = metrics_of(part("weighted_metrics"), outputs);
  options.run_eagerly = part("run_eagerly").is_bool() && part("run_eagerly").as_bool();
  return options;
}

Config compile_config(const training::LiveModel& /*model*/) { return {}; }

}  // namespace keratin::inline v0::saving
