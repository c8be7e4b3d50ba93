#include "keratin/training/callbacks/swap_ema_weights.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/training/model.h"
#include "session/core.h"
#include "training/kept_weights.h"

namespace keratin::inline v0::callbacks {
namespace {

using Averages = std::vector<std::pair<Variable, Variable>>;

/// Weights with their averages; there is at least one.
Averages averages_of(const Model& model) {
  const Handle<optimizers::Optimizer> optimizer = model.optimizer();
  Averages averages = optimizer->averages();
  if (averages.empty())
    throw ValueError(
        "SwapEMAWeights needs averages of the weights, which an optimizer with use_ema = true keeps from " +
        std::string("its first step on. Received: the optimizer '") + optimizer->name() + "' of '" + model.name() +
        "', which has none");
  return averages;
}

/// Without a copy, and so without a failure on the way: only memory that isn't there yet can be refused, before.
void swap(const Averages& averages) {
  std::vector<std::pair<std::byte*, std::byte*>> places;
  places.reserve(averages.size());
  for (const auto& [variable, average] : averages)
    places.emplace_back(session::Inner::data(variable), session::Inner::data(average));
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto bytes = static_cast<std::size_t>(training::content_of(averages[i].first).nbytes());
    std::swap_ranges(places[i].first, places[i].first + bytes, places[i].second);
  }
}

}  // namespace

void SwapEMAWeights::bring_in() {
  if (averages_in_model_) return;
  swap(averages_of(model()));
  averages_in_model_ = true;
}

void SwapEMAWeights::take_out() {
  if (!averages_in_model_) return;
  swap(averages_of(model()));
  averages_in_model_ = false;
}

void SwapEMAWeights::on_epoch_begin(std::int64_t /*epoch*/) {
  if (options_.swap_on_epoch) take_out();
}

void SwapEMAWeights::on_epoch_end(std::int64_t epoch, const Logs& /*logs*/) {
  if (!options_.swap_on_epoch || averages_in_model_) return;
  bring_in();
  if (epoch != context().epochs() - 1) return;
  // fit gives weights their averages at its end: those are what the model has now.
  for (const auto& [variable, average] : averages_of(model()))
    session::Inner::write(average, training::content_of(variable));
}

void SwapEMAWeights::on_test_begin() { bring_in(); }
void SwapEMAWeights::on_test_end(const Logs& /*logs*/) { take_out(); }
// Keras means to take them out in on_predict_end, but does so only where they are out already: never.
void SwapEMAWeights::on_predict_begin() { bring_in(); }

Config SwapEMAWeights::state() const { return {{"averages_in_model", averages_in_model_}}; }
void SwapEMAWeights::set_state(const Config& state) { averages_in_model_ = state.get<bool>("averages_in_model"); }

}  // namespace keratin::inline v0::callbacks
