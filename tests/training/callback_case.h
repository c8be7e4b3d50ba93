#pragma once

#include <cmath>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "training/training_case.h"

namespace keratin::test {

/// What ReduceLROnPlateau makes of an epoch's losses, from a learning rate of 0.1 on.
struct PlateauCase {
  callbacks::ReduceLROnPlateauOptions options;
  std::vector<double> losses;
  std::vector<double> logged;  ///< "learning_rate" in each epoch's logs
  std::vector<double> rates;   ///< after each epoch
};

/// The learning rates of a history.
struct ScheduleCase {
  std::string name;
  std::vector<double> rates;
};

/// What mode "auto" makes of a name: 1 grows, −1 falls, 0: an error.
struct DirectionCase {
  std::string monitor;
  int direction = 0;
};

/// A weight, hook by hook.
struct SwappedCase {
  std::string name;
  std::vector<std::pair<std::string, double>> seen;
};

/// What a callback sees of a fit, without one.
class CallbackContextAlone final : public CallbackContext {
 public:
  explicit CallbackContextAlone(Model model) : model_(std::move(model)) {}
  Model& model() override { return model_; }
  void stop() noexcept override { is_stopped = true; }
  std::int64_t epochs() const noexcept override { return 100; }
  std::int64_t steps() const noexcept override { return 1; }
  int verbose() const noexcept override { return 0; }
  void add_log(std::string_view name, double value) override { added.set(name, value); }
  void keep_weights(const Callback& /*callback*/) override { weights_ = model_.get_weights(); }
  bool has_kept_weights(const Callback& /*callback*/) const noexcept override { return !weights_.empty(); }
  void restore_weights(const Callback& /*callback*/) override { model_.set_weights(weights_); }

  bool is_stopped = false;
  Logs added;

 private:
  Model model_;
  std::vector<Array> weights_;
};

}  // namespace keratin::test
