#include <algorithm>
#include <cstdint>
#include <new>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/heap.h"
#include "keratin/core/error.h"
#include "keratin/training/model.h"
#include "runtime/plan.h"
#include "session/traced_function.h"
#include "training/live_model.h"

namespace keratin::inline v0 {
namespace training {
namespace {

/// The specs of a step's columns for so many rows. Targets are taken to look like what the loss compares them with: a
/// plan hardly depends on it.
std::vector<graph::Spec> column_specs(LiveModel& model, std::size_t targets, std::int64_t rows) {
  std::vector<graph::Spec> specs;
  for (const Tensor& input : model.inputs()) {
    Shape shape = input.shape();
    shape[0] = rows;
    specs.push_back({input.dtype(), shape});
  }
  for (std::size_t i = 0; i < targets; ++i) {
    graph::Spec target = model.compiled("memory_plan").target_spec(i, model.outputs()[i].shape());
    target.shape[0] = rows;
    specs.push_back(target);
  }
  return specs;
}

/// The metrics belong to the step, and "accuracy" has to know what the targets look like. Gives their number.
std::size_t prepare(LiveModel& model, bool validation) {
  const Compiled& compiled = model.compiled("memory_plan");
  std::vector<Shape> targets;
  if (compiled.needs_targets())
    for (std::size_t i = 0; i < model.outputs().size(); ++i)
      targets.push_back(compiled.target_spec(i, model.outputs()[i].shape()).shape);
  const ColumnKinds kinds{.inputs = model.inputs().size(), .targets = targets.size(), .weights = 0};
  model.prepare_step(kinds, targets, true);
  if (validation) model.prepare_step(kinds, targets, false);
  return targets.size();
}

/// Drops the plans that stand for batches of a size not known yet.
struct Supposed {
  std::vector<std::pair<session::TracedFunction*, const runtime::Plan*>> plans;
  Supposed() = default;
  Supposed(const Supposed&) = delete;
  Supposed& operator=(const Supposed&) = delete;
  ~Supposed() {
    for (const auto& [function, plan] : plans) function->forget(*plan);
  }
};

}  // namespace

MemoryPlan planned(LiveModel& model, const MemoryPlanOptions& options) {
  const FixedBatch fixed(model, "memory_plan");
  const std::int64_t train_batch = fixed.size(options.batch_size).value_or(32);
  if (train_batch < 1 || options.rows < 0 || options.validation_batch_size < 0)
    throw ValueError(
        "memory_plan: batch_size must be at least 1, rows and validation_batch_size not negative. "
        "Received: batch_size=" +
        std::to_string(train_batch) + ", rows=" + std::to_string(options.rows));
  const std::size_t targets = prepare(model, options.validation);
  std::vector<const runtime::Plan*> plans;
  Supposed supposed;
  std::int64_t staging = 0;
  const auto add = [&](session::TracedFunction& function, std::int64_t batch_size, bool is_shuffled) {
    const bool is_short = options.rows > 0 && options.rows < batch_size && !fixed.applies();
    const std::int64_t rows = is_short ? options.rows : batch_size;
    const std::vector<graph::Spec> specs = column_specs(model, targets, rows);
    plans.push_back(&function.prepare(specs));
    if (is_shuffled)
      for (const graph::Spec& spec : specs) staging += static_cast<std::int64_t>(spec.bytes());
    // Without the number of rows, a short last batch is to be expected; its plan takes what any other does.
    const std::int64_t rest = options.rows > 0 ? options.rows % batch_size : batch_size - 1;
    if (rest == 0 || rest == rows || fixed.applies()) return;
    plans.push_back(&function.prepare(column_specs(model, targets, rest)));
    if (options.rows == 0) supposed.plans.emplace_back(&function, plans.back());
  };
  add(model.train_function(), train_batch, !fixed.applies());
  if (options.validation)
    add(model.test_function(), options.validation_batch_size > 0 ? options.validation_batch_size : train_batch, false);
  if (options.validation)  // which leaves the training's states as they are
    for (const StatefulLayer& each : stateful_layers(model))
      for (const Variable& state : each.states)
        staging += static_cast<std::int64_t>(graph::Spec{state.dtype(), state.shape()}.bytes());
  const MemoryReport report = model.core().projected(plans, staging);
  MemoryPlan plan{.peak_bytes = report.peak_bytes,
                  .budget_bytes = report.budget_bytes,
                  .by_category = report.by_category,
                  .owners = report.owners};
  for (const runtime::Plan* const each : plans) {
    plan.workspace_bytes = std::max(plan.workspace_bytes, static_cast<std::int64_t>(each->workspace_bytes()));
    plan.recomputed_bytes = std::max(plan.recomputed_bytes, static_cast<std::int64_t>(each->recomputed_bytes()));
    plan.live_bytes = std::max(plan.live_bytes, static_cast<std::int64_t>(each->live_bytes()));
  }
  return plan;
}

}  // namespace training

MemoryPlan Model::memory_plan(MemoryPlanOptions options) try {
  training::LiveModel& model = live();
  const session::Core::Entry entry(model.core());
  model.compiled("memory_plan");
  if (model.inputs().empty())
    throw ValueError("The model '" + model.name() + "' has no Input; call build(shape) before memory_plan");
  return training::planned(model, options);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("memory_plan");
}

std::ostream& operator<<(std::ostream& out, const MemoryPlan& plan) {
  out << "planned peak " << to_string(Bytes{plan.peak_bytes});
  if (plan.budget_bytes > 0) out << " of a budget of " << to_string(Bytes{plan.budget_bytes});
  out << ", workspace " << to_string(Bytes{plan.workspace_bytes}) << " (live at most "
      << to_string(Bytes{plan.live_bytes}) << ")";
  if (plan.recomputed_bytes > 0)
    out << ", activations of " << to_string(Bytes{plan.recomputed_bytes}) << " computed twice instead of being kept";
  for (const auto& [category, bytes] : plan.by_category)
    if (bytes > 0) out << "\n  " << name_of(category) << ": " << to_string(Bytes{bytes});
  return out;
}

}  // namespace keratin::inline v0
