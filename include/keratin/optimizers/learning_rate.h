#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/spec.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0::optimizers {

namespace schedules {

/// A learning rate that depends on the step. `keras.optimizers.schedules.LearningRateSchedule`. A copyable description;
/// one of a user's own overrides the call operator, and config() and a static from_config to be saved and loaded:
///
///     class Halving : public kt::optimizers::schedules::LearningRateSchedule {
///      public:
///       kt::Tensor operator()(const kt::Tensor& step) const override {
///         return 0.1 * kt::ops::power(0.5, kt::ops::floor(kt::ops::cast(step, kt::float32) / 100.0));
///       }
///     };
class KERATIN_API LearningRateSchedule {
 public:
  virtual ~LearningRateSchedule();
  /// The rate at a step (an integer scalar, 0 for the first): a floating scalar. Runs where the step of training is
  /// traced, so all that changes has to come from the step.
  virtual Tensor operator()(const Tensor& step) const = 0;

  /// Keras's class name: "CosineDecay". By default that of the C++ class.
  virtual std::string class_name() const;
  /// The options as data, as Keras's get_config gives them.
  virtual Config config() const;

 protected:
  LearningRateSchedule() = default;
  LearningRateSchedule(const LearningRateSchedule&) = default;
  LearningRateSchedule& operator=(const LearningRateSchedule&) = default;
};

}  // namespace schedules

/// `.learning_rate = 1e-3`, or a schedule object.
class KERATIN_API LearningRate : public Spec<schedules::LearningRateSchedule> {
 public:
  LearningRate(double value) noexcept : value_(value) {}
  template <std::derived_from<schedules::LearningRateSchedule> T>
  LearningRate(T schedule) : Spec(std::in_place, std::move(schedule)) {}

  bool is_schedule() const noexcept { return object() != nullptr; }
  /// The number; 0 for a schedule.
  double value() const noexcept { return value_; }
  /// In a function: the schedule's float32 rate at this step, or the number. Throws ShapeError where a schedule gives
  /// more than a scalar.
  Tensor at(const Tensor& step) const;

  /// The number as float32 has it, or the schedule's object with class_name and config.
  ConfigValue config() const;
  /// Throws ValueError for a schedule that isn't the library's, or has an option that isn't known.
  static LearningRate from_config(const ConfigValue& config);

 private:
  double value_ = 0.0;
};

}  // namespace keratin::inline v0::optimizers
