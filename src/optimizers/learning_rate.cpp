#include "keratin/optimizers/learning_rate.h"

#include "core/class_name.h"
#include "core/spec_table.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/optimizers/schedules.h"

namespace keratin::inline v0::optimizers {
namespace {

template <class T>
LearningRate made(const Config& config) {
  return T::from_config(config);
}

using Entry = core::SpecEntry<LearningRate>;

constexpr Entry entries[] = {
    {"CosineDecay", "CosineDecay", "", made<schedules::CosineDecay>},
    {"CosineDecayRestarts", "CosineDecayRestarts", "", made<schedules::CosineDecayRestarts>},
    {"ExponentialDecay", "ExponentialDecay", "", made<schedules::ExponentialDecay>},
    {"InverseTimeDecay", "InverseTimeDecay", "", made<schedules::InverseTimeDecay>},
    {"PiecewiseConstantDecay", "PiecewiseConstantDecay", "", made<schedules::PiecewiseConstantDecay>},
    {"PolynomialDecay", "PolynomialDecay", "", made<schedules::PolynomialDecay>},
};

constexpr core::SpecTable<LearningRate> table{"a learning rate schedule", "keras.optimizers.schedules", entries};

}  // namespace

namespace schedules {

LearningRateSchedule::~LearningRateSchedule() = default;

std::string LearningRateSchedule::class_name() const { return core::class_name(typeid(*this)); }

Config LearningRateSchedule::config() const { return {}; }

}  // namespace schedules

Tensor LearningRate::at(const Tensor& step) const {
  if (!is_schedule()) return value_;
  Tensor rate = ops::cast((*object())(step), float32);
  if (rate.rank() != 0)
    throw ShapeError("The learning rate schedule " + object()->class_name() + " must give a scalar. Received: shape " +
                     to_string(rate.shape()));
  return rate;
}

ConfigValue LearningRate::config() const {
  if (!is_schedule()) return static_cast<double>(static_cast<float>(value_));
  const std::string class_name = object()->class_name();
  return core::object_config(table.find(class_name) == nullptr ? "" : table.module, class_name, object()->config());
}

LearningRate LearningRate::from_config(const ConfigValue& config) {
  if (config.is_number()) return config.as_floating();
  if (!config.is_config())
    throw ValueError("A learning rate is a number or a schedule's description. Received: " + to_string(config));
  const Config& description = config.as_config();
  if (auto own = core::custom_from<LearningRate>(description)) return std::move(*own);
  const auto class_name = description.get<std::string>("class_name");
  if (const Entry* const entry = table.find(class_name)) return entry->make(core::options_in(description));
  core::refuse_class(table.what, description);
}

}  // namespace keratin::inline v0::optimizers
