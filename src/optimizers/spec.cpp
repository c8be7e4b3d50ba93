#include <algorithm>
#include <cctype>

#include "core/spec_table.h"
#include "keratin/core/error.h"
#include "keratin/optimizers/optimizers.h"

namespace keratin::inline v0 {
namespace optimizers {
namespace {

template <class T>
OptimizerSpec made(const Config& config) {
  return T::from_config(config);
}

using Entry = core::SpecEntry<OptimizerSpec>;

constexpr Entry entries[] = {
    {"SGD", "sgd", "", made<SGD>},
    {"Adam", "adam", "", made<Adam>},
    {"AdamW", "adamw", "", made<AdamW>},
    {"Adamax", "adamax", "", made<Adamax>},
    {"Nadam", "nadam", "", made<Nadam>},
    {"RMSprop", "rmsprop", "", made<RMSprop>},
    {"Adagrad", "adagrad", "", made<Adagrad>},
    {"Adadelta", "adadelta", "", made<Adadelta>},
    {"Adafactor", "adafactor", "", made<Adafactor>},
    {"Ftrl", "ftrl", "", made<Ftrl>},
    {"Lion", "lion", "", made<Lion>},
    {"Lamb", "lamb", "", made<Lamb>},
    {"Muon", "muon", "", made<Muon>},
    {"ScheduleFreeAdamW", "schedulefreeadamw", "", made<ScheduleFreeAdamW>},
    {"LossScaleOptimizer", "lossscaleoptimizer", "", made<LossScaleOptimizer>},
    {"MultiOptimizer", "multioptimizer", "", made<MultiOptimizer>},
};

constexpr core::SpecTable<OptimizerSpec> table{"an optimizer", "keras.optimizers", entries};

/// Keras takes names of optimizers in any case.
std::string in_small_letters(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char letter) { return static_cast<char>(std::tolower(static_cast<unsigned char>(letter))); });
  return name;
}

}  // namespace
}  // namespace optimizers

std::unique_ptr<optimizers::Optimizer> OptimizerSpec::make() const {
  if (is_empty()) throw ValueError("An optimizer was asked for where none is given");
  return optimizers::table.with_object(*this).clone();
}

ConfigValue OptimizerSpec::config() const {
  if (is_empty()) return {};
  return name() == nullptr ? ConfigValue(describe(*object())) : ConfigValue(std::string(name()));
}

Config OptimizerSpec::describe(const optimizers::Optimizer& optimizer) {
  const std::string class_name = optimizer.class_name();
  const bool is_known = optimizers::table.find(class_name) != nullptr;
  return core::object_config(is_known ? optimizers::table.module : "", class_name, optimizer.config());
}

OptimizerSpec OptimizerSpec::from_config(const ConfigValue& config) {
  if (config.is_text()) return keratin::name(optimizers::in_small_letters(config.as_text()));
  if (!config.is_config()) return optimizers::table.from_config(config);
  const Config& description = config.as_config();
  if (auto own = core::custom_from<OptimizerSpec>(description)) return std::move(*own);
  const auto* const entry =
      optimizers::table.find(optimizers::in_small_letters(description.get<std::string>("class_name")));
  return entry == nullptr ? optimizers::table.from_config(config) : entry->make(core::options_in(description));
}

}  // namespace keratin::inline v0
