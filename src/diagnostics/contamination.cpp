#include "keratin/diagnostics/contamination.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <numeric>
#include <ostream>
#include <string>
#include <utility>

#include "diagnostics/probe.h"
#include "diagnostics/row_mixing.h"
#include "graph/spec.h"
#include "keratin/core/error.h"
#include "keratin/core/memory.h"
#include "session/core.h"
#include "training/states.h"

namespace keratin::inline v0::diagnostics {
namespace {

using Batch = std::vector<Array>;

/// Whole batches of x, as the model takes them.
std::vector<Batch> batches_of(training::LiveModel& model, const Data& x, const ContaminationOptions& options) {
  const training::FixedBatch fixed(model, "contamination");
  const std::int64_t size = fixed.size(options.batch_size).value_or(32);
  if (size < 1 || options.batches < 0)
    throw ValueError("contamination: batch_size must be at least 1, and batches not negative. Received: batch_size=" +
                     std::to_string(size) + ", batches=" + std::to_string(options.batches));
  fixed.check_data(x, "x", 0, true);
  const training::Columns columns = model.input_columns(x);
  const std::int64_t rows = columns.arrays.front().shape().front();
  if (rows < size)
    throw ValueError("contamination: x has to fill a batch. Received: " + std::to_string(rows) +
                     " rows for batch_size=" + std::to_string(size));
  const std::int64_t count = options.batches > 0 ? std::min(options.batches, rows / size) : rows / size;
  std::vector<Batch> batches(static_cast<std::size_t>(count));
  for (std::int64_t k = 0; k < count; ++k)
    for (std::size_t i = 0; i < columns.arrays.size(); ++i)
      batches[static_cast<std::size_t>(k)].push_back(
          columns.arrays[i].rows(k * size, (k + 1) * size).astype(columns.dtypes[i]).contiguous());
  if (count == 1) batches.push_back(batches.front());
  return batches;
}

/// The outputs of batches run in an order; `before` comes before each of them.
template <class F>
std::vector<Batch> outputs_of(Probe& probe, const std::vector<Batch>& batches, const std::vector<std::size_t>& order,
                              const F& before) {
  std::vector<Batch> outputs(batches.size());
  probe.reset();
  for (const std::size_t k : order) {
    before();
    outputs[k] = probe.run(batches[k], false);
  }
  return outputs;
}

std::vector<std::size_t> in_order(std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

std::vector<std::size_t> exchanged(std::size_t count) {
  std::vector<std::size_t> order = in_order(count);
  for (std::size_t k = 0; k + 1 < count; k += 2) std::swap(order[k], order[k + 1]);
  return order;
}

CarryingLayer described(training::LiveModel& model, const Probe::Changed& carrier) {
  CarryingLayer layer{.layer = training::name_within(model, *carrier.layer), .class_name = carrier.layer->class_name()};
  const std::vector<Variable> states = carrier.layer->states();
  for (const Variable& variable : carrier.variables) {
    layer.state_bytes += static_cast<std::int64_t>(graph::Spec{variable.dtype(), variable.shape()}.bytes());
    layer.resettable = layer.resettable && std::ranges::find(states, variable) != states.end();
  }
  return layer;
}

/// What one layer alone does, when all others begin anew with each batch.
double shift_of(Probe& probe, const std::vector<Batch>& batches, const Probe::Changed& carrier,
                const std::vector<Batch>& anew) {
  const std::vector<Batch> alone = outputs_of(probe, batches, in_order(batches.size()), [&] {
    std::vector<Array> kept;
    for (const Variable& variable : carrier.variables) kept.push_back(variable.value());
    probe.reset();
    for (std::size_t i = 0; i < kept.size(); ++i) session::Inner::write(carrier.variables[i], kept[i]);
  });
  double most = 0.0;
  for (std::size_t k = 0; k < batches.size(); ++k) most = std::max(most, difference(alone[k], anew[k]));
  return most;
}

void compare_batches(Probe& probe, const std::vector<Batch>& batches, ContaminationReport& report) {
  const auto nothing = [] {};
  const std::vector<Batch> kept = outputs_of(probe, batches, in_order(batches.size()), nothing);
  const std::vector<Probe::Changed> carriers = probe.changed();
  const std::vector<Batch> anew = outputs_of(probe, batches, in_order(batches.size()), [&] { probe.reset(); });
  const std::vector<Batch> swapped = outputs_of(probe, batches, exchanged(batches.size()), nothing);
  for (std::size_t k = 0; k < batches.size(); ++k) {
    BatchDependence& batch = report.batches.emplace_back(BatchDependence{.batch = static_cast<std::int64_t>(k)});
    batch.reset = difference(kept[k], anew[k]);
    batch.exchanged = difference(kept[k], swapped[k]);
    report.max_shift = std::max({report.max_shift, batch.reset, batch.exchanged});
    report.largest_output = std::max(report.largest_output, largest(kept[k]));
  }
  for (const Probe::Changed& carrier : carriers) {
    report.layers.push_back(described(probe.model(), carrier));
    report.layers.back().shift = shift_of(probe, batches, carrier, anew);
  }
}

}  // namespace

ContaminationReport contamination(const Model& model, const Data& x, const ContaminationOptions& options,
                                  std::source_location /*where*/) {
  training::LiveModel& live = training::LiveModel::of(model);
  const session::Core::Entry entry(live.core());
  const std::vector<Batch> batches = batches_of(live, x, options);
  ContaminationReport report{.model = live.name(), .batch_size = batches.front().front().shape().front()};
  Probe probe(live);
  compare_batches(probe, batches, report);
  if (report.batch_size > 1) find_mixing(probe, batches.front(), report);
  return report;
}

namespace {

std::string few_digits(double number) {
  std::string text(32, '\0');
  text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.3g", number)));
  return text;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const ContaminationReport& report) {
  out << "Contamination of '" << report.model << "', " << report.batches.size() << " batches of " << report.batch_size
      << (report.batch_size == 1 ? " row" : " rows") << ", largest output " << few_digits(report.largest_output);
  for (const CarryingLayer& layer : report.layers)
    out << "\n  " << layer.layer << " (" << layer.class_name << ") carries " << to_string(Bytes{layer.state_bytes})
        << " from batch to batch" << (layer.resettable ? "" : ", which reset_states() leaves as they are")
        << ": outputs shift by up to " << few_digits(layer.shift);
  if (report.layers.empty()) out << "\n  no layer carries state from batch to batch";
  for (const BatchDependence& batch : report.batches)
    if (batch.reset != 0.0 || batch.exchanged != 0.0)
      out << "\n    batch " << batch.batch << ": " << few_digits(batch.reset) << " with states reset, "
          << few_digits(batch.exchanged) << " with neighbours exchanged";
  for (const MixingLayer& layer : report.mixing)
    out << "\n  " << layer.layer << " (" << layer.class_name << ") mixes the rows of a batch"
        << (layer.training ? " in training" : "") << ": its results shift by up to " << few_digits(layer.shift);
  if (report.batch_size == 1) return out << "\n  whether rows mix does not show with one row";
  if (report.mixing.empty()) {
    if (report.rows_shift != 0.0 || report.rows_shift_in_training != 0.0)
      return out << "\n  an operation between layers mixes the rows of a batch: outputs shift by up to "
                 << few_digits(std::max(report.rows_shift, report.rows_shift_in_training));
    out << "\n  no layer mixes the rows of a batch";
  }
  return out;
}

}  // namespace keratin::inline v0::diagnostics
