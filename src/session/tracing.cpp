#include <algorithm>
#include <utility>

#include "compile/compiler.h"
#include "keratin/core/log.h"
#include "session/eager_builder.h"
#include "session/traced_function_impl.h"

namespace keratin::inline v0::session {
namespace {

constexpr std::size_t remembered_reasons = 8;
constexpr std::size_t remembered_evictions = 16;

/// A shape rule or the body itself stumbled over the batch that isn't known yet: says so.
template <class E>
[[noreturn]] void rethrow(const E& error, const std::string& title) {
  const std::string_view text = error.what();
  const bool unknown = text.find("known") != std::string_view::npos || text.find("-1") != std::string_view::npos;
  if (!unknown) throw;
  throw E(
      error.what() + (". The " + title) +
          " is traced once for all batch sizes: the first size of each input is not known then (? or -1). What "
          "needs it as a number can use ops on the tensor's shape, take it as a constant, or make the function with "
          "ExecutionMode::eager",
      error.layer_path(), error.where());
}

std::int64_t batch_of(std::span<const graph::Spec> inputs) noexcept {
  return inputs.empty() || inputs.front().shape.empty() ? 0 : inputs.front().shape.front();
}

/// Takes the element at `index` to the end: what was used last stands there.
template <class T>
T& used(std::vector<T>& all, std::size_t index) {
  std::rotate(all.begin() + static_cast<std::ptrdiff_t>(index), all.begin() + static_cast<std::ptrdiff_t>(index) + 1,
              all.end());
  return all.back();
}

/// Counts a body's calls of itself. A deep recursion would end the process, as the stack is limited.
class Depth {
 public:
  Depth(int& depth, const std::string& title) : depth_(depth) {
    if (depth >= limit)
      throw ValueError("The " + title + " calls itself, directly or through others, more than " +
                       std::to_string(limit) + " levels deep. Its recursion must end at a condition on C++ values");
    ++depth;
  }
  ~Depth() { --depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;

 private:
  static constexpr int limit = 100;
  int& depth_;
};

class Flag {
 public:
  explicit Flag(bool& flag) : flag_(flag) { flag_ = true; }
  ~Flag() { flag_ = false; }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;

 private:
  bool& flag_;
};

}  // namespace

std::vector<Tensor> TracedFunction::Impl::results(graph::Builder& builder, std::span<const Tensor> inputs) const {
  const std::shared_ptr<const FunctionBody> held = body;
  const Depth guard(depth, title());
  std::vector<Tensor> outputs = (*held)(inputs);
  check_alive();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].is_empty())
      throw ValueError("The " + title() + " must return values. Received: an empty Tensor as result " +
                       std::to_string(i));
    if (graph::Access::is_weak(outputs[i]))
      outputs[i] = builder.scalar(graph::Access::number(outputs[i]), outputs[i].dtype());
  }
  return outputs;
}

std::unique_ptr<Trace> TracedFunction::Impl::traced(std::vector<graph::Spec> signature) {
  if (tracing)
    throw ValueError("The " + title() +
                     " was called with arrays while it is traced, by its own body. Call it with "
                     "the body's tensors, or loop inside of it");
  const Flag flag(tracing);
  auto trace = std::make_unique<Trace>();
  LevelGuard level(core, where, "an exception while " + title() + " was traced");
  TraceBuilder builder(core, path, where, title());
  {
    const graph::Builder::Current current(builder);
    const graph::Builder::Scope scope(builder, {}, where);
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < signature.size(); ++i)
      inputs.push_back(builder.input(signature[i], "input_" + std::to_string(i)));
    try {
      builder.finish(results(builder, inputs));
    } catch (const ShapeError& error) {
      rethrow(error, title());
    } catch (const ValueError& error) {
      rethrow(error, title());
    }
  }
  trace->signature = std::move(signature);
  trace->graph = compile::simplified(builder.graph(), &memory);
  trace->variables = variables_of(*trace->graph);
  builder.end("the end of the tracing of " + title());
  trace->level = level.keep();
  trace->origin = core.impl().origin(where);
  return trace;
}

