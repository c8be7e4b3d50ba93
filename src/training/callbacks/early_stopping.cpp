#include "keratin/training/callbacks/early_stopping.h"

#include <iostream>
#include <utility>

#include "keratin/core/error.h"
#include "training/callbacks/messages.h"

namespace keratin::inline v0::callbacks {

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : MonitorCallback(options.monitor, options.mode, std::nullopt, options.min_delta), options_(std::move(options)) {
  if (options_.patience < 0)
    throw ValueError("EarlyStopping: `patience` is a number of epochs. Received: patience=" +
                     std::to_string(options_.patience));
}

void EarlyStopping::on_train_begin() {
  wait_ = 0;
  stopped_epoch_ = 0;
  best_epoch_ = 0;
  set_best(std::nullopt);
}

void EarlyStopping::on_epoch_end(std::int64_t epoch, const Logs& logs) {
  settle_direction();
  const std::optional<double> current = watched(logs, "EarlyStopping");
  if (!current || epoch < options_.start_from_epoch) return;
  if (options_.restore_best_weights && !context().has_kept_weights(*this)) {
    // As Keras: if nothing ever gets better, the first epoch's weights are the best.
    context().keep_weights(*this);
    best_epoch_ = epoch;
  }
  ++wait_;
  if (is_improvement(*current, best())) {
    set_best(current);
    best_epoch_ = epoch;
    if (options_.restore_best_weights) context().keep_weights(*this);
    // Waiting starts anew only if the baseline is beaten too.
    if (!options_.baseline || is_improvement(*current, options_.baseline)) wait_ = 0;
    return;
  }
  if (wait_ >= options_.patience && epoch > 0) {
    stopped_epoch_ = epoch;
    context().stop();
  }
}

void EarlyStopping::on_train_end(const Logs& /*logs*/) {
  if (stopped_epoch_ > 0 && options_.verbose > 0) std::cout << "Epoch " << stopped_epoch_ + 1 << ": early stopping\n";
  if (!options_.restore_best_weights || !context().has_kept_weights(*this)) return;
  if (options_.verbose > 0)
    std::cout << "Restoring model weights from the end of the best epoch: " << best_epoch_ + 1 << ".\n";
  context().restore_weights(*this);
}

Config EarlyStopping::state() const {
  return {{"wait", wait_}, {"stopped_epoch", stopped_epoch_}, {"best_epoch", best_epoch_}, {"best", or_none(best())}};
}

void EarlyStopping::set_state(const Config& state) {
  wait_ = state.get<std::int64_t>("wait");
  stopped_epoch_ = state.get<std::int64_t>("stopped_epoch");
  best_epoch_ = state.get<std::int64_t>("best_epoch");
  set_best(optional_number(state, "best"));
  // It had asked for the end already; with more patience than then there is more to come.
  if (stopped_epoch_ > 0 && wait_ >= options_.patience) {
    context().stop();
  } else {
    stopped_epoch_ = 0;
  }
}

}  // namespace keratin::inline v0::callbacks
