#include "training/evaluation.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "core/heap.h"
#include "keratin/core/error.h"
#include "session/work.h"

namespace keratin::inline v0 {
namespace training {

StreamBatches::AsColumns columns_of_batches(LiveModel& model, bool training,
                                            FlatMap<std::int64_t, double> class_weight) {
  return [&model, training, class_weight = std::move(class_weight),
          fixed = FixedBatch(model, training ? "fit" : "evaluate")](const Batch& batch) {
    fixed.check_batch(batch.x, "a batch of the Dataset");
    Columns columns = model.columns(batch.x, batch.y, batch.sample_weight, class_weight, training ? "fit" : "evaluate");
    model.prepare_step(columns, training);
    return columns;
  };
}

namespace {

StateRun::Options state_options(const EvaluateOptions& options, std::int64_t rows) {
  return {.reset = options.reset_states, .sequence_ids = options.sequence_ids, .rows = rows};
}

Columns checked_columns(LiveModel& model, const Data& x, const Data& y, const EvaluateOptions& options) {
  const FixedBatch fixed(model, "evaluate");
  fixed.size(options.batch_size);
  fixed.check_data(x, "x", options.steps, options.drop_remainder);
  return model.columns(x, y, options.sample_weight, {}, "evaluate");
}

const Dataset& in_order(LiveModel& model, const Dataset& dataset) {
  FixedBatch(model, "evaluate").check_order(dataset, "the Dataset");
  return dataset;
}

/// Calls f with the columns' specs of a full batch, and of the shorter last one where there is one and it is reached.
template <class F>
void each_batch(const ArrayBatches& batches, std::int64_t batch_size, bool only_full, F f) {
  std::vector<graph::Spec> specs(batches.specs().begin(), batches.specs().end());
  const std::int64_t rows = batches.total_rows();
  const std::int64_t rest = rows > batch_size && !only_full ? rows % batch_size : 0;
  for (const std::int64_t count : {std::min(rows, batch_size), rest}) {
    if (count == 0) continue;
    for (graph::Spec& spec : specs) spec.shape[0] = count;
    f(std::span<const graph::Spec>(specs));
  }
}

}  // namespace

std::vector<const runtime::Plan*> plans_for(session::TracedFunction& function, const ArrayBatches& batches,
                                            std::int64_t batch_size, bool only_full) {
  std::vector<const runtime::Plan*> plans;
  each_batch(batches, batch_size, only_full,
             [&](std::span<const graph::Spec> specs) { plans.push_back(&function.prepare(specs)); });
  return plans;
}

std::vector<std::unique_ptr<runtime::Plan>> trials_for(session::TracedFunction& function, const ArrayBatches& batches,
                                                       std::int64_t batch_size) {
  std::vector<std::unique_ptr<runtime::Plan>> plans;
  each_batch(batches, batch_size, false,
             [&](std::span<const graph::Spec> specs) { plans.push_back(function.trial(specs)); });
  return plans;
}

Evaluation::Evaluation(LiveModel& model, const Data& x, const Data& y, const EvaluateOptions& options, SourceLine where)
    : Evaluation(model, checked_columns(model, x, y, options), options, where) {}

Evaluation::Evaluation(LiveModel& model, Columns columns, const EvaluateOptions& options, SourceLine where)
    : model_(model), states_(model, Work::evaluate, state_options(options, columns.arrays.front().shape().front())) {
  batch_size_ = batch_size_of(FixedBatch(model, "evaluate").size(options.batch_size), options.steps,
                              columns.arrays.front().shape().front(), "evaluate");
  model.prepare_step(columns, false);
  batches_ =
      std::make_unique<ArrayBatches>(model.core(), std::move(columns),
                                     Batching{.batch_size = batch_size_,
                                              .steps_per_epoch = options.steps,
                                              .steps_per_execution = model.compiled("evaluate").steps_per_execution(),
                                              .drop_remainder = options.drop_remainder},
                                     model.path() + "/test", where);
  batches_->observe(&states_);
}

Evaluation::Evaluation(LiveModel& model, const Dataset& dataset, const EvaluateOptions& options)
    : model_(model),
      batches_(std::make_unique<StreamBatches>(in_order(model, dataset), columns_of_batches(model, false),
                                               options.steps, model.compiled("evaluate").steps_per_execution(), true)),
      states_(model, Work::evaluate, state_options(options, -1)) {
  batches_->observe(&states_);
}

void Evaluation::add_plans(std::vector<const runtime::Plan*>& plans) {
  const auto* const arrays = dynamic_cast<const ArrayBatches*>(batches_.get());
  if (arrays == nullptr) return;
  const bool only_full = FixedBatch(model_, "evaluate").applies();
  for (const runtime::Plan* const plan : plans_for(model_.test_function(), *arrays, batch_size_, only_full))
    plans.push_back(plan);
}

void Evaluation::add_trials(std::vector<std::unique_ptr<runtime::Plan>>& plans, std::int64_t batch_size) const {
  const auto* const arrays = dynamic_cast<const ArrayBatches*>(batches_.get());
  if (arrays == nullptr) return;
  for (auto& plan : trials_for(model_.test_function(), *arrays, batch_size)) plans.push_back(std::move(plan));
}

Logs Evaluation::run(CallbackRun& callbacks) {
  Compiled& compiled = model_.compiled("evaluate");
  compiled.reset_metrics();
  batches_->begin_epoch(0);
  const StateRun::Pass pass(states_);
  states_.begin_epoch(true);
  callbacks.each([](Callback& callback) { callback.on_test_begin(); });
  std::int64_t batch = 0;
  // A stop that was asked for before ends fit, not the validation of its last epoch.
  const bool was_stopped = callbacks.is_stopped();
  while ((was_stopped || !callbacks.is_stopped()) && batches_->next()) {
    callbacks.each([&](Callback& callback) { callback.on_test_batch_begin(batch); });
    // Here, as a stream's first batch is what the metrics are made for.
    if (runner_ == nullptr) runner_ = std::make_unique<StepRunner>(model_, false);
    const Logs& logs = runner_->run_execution(*batches_);
    batch += compiled.steps_per_execution();
    callbacks.each([&](Callback& callback) { callback.on_test_batch_end(batch - 1, logs); });
  }
  Logs result = runner_ == nullptr ? Logs() : runner_->logs();
  callbacks.each([&](Callback& callback) { callback.on_test_end(result); });
  return result;
}

namespace {

Logs evaluated(LiveModel& model, Evaluation& evaluation, const EvaluateOptions& options) {
  CallbackRun callbacks(model.core(), model.handle(), options.callbacks,
                        {.epochs = 1, .steps = evaluation.steps(), .verbose = options.verbose});
  Logs logs = evaluation.run(callbacks);
  if (logs.empty()) throw ValueError("evaluate: the data gave no batch");
  return logs;
}

}  // namespace
}  // namespace training

Logs Model::evaluate(const Data& x, const Data& y, const EvaluateOptions& options, std::source_location where) try {
  training::LiveModel& model = live();
  const session::Work work(model.core(), "evaluate", where);
  model.compiled("evaluate");
  training::Evaluation evaluation(model, x, y, options, where);
  return training::evaluated(model, evaluation, options);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("evaluate", where);
}

Logs Model::evaluate(const Dataset& batches, const EvaluateOptions& options, std::source_location where) try {
  training::LiveModel& model = live();
  const session::Work work(model.core(), "evaluate", where);
  model.compiled("evaluate");
  if (!options.sample_weight.empty() || options.drop_remainder)
    throw ValueError(
        "evaluate: with a Dataset, weights come with each batch, and Dataset::batch has drop_remainder. Received: " +
        std::string(options.drop_remainder ? "drop_remainder" : "sample_weight"));
  training::Evaluation evaluation(model, batches, options);
  return training::evaluated(model, evaluation, options);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("evaluate", where);
}

void Model::reset_metrics() {
  training::LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  model.compiled("reset_metrics").reset_metrics();
}

namespace {

Logs on_batch(training::LiveModel& model, const Data& x, const Data& y, const BatchOptions& options, bool training,
              SourceLine where) {
  const char* const what = training ? "train_on_batch" : "test_on_batch";
  const training::Compiled& compiled = model.compiled(what);
  training::FixedBatch(model, what).check_batch(x, "x");
  training::Columns columns = model.columns(x, y, options.sample_weight, options.class_weight, what);
  model.prepare_step(columns, training);
  const std::int64_t rows = columns.arrays.front().shape().front();
  training::ArrayBatches batches(model.core(), std::move(columns), {.batch_size = rows},
                                 training ? model.path() : model.path() + "/test", where);
  training::StateRun states(model, training ? training::Work::train : training::Work::evaluate, {});
  const training::StateRun::Pass pass(states);
  batches.observe(&states);
  batches.begin_epoch(0);
  batches.next();
  compiled.reset_metrics();
  return training::StepRunner(model, training).run(batches);
}

}  // namespace

Logs Model::train_on_batch(const Data& x, const Data& y, const BatchOptions& options, std::source_location where) try {
  training::LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  model.core().require_idle("train_on_batch");
  return on_batch(model, x, y, options, true, where);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("train_on_batch", where);
}

Logs Model::test_on_batch(const Data& x, const Data& y, const BatchOptions& options, std::source_location where) try {
  training::LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  return on_batch(model, x, y, options, false, where);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("test_on_batch", where);
}

}  // namespace keratin::inline v0