TraceCause TracedFunction::Impl::cause_of(std::span<const graph::Spec> signature) const {
  if (!forgotten.empty())
    return {"forgotten: " + forgotten,
            "A trace ends with what it was made of. Set trainable, compile and add metrics before the first run, not "
            "between runs; learning rates and other values of Variables can be set at any time"};
  if (std::ranges::any_of(evicted, [&](const auto& old) { return std::ranges::equal(old, signature); }))
    return {"traced before, but " + std::to_string(options.max_traces) + " newer traces have taken its place",
            "Bring the inputs to fewer shapes; a function of one's own can keep more traces, with .max_traces"};
  if (traces.empty()) return {"first call"};
  return difference(traces, signature);
}

Trace& TracedFunction::Impl::trace_for(std::span<const graph::Spec> inputs) {
  forget_outdated();
  for (std::size_t i = traces.size(); i-- > 0;) {
    if (!matches(traces[i]->signature, inputs)) continue;
    record(false, {});
    return *used(traces, i);
  }
  std::vector<graph::Spec> signature = signature_of(inputs);
  const TraceCause cause = cause_of(signature);
  const bool retraced = !traces.empty() || !forgotten.empty();
  traces.reserve(traces.size() + 1);  // nothing may fail between a trace's making and its keeping
  std::unique_ptr<Trace> trace = traced(std::move(signature));
  if (traces.size() >= static_cast<std::size_t>(options.max_traces)) {
    std::unique_ptr<Trace> oldest = std::move(traces.front());
    traces.erase(traces.begin());
    if (evicted.size() >= remembered_evictions) evicted.erase(evicted.begin());
    evicted.push_back(oldest->signature);
    drop(std::move(oldest), reason_of("the limit of traces of ", path, {}, {}));
  }
  traces.push_back(std::move(trace));
  forgotten.clear();
  recount();
  record(retraced, cause);
  return *traces.back();
}

std::unique_ptr<runtime::Plan> TracedFunction::Impl::compiled(const Trace& trace, std::span<const graph::Spec> inputs) {
  return compile::compile(*trace.graph, inputs, {.threads = core.threads(), .recompute = recompute}, &memory);
}

CachedPlan& TracedFunction::Impl::plan_for(Trace& trace, std::span<const graph::Spec> inputs) {
  for (std::size_t i = trace.plans.size(); i-- > 0;) {
    const std::span<const graph::Spec> planned = trace.plans[i]->plan->inputs();
    if (!std::equal(planned.begin(), planned.end(), inputs.begin(), inputs.end())) continue;
    record_plan(false);
    return *used(trace.plans, i);
  }
  auto made = std::make_unique<CachedPlan>();
  made->plan = compiled(trace, inputs);
  made->origin = core.impl().origin(where);
  ++core.impl().preparations;
  const bool is_again = std::ranges::find(trace.evicted, batch_of(inputs)) != trace.evicted.end();
  if (trace.plans.size() >= static_cast<std::size_t>(options.max_plans)) {
    if (trace.evicted.size() >= remembered_evictions) trace.evicted.erase(trace.evicted.begin());
    trace.evicted.push_back(batch_of(trace.plans.front()->plan->inputs()));
    trace.plans.erase(trace.plans.begin());
  }
  trace.plans.push_back(std::move(made));
  {
    const std::lock_guard lock(mutex);
    ++counted.plans_made;
  }
  recount();
  record_plan(is_again);
  return *trace.plans.back();
}

void TracedFunction::Impl::forget_outdated() {
  const std::uint64_t now = core.impl().structure_version;
  if (structure_version == now) return;
  for (const auto& trace : traces)
    for (const graph::VariableId id : trace->variables) {
      const VariableState* const variable = core.impl().variables.find(id);
      if (variable == nullptr || variable->changed <= structure_version) continue;
      forgotten = "trainable or another setting of '" + variable->path + "' changed";
    }
  structure_version = now;
  if (!forgotten.empty()) drop_all(forgotten);
}

