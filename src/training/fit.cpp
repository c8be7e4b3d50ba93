#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/heap.h"
#include "core/philox.h"
#include "keratin/core/error.h"
#include "keratin/training/model.h"
#include "session/work.h"
#include "training/callback_run.h"
#include "training/evaluation.h"
#include "training/fitting_batch.h"
#include "training/live_model.h"
#include "training/run_state.h"
#include "training/states.h"
#include "training/step_runner.h"

namespace keratin::inline v0 {
namespace training {
namespace {

using Clock = std::chrono::steady_clock;

void check(const FitOptions& options) {
  const auto at_least = [](const char* what, std::int64_t value, std::int64_t least) {
    if (value < least)
      throw ValueError("fit: " + std::string(what) + " must be at least " + std::to_string(least) +
                       ". Received: " + std::to_string(value));
  };
  if (options.batch_size) at_least("batch_size", *options.batch_size, 1);
  at_least("epochs", options.epochs, 0);
  at_least("initial_epoch", options.initial_epoch, 0);
  at_least("steps_per_epoch", options.steps_per_epoch, 0);
  at_least("validation_steps", options.validation_steps, 0);
  if (options.validation_batch_size) at_least("validation_batch_size", *options.validation_batch_size, 1);
  at_least("validation_freq", options.validation_freq.every(), 1);
  if (std::isnan(options.validation_split) || options.validation_split < 0.0 || options.validation_split >= 1.0)
    throw ValueError("fit: validation_split must lie in [0, 1). Received: " + std::to_string(options.validation_split));
}

/// x, y and weights as fit was given them, apart from what is kept for validation.
struct FitData {
  Data x;
  Data y;
  Data sample_weight;
  ValidationData validation;
  Array sequence_ids;
  Array validation_ids;
};

/// Keras's rule: validation_data, else the last rows, before shuffling.
FitData parted(const Data& x, const Data& y, const FitOptions& options) {
  FitData data{x, y, options.sample_weight, options.validation_data, options.sequence_ids, {}};
  if (options.validation_split == 0.0 || !data.validation.empty() || x.empty()) return data;
  const std::int64_t rows = x[0].shape().empty() ? 0 : x[0].shape().front();
  const auto kept = static_cast<std::int64_t>(std::floor(static_cast<double>(rows) * (1.0 - options.validation_split)));
  if (kept == 0 || kept == rows)
    throw ValueError("fit: validation_split=" + std::to_string(options.validation_split) +
                     " leaves no rows on one side. "
                     "Give more data or another share. Received: x of shape " +
                     to_string(x[0].shape()));
  data.x = x.rows(0, kept);
  data.y = y.rows(0, kept);
  data.validation.x = x.rows(kept, rows);
  data.validation.y = y.rows(kept, rows);
  data.sample_weight = options.sample_weight.rows(0, kept);
  data.validation.sample_weight = options.sample_weight.rows(kept, rows);
  if (const Shape& ids = options.sequence_ids.shape(); !ids.empty()) {
    if (ids.front() != rows)
      throw ValueError("fit: sequence_ids has an integer for each row of x, which are " + std::to_string(rows) +
                       " with those for validation. Received: " + to_string(ids));
    data.sequence_ids = options.sequence_ids.rows(0, kept);
    data.validation_ids = options.sequence_ids.rows(kept, rows);
  }
  return data;
}

/// A validation begins with 0 where states are reset, else with the training's.
std::optional<ResetStates> validation_resets(const FitOptions& options, bool has_ids) {
  if (options.reset_states == ResetStates::each_sequence && !has_ids) return ResetStates::each_epoch;
  return options.reset_states.value_or(ResetStates::manual);
}

/// Whether the batches, of training and of validation, are ones that stateful layers take: before anything runs.
void check_batches(const FixedBatch& fixed, const FitData& data, const FitOptions& options) {
  if (!fixed.applies()) return;
  fixed.check_shuffle(options.shuffle);
  fixed.size(options.batch_size);
  const std::int64_t steps =
      options.steps_per_epoch * std::max<std::int64_t>(1, options.epochs - options.initial_epoch);
  fixed.check_data(data.x, "x", steps, options.drop_remainder);
  if (data.validation.dataset) fixed.check_order(*data.validation.dataset, "the validation's Dataset");
  if (data.validation.empty() || data.validation.dataset) return;
  if (options.validation_batch_size) fixed.size(options.validation_batch_size, "validation_batch_size");
  fixed.check_data(data.validation.x, "the validation data", options.validation_steps, options.drop_remainder);
}

/// One fit from its first batch to its last.
class Fit {
 public:
  Fit(LiveModel& model, Batches& batches, StateRun& states, Evaluation* validation, const FitOptions& options)
      : model_(model),
        batches_(batches),
        states_(states),
        validation_(validation),
        options_(options),
        busy_(model.core(), "fit"),
        callbacks_(model.core(), model.handle(), options.callbacks,
                   {.epochs = options.epochs, .steps = batches.steps(), .verbose = options.verbose}) {
    callbacks_.set_position([this] { return position(); });
    batches_.observe(&states_);
  }

