#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "keratin/training/model.h"
#include "runtime/plan.h"
#include "training/batches.h"
#include "training/callback_run.h"
#include "training/live_model.h"
#include "training/states.h"
#include "training/step_runner.h"

namespace keratin::inline v0::training {

/// Evaluating on one set of data, once or (as validation) after each epoch.
class Evaluation {
 public:
  Evaluation(LiveModel& model, const Data& x, const Data& y, const EvaluateOptions& options, SourceLine where);
  Evaluation(LiveModel& model, const Dataset& dataset, const EvaluateOptions& options);

  /// Resets the metrics, runs over the data, returns the numbers.
  Logs run(CallbackRun& callbacks);
  std::int64_t steps() const noexcept { return batches_->steps(); }
  /// The plans that it will run, where they can be known before.
  void add_plans(std::vector<const runtime::Plan*>& plans);
  /// Those for another batch size, not kept.
  void add_trials(std::vector<std::unique_ptr<runtime::Plan>>& plans, std::int64_t batch_size) const;

 private:
  Evaluation(LiveModel& model, Columns columns, const EvaluateOptions& options, SourceLine where);

  LiveModel& model_;
  std::int64_t batch_size_ = 0;
  std::unique_ptr<Batches> batches_;
  StateRun states_;
  std::unique_ptr<StepRunner> runner_;
};

/// Makes a step's columns of a stream's batch, and prepares the step for them. Throws StatefulError where the states of
/// the model's layers have other rows.
StreamBatches::AsColumns columns_of_batches(LiveModel& model, bool training,
                                            FlatMap<std::int64_t, double> class_weight = {});

/// The plans for a full batch and for the shorter last one, unless that is never reached. The columns' specs are those
/// of `batches`.
std::vector<const runtime::Plan*> plans_for(session::TracedFunction& function, const ArrayBatches& batches,
                                            std::int64_t batch_size, bool only_full);
/// The same plans, not kept.
std::vector<std::unique_ptr<runtime::Plan>> trials_for(session::TracedFunction& function, const ArrayBatches& batches,
                                                       std::int64_t batch_size);

}  // namespace keratin::inline v0::training