void TracedFunction::Impl::drop(std::unique_ptr<Trace> trace, std::string_view reason) noexcept {
  const std::uint64_t level = trace->level;
  trace.reset();
  core.impl().end_level(level, reason);
}

void TracedFunction::Impl::drop_all(std::string_view reason) noexcept {
  std::vector<std::unique_ptr<Trace>> gone = std::exchange(traces, {});
  if (gone.empty()) return;
  for (std::unique_ptr<Trace>& trace : gone) drop(std::move(trace), reason);
  recount();
}

void TracedFunction::Impl::recount() noexcept {
  std::int64_t plans = 0;
  std::int64_t nodes = 0;
  std::size_t workspace = 0;
  for (const auto& trace : traces) {
    nodes += static_cast<std::int64_t>(trace->graph->nodes().size());
    plans += static_cast<std::int64_t>(trace->plans.size());
    for (const auto& cached : trace->plans) workspace = std::max(workspace, cached->plan->workspace_bytes());
  }
  const auto cached = static_cast<std::int64_t>(traces.size());
  Counters& counters = core.impl().counters;
  const std::lock_guard lock(mutex);
  counters.nodes += nodes - counted.nodes;
  counters.plans += plans - counted.plans;
  counters.traces += cached - counted.cached;
  counted.nodes = nodes;
  counted.plans = plans;
  counted.cached = cached;
  counted.workspace_bytes = static_cast<std::int64_t>(workspace);
}

void TracedFunction::Impl::record(bool retraced, const TraceCause& cause) {
  const bool warn = watch.record(retraced);
  std::string message;
  {
    const std::lock_guard lock(mutex);
    if (cause.reason.empty()) return;
    ++counted.traces;
    counted.last_reason = cause.reason;
    if (counted.reasons.size() >= remembered_reasons) {
      counted.reasons.erase(counted.reasons.begin());
      advices.erase(advices.begin());
    }
    counted.reasons.push_back(cause.reason);
    advices.push_back(cause.advice);
    if (!warn) return;
    ++counted.retrace_warnings;
    const std::string line = to_string(where);
    message = "The " + title() + (line.empty() ? "" : " (" + line + ")") +
              " goes on being traced anew: " + std::to_string(counted.traces) + " traces so far, at least " +
              std::to_string(RetraceWatch::limit) + " in the last " + std::to_string(RetraceWatch::window) +
              " calls. Each costs far more than a run. Last reason: " + cause.reason + ". " +
              std::string(cause.advice) + ". explain_traces() says more";
  }
  log::write(log::Level::warning, message);
}

void TracedFunction::Impl::record_plan(bool is_again) {
  const bool warn = plan_watch.record(is_again);
  if (!is_again) return;
  {
    const std::lock_guard lock(mutex);
    ++plans_again;
  }
  if (!warn) return;
  const std::string line = to_string(where);
  log::write(
      log::Level::warning,
      "The " + title() + (line.empty() ? "" : " (" + line + ")") + " goes on being planned anew: more than " +
          std::to_string(options.max_plans) +
          " batch sizes come in turn, and each takes the place of another. Use fewer of them (pad the batch), or "
          "give a function of one's own more .max_plans. explain_traces() says more");
}

std::vector<Array> TracedFunction::Impl::call_eagerly(std::span<const Array> inputs) {
  {
    const std::lock_guard lock(mutex);
    ++counted.calls;
  }
  const LevelGuard level(core, where, "the end of a call of the eager " + title());
  EagerBuilder builder(core, path, where, "a call of the eager " + title());
  const graph::Builder::Current current(builder);
  const graph::Builder::Scope scope(builder, {}, where);
  std::vector<Tensor> arguments;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    arguments.push_back(builder.feed(inputs[i], "input_" + std::to_string(i)));
  std::vector<Array> arrays;
  for (const Tensor& output : results(builder, arguments)) arrays.push_back(output.value());
  return arrays;
}

}  // namespace keratin::inline v0::session