  History run() {
    History history;
    callbacks_.each([](Callback& callback) { callback.on_train_begin(); });
    epoch_ = options_.initial_epoch;
    if (const std::optional<RunState>& start = callbacks_.start()) {
      epoch_ = start->epoch;
      logs_ = start->logs;
      if (start->batch == 0 || epoch_ >= options_.epochs) restore();  // else in the middle of its epoch
    }
    while (epoch_ < options_.epochs && !is_over()) {
      const std::int64_t epoch = epoch_;
      logs_ = run_epoch();
      // What is kept of the run from here on begins with the next epoch.
      ++epoch_;
      batch_ = 0;
      Logs shown = logs_;  // with what callbacks add; as in Keras, on_train_end gets it without
      callbacks_.end_epoch(epoch, shown);
      history.add(epoch, shown);
    }
    if (options_.epochs > 0) model_.compiled("fit").optimizer()->finalize_variable_values(model_.trainable_variables());
    callbacks_.each([&](Callback& callback) { callback.on_train_end(logs_); });
    return history;
  }

 private:
  Logs run_epoch() {
    const Compiled& compiled = model_.compiled("fit");
    compiled.reset_metrics();
    callbacks_.set_steps(batches_.steps());
    callbacks_.each([&](Callback& callback) { callback.on_epoch_begin(epoch_); });
    if (callbacks_.start()) {
      restore();
    } else {
      // Steps done so far order the rows: another order each epoch and each fit, and the same one for a run that goes
      // on.
      batches_.begin_epoch(static_cast<std::uint64_t>(compiled.optimizer()->iterations().value().item<std::int64_t>()));
      states_.begin_epoch(batches_.row() == 0);
    }
    bool is_ended = false;  // a stop asked for before the batch counts after it, as in Keras
    while (!is_ended && batches_.next()) {
      callbacks_.each([&](Callback& callback) { callback.on_train_batch_begin(batch_); });
      // Here, as a stream's first batch is what the metrics are made for.
      if (!runner_) runner_.emplace(model_, true);
      logs_ = runner_->run_execution(batches_);
      batch_ += compiled.steps_per_execution();
      callbacks_.each([&](Callback& callback) { callback.on_train_batch_end(batch_ - 1, logs_); });
      is_ended = is_over();
    }
    if (batch_ == 0)
      throw ValueError("fit: the data gave no batch in epoch " + std::to_string(epoch_ + 1) +
                       ". A generator begins anew after each end of an epoch");
    if (is_ended && (batches_.steps() < 0 || batch_ < batches_.steps())) callbacks_.cut_epoch();
    return validated(logs_);
  }

  /// The numbers of an epoch, with those of a validation where it is due.
  Logs validated(Logs logs) {
    if (validation_ != nullptr && options_.validation_freq.is_due(epoch_)) {
      const Logs validated = validation_->run(callbacks_);
      for (std::size_t i = 0; i < validated.size(); ++i) logs.set("val_" + validated.name(i), validated.value(i));
    }
    return sorted_by_name(logs);
  }

  bool is_over() {
    if (callbacks_.is_stopped()) return true;
    const bool is_interrupted = options_.stop_token.stop_requested() ||
                                (options_.time_limit > 0.0 &&
                                 std::chrono::duration<double>(Clock::now() - start_).count() >= options_.time_limit);
    if (is_interrupted) callbacks_.interrupt();
    return is_interrupted;
  }

  RunState position() const {
    RunState state{.epoch = epoch_, .batch = batch_, .position = batches_.position(), .logs = logs_};
    state.variables = values_of(lasting_variables(model_));
    if (batch_ > 0) state.metrics = values_of(metric_variables(model_));
    return state;
  }

