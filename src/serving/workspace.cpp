#include "serving/workspace.h"

#include <algorithm>
#include <utility>

#include "compile/compiler.h"
#include "core/thread_limit.h"
#include "training/fitting_batch.h"

namespace keratin::inline v0::serving {

Workspace::Workspace(const Frozen& frozen, core::Arena& arena, PlanCounts& counts)
    : frozen_(frozen),
      arena_(arena),
      counts_(counts),
      plan_memory_(arena, MemoryCategory::graph, frozen.name + "/plans", frozen.where),
      parallel_(frozen.split),
      memory_(arena) {
  for (const graph::ValueId value : frozen.graph->inputs()) specs_.push_back(frozen.graph->spec(value));
  inputs_.resize(specs_.size());
  outputs_.resize(frozen.graph->outputs().size());
  plans_.reserve(frozen.max_plans);
}

Workspace::~Workspace() { counts_.kept -= static_cast<std::int64_t>(plans_.size()); }

session::PlanOwner Workspace::owner_of(const runtime::Plan& plan) const { return {&plan, frozen_.name, frozen_.where}; }

Workspace::Planned Workspace::compiled(std::span<const graph::Spec> specs, bool fold) {
  PlanWeights weights(*frozen_.weights);
  compile::CompileOptions options{.threads = frozen_.split};
  if (fold) options.frozen = &weights;
  Planned planned{compile::compile(*frozen_.graph, specs, options, &plan_memory_), {}, {}};
  for (const graph::VariableId id : planned.plan->variables()) {
    planned.weights.push_back(weights.find(id));
    planned.variables.push_back(planned.weights.back()->memory());
  }
  return planned;
}

Workspace::Planned Workspace::compiled() {
  try {
    Planned planned = compiled(specs_, true);
    if (arena_.fits(memory_.growth(*planned.plan))) return planned;
  } catch (const OutOfMemoryError&) {
    // What was kept for it is gone again.
  }
  return compiled(specs_, false);
}

const runtime::Plan& Workspace::plan() {
  for (std::size_t i = plans_.size(); i-- > 0;) {
    const std::span<const graph::Spec> planned = plans_[i].plan->inputs();
    if (!std::equal(planned.begin(), planned.end(), specs_.begin(), specs_.end())) continue;
    std::rotate(plans_.begin() + static_cast<std::ptrdiff_t>(i), plans_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                plans_.end());
    memory_.reserve(owner_of(*plans_.back().plan));  // it is there, unless it was to grow and could not
    return *plans_.back().plan;
  }
  try {
    add_plan();
  } catch (const OutOfMemoryError& error) {
    const std::int64_t rows = specs_.front().shape.front();
    throw OutOfMemoryError(
        error.what() +
            training::advice_on_rows("A batch of ", rows, [&](std::int64_t fewer) { return would_fit(fewer); }),
        error.layer_path(), error.where());
  }
  return *plans_.back().plan;
}

void Workspace::add_plan() {
  if (plans_.size() >= frozen_.max_plans) {
    plans_.erase(plans_.begin());
    --counts_.kept;
  }
  Planned planned = compiled();
  arena_.check(memory_.growth(*planned.plan), frozen_.name, planned.plan->owners_at_peak());
  memory_.reserve(owner_of(*planned.plan));
  plans_.push_back(std::move(planned));
  ++counts_.kept;
  ++counts_.made;
}

bool Workspace::would_fit(std::int64_t rows) {
  std::vector<graph::Spec> specs = specs_;
  for (graph::Spec& spec : specs) spec.shape[0] = rows;
  const Planned planned = compiled(specs, false);
  return arena_.fits(memory_.growth(*planned.plan));
}

void Workspace::run() {
  const core::ThreadLimit limit(frozen_.at_once);
  const Planned& planned = plans_.back();
  planned.plan->run({memory_.memory(), planned.variables, inputs_, outputs_}, parallel_);
}

}  // namespace keratin::inline v0::serving
