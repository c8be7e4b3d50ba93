#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/activations/activation.h"
#include "keratin/constraints/constraint.h"
#include "keratin/core/callable.h"
#include "keratin/core/config.h"
#include "keratin/core/custom_object.h"
#include "keratin/core/export.h"
#include "keratin/initializers/initializer.h"
#include "keratin/layers/layer.h"
#include "keratin/losses/loss.h"
#include "keratin/metrics/metric.h"
#include "keratin/optimizers/learning_rate.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/regularizers/regularizer.h"

namespace keratin::inline v0 {
namespace detail {

template <class T>
concept HasFromConfig = requires(const Config& config) { T::from_config(config); };

/// Throws ValueError where an object of a class without from_config isn't what the description says.
KERATIN_API void check_options_of(std::string_view name, const Config& given, const Config& made);

template <class Spec, class T>
CustomObject custom_class(std::string name) {
  Callable<Spec(const Config&)> make = [name](const Config& options) -> Spec {
    if constexpr (HasFromConfig<T>) {
      static_assert(std::convertible_to<decltype(T::from_config(options)), T>,
                    "The class has the from_config of its base: give it one of its own, which makes a T.");
      return static_cast<T>(T::from_config(options));
    } else {
      static_assert(std::default_initializable<T>,
                    "The class needs a static T from_config(const kt::Config&), or a constructor without arguments.");
      T object;
      check_options_of(name, options, object.config());
      return object;
    }
  };
  return CustomObject(std::move(name), std::move(make));
}

}  // namespace detail

/// A class of the user's, by the name that files have for it: `kt::custom<Residual>("Residual")`. A layer, loss,
/// metric, optimizer, learning rate schedule, initializer, regularizer, constraint or activation, made by a static
/// T::from_config of what its config() gave; but for layers a class without one is made by T(), if its options are as
/// the file has them. The name is Keras's class name, or its registered name ("package>Residual"), which a class has
/// that returns it from class_name().
template <class T>
CustomObject custom(std::string name) {
  if constexpr (std::derived_from<T, Layer>) {
    return CustomObject(std::move(name), Callable<LayerSpec(const Config&)>(&LayerSpec::described_by<T>));
  } else if constexpr (std::derived_from<T, losses::Loss>) {
    return detail::custom_class<LossSpec, T>(std::move(name));
  } else if constexpr (std::derived_from<T, Metric>) {
    return detail::custom_class<MetricSpec, T>(std::move(name));
  } else if constexpr (std::derived_from<T, optimizers::Optimizer>) {
    return detail::custom_class<OptimizerSpec, T>(std::move(name));
  } else if constexpr (std::derived_from<T, optimizers::schedules::LearningRateSchedule>) {
    return detail::custom_class<optimizers::LearningRate, T>(std::move(name));
  } else if constexpr (std::derived_from<T, initializers::Initializer>) {
    return detail::custom_class<InitializerSpec, T>(std::move(name));
  } else if constexpr (std::derived_from<T, regularizers::Regularizer>) {
    return detail::custom_class<RegularizerSpec, T>(std::move(name));
  } else if constexpr (std::derived_from<T, constraints::Constraint>) {
    return detail::custom_class<ConstraintSpec, T>(std::move(name));
  } else {
    static_assert(std::derived_from<T, ActivationFunction>,
                  "kt::custom takes a class derived from one of the library's, or a name and a function.");
    return detail::custom_class<Activation, T>(std::move(name));
  }
}

}  // namespace keratin::inline v0
