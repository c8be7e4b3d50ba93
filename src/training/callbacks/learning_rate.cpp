#include "keratin/training/callbacks/learning_rate.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/optimizers/wrappers.h"
#include "keratin/training/model.h"
#include "training/callbacks/messages.h"

namespace keratin::inline v0::callbacks {
namespace {

/// An optimizer with a learning rate; its name where it is one of several.
struct Rated {
  std::string name;
  Handle<optimizers::Optimizer> optimizer;

  std::string log() const { return name.empty() ? "learning_rate" : "learning_rate_" + name; }
  std::string spoken() const { return (name.empty() ? "" : name + " ") + "learning rate"; }
};

/// The model's optimizer, or those of its MultiOptimizer.
std::vector<Rated> rated_of(const Model& model) {
  const Handle<optimizers::Optimizer> optimizer = model.optimizer();
  const auto* const several = dynamic_cast<const optimizers::MultiOptimizer*>(&*optimizer);
  if (several == nullptr) return {{"", optimizer}};
  std::vector<Rated> all;
  for (const Handle<optimizers::Optimizer>& each : several->optimizers()) all.push_back({each->name(), each});
  return all;
}

void add_learning_rates(CallbackContext& context) {
  for (const Rated& each : rated_of(context.model())) context.add_log(each.log(), each.optimizer->learning_rate());
}

}  // namespace

void LearningRateScheduler::on_epoch_begin(std::int64_t epoch) {
  for (const Rated& each : rated_of(model())) {
    const double rate = schedule_(epoch, each.optimizer->learning_rate());
    each.optimizer->set_learning_rate(rate);
    if (verbose_ > 0)
      print_epoch(epoch, "LearningRateScheduler setting " + each.spoken() + " to " + core::shortest(rate) + ".");
  }
}

void LearningRateScheduler::on_epoch_end(std::int64_t /*epoch*/, const Logs& /*logs*/) {
  add_learning_rates(context());
}

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options)
    : MonitorCallback(options.monitor, options.mode, std::nullopt, options.min_delta), options_(std::move(options)) {
  if (!(options_.factor < 1.0))
    throw ValueError("ReduceLROnPlateau: `factor` must be below 1, as the learning rate is to fall. Received: factor=" +
                     core::shortest(options_.factor));
}

void ReduceLROnPlateau::on_train_begin() {
  set_best(std::nullopt);
  cooldown_counter_ = 0;
  wait_ = 0;
}

bool ReduceLROnPlateau::reduce(std::int64_t epoch) {
  bool is_reduced = false;
  for (const Rated& each : rated_of(model())) {
    const double old_rate = each.optimizer->learning_rate();
    if (!(old_rate > static_cast<double>(static_cast<float>(options_.min_lr)))) continue;
    const double rate = std::max(old_rate * options_.factor, options_.min_lr);
    each.optimizer->set_learning_rate(rate);
    is_reduced = true;
    if (options_.verbose > 0)
      print_epoch(epoch, "ReduceLROnPlateau reducing " + each.spoken() + " to " + core::shortest(rate) + ".");
  }
  return is_reduced;
}

void ReduceLROnPlateau::on_epoch_end(std::int64_t epoch, const Logs& logs) {
  settle_direction();
  add_learning_rates(context());
  const std::optional<double> current = watched(logs, "ReduceLROnPlateau");
  if (!current) return;
  if (in_cooldown()) {
    --cooldown_counter_;
    wait_ = 0;
  }
  if (is_improvement(*current, best())) {
    set_best(current);
    wait_ = 0;
  } else if (!in_cooldown() && ++wait_ >= options_.patience && reduce(epoch)) {
    cooldown_counter_ = options_.cooldown;
    wait_ = 0;
  }
}

Config ReduceLROnPlateau::state() const {
  return {{"wait", wait_}, {"cooldown_counter", cooldown_counter_}, {"best", or_none(best())}};
}

void ReduceLROnPlateau::set_state(const Config& state) {
  wait_ = state.get<std::int64_t>("wait");
  cooldown_counter_ = state.get<std::int64_t>("cooldown_counter");
  set_best(optional_number(state, "best"));
}

}  // namespace keratin::inline v0::callbacks
