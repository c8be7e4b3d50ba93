#include "serving/frozen_model.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "core/text.h"
#include "keratin/core/error.h"
#include "ops/steps.h"
#include "session/core_impl.h"
#include "session/traces.h"

namespace keratin::inline v0::serving {
namespace {

const PredictorOptions& checked(const PredictorOptions& options) {
  const auto at_least = [](const char* what, std::int64_t value, std::int64_t least) {
    if (value < least)
      throw ValueError("freeze: PredictorOptions::" + std::string(what) + " must be at least " + std::to_string(least) +
                       ". Received: " + std::to_string(value));
  };
  at_least("batch_size", options.batch_size, 1);
  at_least("max_workspaces", options.max_workspaces, 0);
  at_least("threads", options.threads, 1);
  at_least("max_plans", options.max_plans, 1);
  at_least("memory_budget", options.memory_budget.count, 0);
  return options;
}

/// What is predicted must depend on the input and the weights alone.
void check_stateless(const graph::Graph& graph, const std::string& model) {
  if (graph.updates().empty()) return;
  std::vector<std::string> changed;
  for (const graph::Update& update : graph.updates()) changed.emplace_back(update.name);
  throw StatefulError(
      "freeze: predict of '" + model + "' changes " + core::listed(changed, "'") +
      ", and many threads share what a Predictor holds. Take model.predict, with a StreamState for each "
      "stream; or build the same layers without stateful (a random layer: without training=true), give "
      "them these weights (set_weights(get_weights())), and freeze that model");
}

[[noreturn]] void fail_open(const std::string& model, const std::string& reason, std::string layer, SourceLine where) {
  throw ShapeError("freeze: '" + model +
                       "' has an Input that leaves sizes open (None, -1), and a layer needs them as numbers when it is "
                       "called. Build it with an Input of the sizes that are to be served. " +
                       reason,
                   std::move(layer), where);
}

std::unique_ptr<graph::Graph> traced(training::LiveModel& model, std::pmr::memory_resource* memory) {
  bool is_open = false;
  for (const Tensor& input : model.inputs())
    for (std::size_t axis = 1; axis < input.shape().rank(); ++axis) is_open = is_open || input.shape().dims()[axis] < 0;
  try {
    std::unique_ptr<graph::Graph> graph = model.predict_graph(memory);
    for (const graph::Node& node : graph->nodes())
      if (node.op == &ops::steps_unknown_op)
        fail_open(model.name(), "It goes through a sequence step by step", std::string(node.owner), node.where);
    return graph;
  } catch (const ShapeError& error) {
    if (!is_open || std::string_view(error.what()).starts_with("freeze")) throw;
    fail_open(model.name(), std::string("Its error: ") + error.what(), error.layer_path(), error.where());
  }
}

}  // namespace

FrozenModel::FrozenModel(training::LiveModel& model, const PredictorOptions& options)
    : arena_(checked(options).memory_budget, "predictor"),
      graph_memory_(arena_, MemoryCategory::graph, (options.name.empty() ? model.name() : options.name) + "/graph",
                    model.where()),
      batch_size_(options.batch_size),
      pool_(options.max_workspaces > 0 ? options.max_workspaces : core::Parallel().threads(),
            [this] { return std::make_unique<Workspace>(frozen_, arena_, plans_); }) {
  if (model.inputs().empty())
    throw NotBuiltError("freeze: the model '" + model.name() +
                        "' has no Input and has seen no data, so that it has no weights yet. Call build(shape), fit or "
                        "predict first");
  session::Core& core = model.core();
  const session::Core::Entry entry(core);
  frozen_.name = options.name.empty() ? model.name() : options.name;
  frozen_.weights = std::make_unique<Weights>(arena_);
  frozen_.where = model.where();
  frozen_.split = core.threads();
  frozen_.at_once = options.threads;
  frozen_.max_plans = static_cast<std::size_t>(options.max_plans);
  frozen_.graph = traced(model, &graph_memory_);
  check_stateless(*frozen_.graph, model.name());
  inputs_ = model.input_shapes();
  input_names_ = model.input_names();
  output_names_ = model.result_names(frozen_.graph->outputs().size());
  copy_weights(model);
}

void FrozenModel::copy_weights(training::LiveModel& model) {
  const session::VariableStore& store = model.core().impl().variables;
  std::int64_t bytes = 0;
  std::vector<MemoryOwner> owners;
  std::vector<const session::VariableState*> variables;
  for (const graph::VariableId id : session::variables_of(*frozen_.graph)) {
    const session::VariableState* const variable = store.find(id);
    variables.push_back(variable);
    owners.push_back({variable->path, to_string(variable->where), variable->category, variable->bytes()});
    bytes += variable->bytes();
  }
  arena_.check(bytes, "freeze of '" + model.name() + "'", owners);
  for (const session::VariableState* const variable : variables) {
    const std::byte* const from = session::Inner::data(session::Inner::handle(*variable));
    frozen_.weights->add(variable->id, variable->spec, from, {variable->category, variable->path, variable->where});
  }
}

void FrozenModel::check_process() const {
  if (!made_.is_other_process()) return;
  throw ForkedError("The Predictor '" + frozen_.name +
                    "' was made in another process, of which this one is a copy made by fork(). Threads that computed "
                    "with it were not copied, and hold what it lends. Load the model after the fork, in the process "
                    "that uses it, and freeze it there. The parent's predictor goes on working");
}

PredictorStats FrozenModel::stats() const {
  const Pool::Counts counts = pool_.counts();
  return {.calls = counts.calls,
          .waits = counts.waits,
          .workspaces = counts.workspaces,
          .plans = plans_.kept,
          .plans_made = plans_.made};
}

void FrozenModel::warm_up(std::span<const std::int64_t> rows) const {
  for (const std::int64_t count : rows)
    if (count < 1 || count > batch_size_)
      throw ValueError("warm_up: a number of rows lies between 1 and the predictor's batch_size, " +
                       std::to_string(batch_size_) + ". Received: " + std::to_string(count));
  if (rows.size() > frozen_.max_plans)
    throw ValueError("warm_up: each workspace keeps " + std::to_string(frozen_.max_plans) +
                     " plans; freeze with more max_plans. Received: " + std::to_string(rows.size()) +
                     " numbers of rows");
  for (const training::InputShape& input : inputs_)
    for (std::size_t axis = 1; axis < input.shape.rank(); ++axis)
      if (input.shape.dims()[axis] < 0)
        throw ShapeError("warm_up needs inputs of known sizes. Received: input '" + input.name + "' of shape " +
                         to_string(input.shape));
  // All of them at once, so that none is warmed twice; by one caller, as two would wait for what the other has.
  const std::lock_guard lock(warming_);
  std::vector<std::unique_ptr<Pool::Lease>> leases;
  for (std::int64_t i = 0; i < pool_.limit(); ++i) {
    Workspace& workspace = **leases.emplace_back(std::make_unique<Pool::Lease>(pool_));
    for (const std::int64_t count : rows) {
      for (std::size_t input = 0; input < inputs_.size(); ++input) {
        graph::Spec& spec = workspace.specs()[input];
        spec.shape = inputs_[input].shape;
        spec.shape[0] = count;
      }
      static_cast<void>(workspace.plan());
    }
  }
}

}  // namespace keratin::inline v0::serving
