#include <algorithm>
#include <cmath>
#include <iostream>
#include <iterator>
#include <limits>

#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/training/callbacks.h"
#include "keratin/training/model.h"

namespace keratin::inline v0::callbacks {
namespace {

/// Keras's rule: what is called accuracy, AUC and the like should grow.
bool grows(const std::string& monitor) {
  constexpr const char* parts[] = {"acc", "auc", "precision", "recall", "f1", "fbeta", "iou", "r2"};
  return std::any_of(std::begin(parts), std::end(parts),
                     [&](const char* part) { return monitor.find(part) != std::string::npos; });
}

std::string names_of(const Logs& logs) {
  std::string all;
  for (std::size_t i = 0; i < logs.size(); ++i) all += (i == 0 ? "" : ", ") + logs.name(i);
  return all;
}

}  // namespace

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : options_(std::move(options)),
      larger_is_better_(options_.mode == Mode::max || (options_.mode == Mode::automatic && grows(options_.monitor))) {
  options_.min_delta = std::abs(options_.min_delta);
  if (options_.patience < 0)
    throw ValueError("EarlyStopping: patience is a number of epochs. Received: " + std::to_string(options_.patience));
}

bool EarlyStopping::is_better(double value, double reference) const noexcept {
  return larger_is_better_ ? value - options_.min_delta > reference : value + options_.min_delta < reference;
}

void EarlyStopping::on_train_begin() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  wait_ = 0;
  stopped_epoch_ = 0;
  best_epoch_ = 0;
  best_weights_.clear();
  best_ = larger_is_better_ ? -infinity : infinity;
}

void EarlyStopping::on_epoch_end(std::int64_t epoch, const Logs& logs) {
  if (epoch < options_.start_from_epoch) return;
  if (!logs.contains(options_.monitor)) {
    log::write(log::Level::warning, "EarlyStopping watches '" + options_.monitor +
                                        "', which the epoch's logs do not have. They have: " + names_of(logs));
    return;
  }
  const double current = logs.at(options_.monitor);
  if (options_.restore_best_weights && best_weights_.empty()) {
    // As Keras: if nothing ever gets better, the first epoch's weights are the best.
    best_weights_ = model().get_weights();
    best_epoch_ = epoch;
  }
  ++wait_;
  if (is_better(current, best_)) {
    best_ = current;
    best_epoch_ = epoch;
    if (options_.restore_best_weights) best_weights_ = model().get_weights();
    // Waiting starts anew only if the baseline is beaten too.
    if (!options_.baseline || is_better(current, *options_.baseline)) wait_ = 0;
    return;
  }
  if (wait_ >= options_.patience && epoch > 0) {
    stopped_epoch_ = epoch;
    context().stop();
  }
}

void EarlyStopping::on_train_end(const Logs& /*logs*/) {
  if (stopped_epoch_ > 0 && options_.verbose > 0) std::cout << "Epoch " << stopped_epoch_ + 1 << ": early stopping\n";
  if (options_.restore_best_weights && !best_weights_.empty()) {
    if (options_.verbose > 0)
      std::cout << "Restoring model weights from the end of the best epoch: " << best_epoch_ + 1 << ".\n";
    model().set_weights(best_weights_);
  }
  best_weights_.clear();
}

}  // namespace keratin::inline v0::callbacks
