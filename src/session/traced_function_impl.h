#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "session/core_impl.h"
#include "session/traced_function.h"
#include "session/traces.h"

namespace keratin::inline v0::session {

struct TracedFunction::Impl {
  Impl(Core& its_core, FunctionBody its_body, FunctionOptions its_options, std::string its_path, SourceLine made_at);

  Core& core;
  std::shared_ptr<const FunctionBody> body;  ///< shared, so that it outlives its end while it runs
  FunctionOptions options;
  std::string path;
  SourceLine where;
  Origin origin;
  std::shared_ptr<FunctionLife> life;
  core::ArenaResource memory;                     ///< of traces and plans
  std::vector<std::unique_ptr<Trace>> traces;     ///< used last at the end
  std::string forgotten;                          ///< why, until the next trace
  std::vector<std::vector<graph::Spec>> evicted;  ///< signatures whose traces the limit took away, the last ones
  std::uint64_t structure_version = 0;            ///< of the session, when the traces were last found to be up to date
  bool tracing = false;
  bool recompute = false;
  mutable int depth = 0;  ///< of calls of its body inside of its body
  RetraceWatch watch;
  RetraceWatch plan_watch;  ///< of plans that are made again

  mutable std::mutex mutex;  ///< guards what follows: any thread may ask
  FunctionStats counted;
  std::vector<std::string_view> advices;  ///< to each of the reasons
  std::int64_t plans_again = 0;           ///< made for batch sizes whose plans had made room for others

  void check_alive() const { life->check("function", path); }
  std::string title() const { return "function '" + path + "'"; }
  bool is_eager() const noexcept { return options.mode == ExecutionMode::eager; }

  // tracing.cpp
  Trace& trace_for(std::span<const graph::Spec> inputs);
  std::unique_ptr<runtime::Plan> compiled(const Trace& trace, std::span<const graph::Spec> inputs);
  CachedPlan& plan_for(Trace& trace, std::span<const graph::Spec> inputs);
  std::unique_ptr<Trace> traced(std::vector<graph::Spec> signature);
  /// The body's results on a builder's tensors; numbers become constants.
  std::vector<Tensor> results(graph::Builder& builder, std::span<const Tensor> inputs) const;
  void forget_outdated();
  void drop(std::unique_ptr<Trace> trace, std::string_view reason) noexcept;
  void drop_all(std::string_view reason) noexcept;
  /// Brings what stats() says of the caches up to date.
  void recount() noexcept;
  TraceCause cause_of(std::span<const graph::Spec> signature) const;
  void record(bool retraced, const TraceCause& cause);
  void record_plan(bool is_again);

  std::vector<Array> call_eagerly(std::span<const Array> inputs);
};

/// A call at work: the session is entered, and clear() has to wait.
class Running {
 public:
  explicit Running(Core& core) : entry_(core), impl_(core.impl()) { ++impl_.running; }
  ~Running() { --impl_.running; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Core::Entry entry_;
  Core::Impl& impl_;
};

}  // namespace keratin::inline v0::session