  /// Stands where the run stood that is gone on with.
  void restore() {
    const RunState& start = *callbacks_.start();
    model_.compiled("fit").optimizer()->build(model_.trainable_variables());
    batch_ = start.batch;
    if (batch_ > 0 || batches_.goes_on()) batches_.go_to(start.position);
    restore_values(lasting_variables(model_), start.variables, "variables");
    if (batch_ > 0) restore_values(metric_variables(model_), start.metrics, "metrics");
    callbacks_.set_steps(batches_.steps());
    callbacks_.restore_callbacks();
  }

  LiveModel& model_;
  Batches& batches_;
  StateRun& states_;
  Evaluation* validation_;
  const FitOptions& options_;
  session::Core::Busy busy_;
  CallbackRun callbacks_;
  std::optional<StepRunner> runner_;
  std::int64_t epoch_ = 0;
  std::int64_t batch_ = 0;  ///< done of the epoch
  Logs logs_;               ///< of the last batch or epoch
  Clock::time_point start_ = Clock::now();
};

/// What validates after an epoch; nullptr without data for it.
std::unique_ptr<Evaluation> validation_of(LiveModel& model, const ValidationData& data, const Array& sequence_ids,
                                          const FitOptions& options, SourceLine where) {
  if (data.empty()) return nullptr;
  const EvaluateOptions evaluate{
      .batch_size = options.validation_batch_size ? options.validation_batch_size : options.batch_size,
      .verbose = 0,
      .sample_weight = data.sample_weight,
      .steps = options.validation_steps,
      .reset_states = validation_resets(options, !sequence_ids.shape().empty()),
      .sequence_ids = sequence_ids,
      .drop_remainder = options.drop_remainder};
  if (data.dataset) return std::make_unique<Evaluation>(model, *data.dataset, evaluate);
  return std::make_unique<Evaluation>(model, data.x, data.y, evaluate, where);
}

/// Whether a fit with batches of another size would find room: its plans are made, and dropped again.
bool would_fit(LiveModel& model, const ArrayBatches& batches, const Evaluation* validation, const FitOptions& options,
               std::int64_t batch_size, std::int64_t fewer) {
  std::vector<std::unique_ptr<runtime::Plan>> trials = trials_for(model.train_function(), batches, fewer);
  if (validation != nullptr) validation->add_trials(trials, options.validation_batch_size.value_or(fewer));
  std::vector<const runtime::Plan*> plans;
  for (const auto& trial : trials) plans.push_back(trial.get());
  return model.core().has_room_for(plans, batches.staged_bytes(fewer) - batches.staged_bytes(batch_size));
}

/// Plans of the full and of the short last batch, so that memory is checked before anything runs.
void allocate(LiveModel& model, ArrayBatches& batches, Evaluation* validation, const FitOptions& options,
              std::int64_t batch_size) {
  if (model.compiled("fit").runs_eagerly()) return;
  const bool only_full = FixedBatch(model, "fit").applies();
  const std::vector<const runtime::Plan*> training = plans_for(model.train_function(), batches, batch_size, only_full);
  std::vector<const runtime::Plan*> plans = training;
  if (validation != nullptr) validation->add_plans(plans);
  try {
    model.core().allocate_for(plans, 0, "fit of '" + model.name() + "' with batch_size=" + std::to_string(batch_size));
  } catch (const OutOfMemoryError& error) {
    if (only_full) throw;  // no other batch size would do
    // Those of a fit that will not be would count against others.
    for (std::size_t i = 0; i < plans.size(); ++i)
      (i < training.size() ? model.train_function() : model.test_function()).forget(*plans[i]);
    const auto fits = [&](std::int64_t fewer) {
      return would_fit(model, batches, validation, options, batch_size, fewer);
    };
    const std::int64_t rows = std::min(batch_size, batches.total_rows());
    throw OutOfMemoryError(error.what() + advice_on_rows("A batch_size of ", rows, fits), error.layer_path(),
                           error.where());
  }
}

}  // namespace
}  // namespace training

ValidationData::ValidationData() noexcept = default;
ValidationData::ValidationData(const ValidationData& other) = default;
ValidationData::ValidationData(ValidationData&& other) noexcept = default;
ValidationData& ValidationData::operator=(const ValidationData& other) = default;
ValidationData& ValidationData::operator=(ValidationData&& other) noexcept = default;
ValidationData::~ValidationData() = default;

ValidationData::ValidationData(Data inputs, Data targets, Data weights)
    : x(std::move(inputs)), y(std::move(targets)), sample_weight(std::move(weights)) {}
ValidationData::ValidationData(const Examples& examples) : x(examples.x), y(examples.y) {}
ValidationData::ValidationData(Dataset batches) : dataset(std::move(batches)) {}
bool ValidationData::empty() const noexcept { return x.empty() && !dataset; }

ValidationFreq::ValidationFreq(std::initializer_list<std::int64_t> epochs) : is_list_(true), epochs_(epochs) {}
ValidationFreq::ValidationFreq(std::vector<std::int64_t> epochs) : is_list_(true), epochs_(std::move(epochs)) {}

bool ValidationFreq::is_due(std::int64_t epoch) const noexcept {
  if (is_list_) return std::ranges::find(epochs_, epoch + 1) != epochs_.end();
  return (epoch + 1) % every_ == 0;
}

History Model::fit(const Data& x, const Data& y, const FitOptions& options, std::source_location where) try {
  training::LiveModel& model = live();
  const session::Work work(model.core(), "fit", where);
  model.core().require_idle("fit");
  training::check(options);
  model.compiled("fit");
  const training::FitData data = training::parted(x, y, options);
  const training::FixedBatch fixed(model, "fit");
  training::check_batches(fixed, data, options);
  training::Columns columns = model.columns(data.x, data.y, data.sample_weight, options.class_weight, "fit");
  model.prepare_step(columns, true);
  const std::int64_t rows = columns.arrays.front().shape().front();
  const std::int64_t batch_size =
      training::batch_size_of(fixed.size(options.batch_size), options.steps_per_epoch, rows, "fit");
  training::StateRun states(model, training::Work::train,
                            {.reset = options.reset_states, .sequence_ids = data.sequence_ids, .rows = rows});
  training::ArrayBatches batches(model.core(), std::move(columns),
                                 {.batch_size = batch_size,
                                  .shuffle = options.shuffle,
                                  .key = core::stream_key(model.core().seed(), model.path() + "/shuffle"),
                                  .steps_per_epoch = options.steps_per_epoch,
                                  .goes_on = options.steps_per_epoch > 0,
                                  .steps_per_execution = model.compiled("fit").steps_per_execution(),
                                  .drop_remainder = options.drop_remainder},
                                 model.path(), where);
  const std::unique_ptr<training::Evaluation> validation =
      training::validation_of(model, data.validation, data.validation_ids, options, where);
  training::allocate(model, batches, validation.get(), options, batch_size);
  return training::Fit(model, batches, states, validation.get(), options).run();
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("fit", where);
}

History Model::fit(const Dataset& dataset, const FitOptions& options, std::source_location where) try {
  training::LiveModel& model = live();
  const session::Work work(model.core(), "fit", where);
  model.core().require_idle("fit");
  training::check(options);
  const training::Compiled& compiled = model.compiled("fit");
  if (options.validation_split > 0.0 || !options.sample_weight.empty() || options.drop_remainder)
    throw ValueError(
        "fit: with a Dataset, validation_split, sample_weight and drop_remainder have no meaning: give "
        "validation_data, weights with each batch, and drop_remainder to Dataset::batch. Received: " +
        std::string(options.validation_split > 0.0   ? "validation_split"
                    : !options.sample_weight.empty() ? "sample_weight"
                                                     : "drop_remainder"));
  const training::FitData data{{}, {}, {}, options.validation_data, options.sequence_ids, {}};
  // What a stream's batches are shows while it runs; of a validation on arrays it is known.
  FitOptions of_stream = options;
  of_stream.shuffle = false;
  of_stream.batch_size.reset();
  const training::FixedBatch fixed(model, "fit");
  fixed.check_order(dataset, "the Dataset");
  training::check_batches(fixed, data, of_stream);
  training::StateRun states(model, training::Work::train,
                            {.reset = options.reset_states, .sequence_ids = options.sequence_ids});
  training::StreamBatches batches(dataset, training::columns_of_batches(model, true, options.class_weight),
                                  options.steps_per_epoch, compiled.steps_per_execution(), false);
  const std::unique_ptr<training::Evaluation> validation =
      training::validation_of(model, options.validation_data, {}, options, where);
  return training::Fit(model, batches, states, validation.get(), options).run();
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("fit", where);
}

}  // namespace keratin::inline v0
