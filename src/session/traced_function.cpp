#include "session/traced_function.h"

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>

#include "compile/compiler.h"
#include "core/heap.h"
#include "session/traced_function_impl.h"

namespace keratin::inline v0 {

namespace session {
namespace {

void check_limit(std::int64_t limit, const char* what) {
  if (limit < 1)
    throw ValueError(std::string("FunctionOptions::") + what +
                     " must be 1 or more. Received: " + std::to_string(limit));
}

/// Contiguous, and where kernels may read it: a slice of bytes may start anywhere.
Array readable(const Array& array) {
  constexpr std::uintptr_t least_alignment = 4;
  const Array values = array.contiguous();
  return reinterpret_cast<std::uintptr_t>(values.raw()) % least_alignment == 0 ? values : values.copy();
}

std::byte* memory_of(const Array& array) { return static_cast<std::byte*>(const_cast<void*>(array.raw())); }

}  // namespace

TracedFunction::Impl::Impl(Core& its_core, FunctionBody its_body, FunctionOptions its_options, std::string its_path,
                           SourceLine made_at)
    : core(its_core),
      body(std::make_shared<const FunctionBody>(std::move(its_body))),
      options(std::move(its_options)),
      path(std::move(its_path)),
      where(made_at),
      origin(core.impl().origin(made_at)),
      life(std::make_shared<FunctionLife>()),
      memory(core.arena(), MemoryCategory::graph, path, made_at) {
  check_limit(options.max_traces, "max_traces");
  check_limit(options.max_plans, "max_plans");
  life->core = core.weak_from_this();
  life->path = path;
  structure_version = core.impl().structure_version;
  counted.name = options.name;
}

TracedFunction::TracedFunction(Core& core, FunctionBody body, FunctionOptions options, std::string owner,
                               SourceLine where)
    : impl_(std::make_unique<Impl>(core, std::move(body), std::move(options), std::move(owner), where)) {}

TracedFunction::~TracedFunction() = default;

FunctionHandle TracedFunction::handle(const TracedFunction& function) {
  FunctionHandle handle;
  handle.life_ = function.impl_->life;
  return handle;
}

void TracedFunction::bind() { impl_->life->function = weak_from_this(); }

const std::string& TracedFunction::path() const noexcept { return impl_->path; }
const SourceLine& TracedFunction::where() const noexcept { return impl_->where; }

void TracedFunction::end(std::string_view reason) noexcept {
  impl_->life->end(reason);
  impl_->drop_all(reason);
  impl_->body.reset();
}

const runtime::Plan& TracedFunction::prepare(std::span<const graph::Spec> inputs) {
  const Running running(impl_->core);
  impl_->check_alive();
  if (impl_->is_eager()) throw InternalError("The eager " + impl_->title() + " has no plans");
  return *impl_->plan_for(impl_->trace_for(inputs), inputs).plan;
}

void TracedFunction::set_recompute(bool recompute) { impl_->recompute = recompute; }

std::unique_ptr<runtime::Plan> TracedFunction::trial(std::span<const graph::Spec> inputs) {
  const Running running(impl_->core);
  impl_->check_alive();
  return impl_->compiled(impl_->trace_for(inputs), inputs);
}

std::unique_ptr<graph::Graph> TracedFunction::traced_graph(std::span<const graph::Spec> inputs,
                                                           std::pmr::memory_resource* memory) {
  const Running running(impl_->core);
  impl_->check_alive();
  return compile::simplified(*impl_->trace_for(inputs).graph, memory);
}

CachedPlan& TracedFunction::cached(const runtime::Plan& plan) const {
  for (const auto& trace : impl_->traces)
    for (const auto& known : trace->plans)
      if (known->plan.get() == &plan) return *known;
  throw InternalError("A plan was run that the " + impl_->title() + " does not keep (any more)");
}

void TracedFunction::run(const runtime::Plan& plan, std::span<const std::byte* const> inputs,
                         std::span<std::byte* const> outputs) {
  const Running running(impl_->core);
  impl_->check_alive();
  Core::Impl& session = impl_->core.impl();
  CachedPlan& known = cached(plan);
  if (known.epoch != session.variables.epoch() || session.workspace.growth(plan) > 0) {
    const runtime::Plan* const one = &plan;
    impl_->core.allocate_for({&one, 1}, 0, impl_->path);
    known.variables.clear();
    for (const graph::VariableId id : plan.variables()) known.variables.push_back(session.variables.find(id)->memory);
    known.epoch = session.variables.epoch();
  }
  {
    const std::lock_guard lock(impl_->mutex);
    ++impl_->counted.calls;
  }
  plan.run({session.workspace.memory(), known.variables, inputs, outputs}, session.parallel);
}

std::vector<Array> TracedFunction::call(std::span<const Array> inputs) {
  const Running running(impl_->core);
  impl_->check_alive();
  if (impl_->is_eager()) return impl_->call_eagerly(inputs);
  std::vector<graph::Spec> specs;
  std::vector<Array> held;
  std::vector<const std::byte*> addresses;
  for (const Array& input : inputs) {
    specs.push_back({input.dtype(), input.shape()});
    held.push_back(readable(input));
    addresses.push_back(memory_of(held.back()));
  }
  const runtime::Plan& plan = prepare(specs);
  std::vector<Array> results;
  std::vector<std::byte*> places;
  for (const graph::Spec& spec : plan.outputs()) {
    results.push_back(Array::empty(spec.shape, spec.dtype));
    places.push_back(memory_of(results.back()));
  }
  run(plan, addresses, places);
  return results;
}

std::vector<Tensor> TracedFunction::inlined(std::span<const Tensor> inputs) {
  const Core::Entry entry(impl_->core);
  impl_->check_alive();
  graph::Builder& builder = graph::builder_of(inputs, impl_->title());
  check_session(builder, impl_->core, "the " + impl_->title());
  return impl_->results(builder, inputs);
}

void TracedFunction::forget(std::string reason) {
  const Core::Entry entry(impl_->core);
  impl_->drop_all(reason);
  impl_->forgotten = std::move(reason);
  impl_->core.impl().shrink_workspace();
}

void TracedFunction::forget(const runtime::Plan& plan) {
  const Core::Entry entry(impl_->core);
  for (const std::unique_ptr<Trace>& trace : impl_->traces)
    std::erase_if(trace->plans, [&](const std::unique_ptr<CachedPlan>& cached) { return cached->plan.get() == &plan; });
  impl_->recount();
}

FunctionStats TracedFunction::stats() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->counted;
}

std::string TracedFunction::text(bool compiled, bool dot) const {
  const Core::Entry entry(impl_->core);
  impl_->check_alive();
  if (impl_->traces.empty())
    throw ValueError("The " + impl_->title() + " has no graph: it " +
                     (impl_->is_eager() ? "runs eagerly, node by node. Make it with ExecutionMode::graph"
                                        : "was not called yet. Call it first"));
  const Trace& trace = *impl_->traces.back();
  if (!compiled || trace.plans.empty()) return dot ? graph::to_dot(*trace.graph) : graph::to_text(*trace.graph);
  std::string text;
  compile::CompileOptions options{.threads = impl_->core.threads(), .recompute = impl_->recompute};
  (dot ? options.compiled_dot : options.compiled_text) = &text;
  static_cast<void>(compile::compile(*trace.graph, trace.plans.back()->plan->inputs(), options, &impl_->memory));
  return text;
}

bool TracedFunction::has(const runtime::Plan& plan) const noexcept {
  return std::any_of(impl_->traces.begin(), impl_->traces.end(), [&](const auto& trace) {
    return std::any_of(trace->plans.begin(), trace->plans.end(),
                       [&](const auto& known) { return known->plan.get() == &plan; });
  });
}

const runtime::Plan* TracedFunction::largest_plan() const noexcept {
  const runtime::Plan* largest = nullptr;
  for (const auto& trace : impl_->traces)
    for (const auto& known : trace->plans)
      if (largest == nullptr || known->plan->workspace_bytes() > largest->workspace_bytes())
        largest = known->plan.get();
  return largest;
}

}  // namespace session

namespace {

/// A function with its session, both held for one call.
struct Held {
  std::shared_ptr<session::Core> core;
  std::shared_ptr<session::TracedFunction> function;
  session::TracedFunction* operator->() const noexcept { return function.get(); }
};

Held held(const std::shared_ptr<const session::FunctionLife>& life) {
  if (!life) throw ValueError("An empty Function was called: it refers to nothing. Make one with session.function()");
  life->check("function", life->path);
  Held result{life->core.lock(), life->function.lock()};
  if (!result.core || !result.function) life->fail("function", life->path);
  return result;
}

}  // namespace

std::vector<Array> FunctionHandle::call(std::span<const Array> inputs) const try {
  return held(life_)->call(inputs);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a function's call");
}

std::vector<Tensor> FunctionHandle::call(std::span<const Tensor> inputs) const { return held(life_)->inlined(inputs); }
FunctionStats FunctionHandle::stats() const { return held(life_)->stats(); }
std::string FunctionHandle::explain_traces() const { return held(life_)->explain(); }
std::string FunctionHandle::graph_text(bool compiled) const { return held(life_)->text(compiled, false); }
std::string FunctionHandle::graph_dot(bool compiled) const { return held(life_)->text(compiled, true); }

}  // namespace keratin::inline v0
