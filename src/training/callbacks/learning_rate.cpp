#include "keratin/training/callbacks/learning_rate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/training/model.h"
#include "training/callbacks/messages.h"

namespace keratin::inline v0::callbacks {
namespace {

void add_learning_rate(CallbackContext& context) {
  context.add_log("learning_rate", context.model().optimizer()->learning_rate());
}

}  // namespace

void LearningRateScheduler::on_epoch_begin(std::int64_t epoch) {
  const Handle<optimizers::Optimizer> optimizer = model().optimizer();
  const double rate = schedule_(epoch, optimizer->learning_rate());
  optimizer->set_learning_rate(rate);
  if (verbose_ > 0) print_epoch(epoch, "LearningRateScheduler setting learning rate to " + core::shortest(rate) + ".");
}

void LearningRateScheduler::on_epoch_end(std::int64_t /*epoch*/, const Logs& /*logs*/) { add_learning_rate(context()); }

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
  const Handle<optimizers::Optimizer> optimizer = model().optimizer();
  const double old_rate = optimizer->learning_rate();
  if (!(old_rate > static_cast<double>(static_cast<float>(options_.min_lr)))) return false;
  const double rate = std::max(old_rate * options_.factor, options_.min_lr);
  optimizer->set_learning_rate(rate);
  if (options_.verbose > 0)
    print_epoch(epoch, "ReduceLROnPlateau reducing learning rate to " + core::shortest(rate) + ".");
  return true;
}

void ReduceLROnPlateau::on_epoch_end(std::int64_t epoch, const Logs& logs) {
  settle_direction();
  add_learning_rate(context());
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
