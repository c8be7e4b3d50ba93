#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "keratin/session/function.h"
#include "runtime/plan.h"

namespace keratin::inline v0::session {

class Core;
struct CachedPlan;

/// A function's body, its traces and their plans. Owned by the session (for a user's function) or by a component of it
/// (a model's train step). Traces are kept by rank, dtypes and non-batch dimensions of the inputs, plans of each by
/// batch size; both caches are bounded, least recently used first out.
class TracedFunction : public std::enable_shared_from_this<TracedFunction> {
 public:
  /// Traces and plans are booked on `owner` (a path) and `where`.
  TracedFunction(Core& core, FunctionBody body, FunctionOptions options, std::string owner, SourceLine where);
  ~TracedFunction();
  TracedFunction(const TracedFunction&) = delete;
  TracedFunction& operator=(const TracedFunction&) = delete;

  /// The plan for these concrete specs, made if it isn't there (graph mode). Variables that the trace makes come to
  /// be, but take no memory yet. Valid until the next prepare() or forget() of this function.
  const runtime::Plan& prepare(std::span<const graph::Spec> inputs);
  /// Runs a prepared plan: variables and workspace are allocated first where they aren't (all or nothing, checked
  /// against the budget: OutOfMemoryError before anything runs). Allocates nothing after the first time.
  void run(const runtime::Plan& plan, std::span<const std::byte* const> inputs, std::span<std::byte* const> outputs);
  /// The general call: prepares, allocates results, runs; eager functions run their body node by node.
  std::vector<Array> call(std::span<const Array> inputs);
  std::vector<Tensor> inlined(std::span<const Tensor> inputs);

  /// Plans from now on compute activations twice where that saves memory (compile::CompileOptions).
  void set_recompute(bool recompute);
  /// A plan that isn't kept, to see what it would take. Its memory is the function's, as any plan's. The trace must be
  /// there.
  std::unique_ptr<runtime::Plan> trial(std::span<const graph::Spec> inputs);
  /// The trace for these inputs as a graph in other memory, which knows nothing of the session but its variables' ids.
  std::unique_ptr<graph::Graph> traced_graph(std::span<const graph::Spec> inputs, std::pmr::memory_resource* memory);

  /// Drops all traces and plans (what they depend on has changed, e.g. a layer's trainable flag); `reason` is given
  /// with the next trace.
  void forget(std::string reason);
  /// Drops one plan; its trace stays. For plans that were made to see what they take.
  void forget(const runtime::Plan& plan);
  /// From any thread at any time.
  FunctionStats stats() const;
  std::string text(bool compiled, bool dot) const;
  /// For people: why it was traced and planned, and what to do about it. From any thread at any time.
  std::string explain() const;
  /// Itself, its traces and plans, each as it was made.
  void list(std::vector<LiveObject>& objects) const;

  /// Its end: traces, plans and the body go; handles and calls throw StaleHandleError from now on.
  void end(std::string_view reason) noexcept;
  const std::string& path() const noexcept;
  const SourceLine& where() const noexcept;
  /// Whether the plan is one of those kept.
  bool has(const runtime::Plan& plan) const noexcept;
  /// The kept plan with the largest workspace; nullptr if there is none.
  const runtime::Plan* largest_plan() const noexcept;
  static FunctionHandle handle(const TracedFunction& function);
  /// Lets handles find it; once, after it has been made.
  void bind();

  struct Impl;

 private:
  CachedPlan& cached(const runtime::Plan& plan) const;

  std::unique_ptr<Impl> impl_;
};

}  // namespace keratin::inline v0::session
