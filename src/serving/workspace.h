#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/arena.h"
#include "core/parallel.h"
#include "graph/graph.h"
#include "runtime/plan.h"
#include "serving/weights.h"
#include "session/workspace.h"

namespace keratin::inline v0::serving {

/// What all workspaces of a frozen model share.
struct Frozen {
  std::string name;
  SourceLine where;
  std::unique_ptr<graph::Graph> graph;  ///< the first size of its inputs is not known
  std::unique_ptr<Weights> weights;
  int split = 1;    ///< threads that the session had: what results are the same for
  int at_once = 1;  ///< threads that one call computes with
  std::size_t max_plans = 8;
};

/// Counted over all workspaces.
struct PlanCounts {
  std::atomic<std::int64_t> kept = 0;
  std::atomic<std::int64_t> made = 0;
};

/// Where one caller at a time computes: plans, and the memory that they run in.
class Workspace {
 public:
  Workspace(const Frozen& frozen, core::Arena& arena, PlanCounts& counts);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  /// The specs of a batch, to be set before plan(): the inputs' dtypes stand there already.
  std::span<graph::Spec> specs() noexcept { return specs_; }
  /// The plan for these specs, with memory to run in. Throws OutOfMemoryError, which says how many rows would fit.
  const runtime::Plan& plan();
  /// Addresses of a batch, as many as the model has inputs and outputs.
  std::span<const std::byte*> inputs() noexcept { return inputs_; }
  std::span<std::byte*> outputs() noexcept { return outputs_; }
  /// Runs the plan that plan() gave last.
  void run();

 private:
  struct Planned {
    std::unique_ptr<runtime::Plan> plan;
    std::vector<WeightPtr> weights;
    std::vector<std::byte*> variables;  ///< their addresses
  };
  /// With `fold`, what depends on weights alone is computed now, and takes memory beside them.
  Planned compiled(std::span<const graph::Spec> specs, bool fold);
  /// Folded, if there is room for that and for running it.
  Planned compiled();
  void add_plan();
  bool would_fit(std::int64_t rows);
  session::PlanOwner owner_of(const runtime::Plan& plan) const;

  const Frozen& frozen_;
  core::Arena& arena_;
  PlanCounts& counts_;
  core::ArenaResource plan_memory_;
  core::Parallel parallel_;
  session::Workspace memory_;
  std::vector<Planned> plans_;  ///< used last at the end
  std::vector<graph::Spec> specs_;
  std::vector<const std::byte*> inputs_;
  std::vector<std::byte*> outputs_;
};

}  // namespace keratin::inline v0::serving
