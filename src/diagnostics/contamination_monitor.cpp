#include "keratin/diagnostics/contamination_monitor.h"

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <span>
#include <utility>

#include "core/text.h"
#include "diagnostics/probe.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/layers/normalization.h"
#include "layers/layer_states.h"
#include "training/states.h"

namespace keratin::inline v0::diagnostics {
namespace {

/// The rows of a state that are other than 0, marked.
void mark_set_rows(const Variable& state, std::vector<bool>& set) {
  const Array content = training::content_of(state);
  const auto rows = static_cast<std::size_t>(content.shape().front());
  const std::size_t each = static_cast<std::size_t>(content.nbytes()) / std::max<std::size_t>(rows, 1);
  const auto* const bytes = static_cast<const std::byte*>(content.raw());
  set.resize(rows);
  for (std::size_t row = 0; row < rows; ++row)
    set[row] = set[row] || std::any_of(bytes + row * each, bytes + (row + 1) * each,
                                       [](std::byte byte) { return byte != std::byte{0}; });
}

/// How many of these rows, of a batch from `first` on, began another sequence than the batch before.
std::int64_t outlived(const std::vector<bool>& set, std::span<const std::int64_t> ids, std::size_t first) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < set.size() && first + i < ids.size(); ++i)
    if (set[i] && (first < set.size() || ids[first + i] != ids[first + i - set.size()])) ++count;
  return count;
}

}  // namespace

ContaminationMonitor::ContaminationMonitor(ContaminationMonitorOptions options) : options_(std::move(options)) {
  if (!options_.sequence_ids.shape().empty()) options_.sequence_ids = options_.sequence_ids.astype(int64).contiguous();
}

void ContaminationMonitor::on_train_begin() {
  seen_ = {};
  epoch_row_ = 0;
  done_ = 0;
  training::LiveModel& live = training::LiveModel::of(model());
  for (const training::StatefulLayer& each : training::stateful_layers(live)) seen_.layers.push_back(each.name);
  for (Layer* const layer : layers::all_layers(live))
    if (dynamic_cast<const layers::BatchNormalization*>(layer) != nullptr && layer->trainable())
      seen_.mixing.push_back(training::name_within(live, *layer));
}

void ContaminationMonitor::on_train_batch_begin(std::int64_t batch) {
  ++seen_.batches;
  std::vector<bool> set;
  std::vector<Array> states;
  for (const training::StatefulLayer& each : training::stateful_layers(training::LiveModel::of(model())))
    for (const Variable& state : each.states) {
      mark_set_rows(state, set);
      states.push_back(training::content_of(state));
    }
  seen_.largest_state = std::max(seen_.largest_state, largest(states));
  rows_ = static_cast<std::int64_t>(set.size());
  if (!options_.sequence_ids.shape().empty()) count_outlived(set, batch);
  if (std::ranges::find(set, true) == set.end()) return;
  if (batch > 0) {
    ++seen_.carried_batches;
  } else if (seen_.batches > 1) {
    ++seen_.carried_epochs;
  } else {
    seen_.carried_into_fit = true;
  }
}

void ContaminationMonitor::count_outlived(const std::vector<bool>& set, std::int64_t batch) {
  const std::span<const std::int64_t> ids = options_.sequence_ids.data<std::int64_t>();
  if (batch == 0) {
    epoch_row_ += std::exchange(done_, 0) * rows_;
    if (epoch_row_ + rows_ > static_cast<std::int64_t>(ids.size())) epoch_row_ = 0;  // the data begins anew
  }
  seen_.carried_rows += outlived(set, ids, static_cast<std::size_t>(epoch_row_ + batch * rows_));
}

void ContaminationMonitor::on_train_batch_end(std::int64_t batch, const Logs& /*logs*/) { done_ = batch + 1; }

void ContaminationMonitor::on_train_end(const Logs& /*logs*/) {
  if (options_.log && (seen_.carried_epochs > 0 || seen_.carried_rows > 0))
    log::write(log::Level::warning,
               "Training '" + model().name() + "' carried states over " + std::to_string(seen_.carried_epochs) +
                   " ends of epochs and " + std::to_string(seen_.carried_rows) + " of sequences: those of " +
                   core::listed(seen_.layers, "'") + ". fit's reset_states says when they begin anew");
}

std::ostream& operator<<(std::ostream& out, const CarriedStates& states) {
  out << states.batches << " batches";
  if (states.layers.empty()) {
    out << ", no layer keeps states";
  } else {
    out << ", states of " << core::listed(states.layers, "'") << ": carried into " << states.carried_batches
        << " batches, " << states.carried_epochs << " epochs" << (states.carried_into_fit ? ", into the fit" : "");
    if (states.carried_rows > 0) out << ", over the end of " << states.carried_rows << " sequences";
    out << "; largest " << states.largest_state;
  }
  if (!states.mixing.empty()) out << "; " << core::listed(states.mixing, "'") << " mix the rows of a batch";
  return out;
}

}  // namespace keratin::inline v0::diagnostics
