#include "keratin/session/session.h"

#include <new>
#include <utility>

#include "core/heap.h"
#include "session/core_impl.h"

namespace keratin::inline v0 {
namespace session {
namespace {

thread_local std::shared_ptr<Core> current_core;

}  // namespace

std::shared_ptr<Core> Core::current_or_throw(std::string_view what) {
  if (!current_core)
    throw NoSessionError(std::string(what) +
                         " needs a session, and none is open on this thread. Pass the session as the first argument, "
                         "or open one: const auto scope = session.as_default();");
  current_core->impl().check_open(what);
  return current_core;
}

const std::shared_ptr<Core>& Inner::core(const Session& session) {
  if (!session.core_) throw ValueError("A Session was used after it had been moved from. Use the one it moved to");
  session.core_->impl().check_process();
  return session.core_;
}

}  // namespace session

using session::Inner;

Session::Session(SessionOptions options, std::source_location where) try
    : core_(std::make_shared<session::Core>(std::move(options), where)) {
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a session", where);
}

Session::~Session() {
  if (core_) core_->end();
}

Session::Session(Session&&) noexcept = default;

Session& Session::operator=(Session&& other) noexcept {
  if (this == &other) return *this;
  if (core_) core_->end();
  core_ = std::move(other.core_);
  return *this;
}

ClearReport Session::clear(std::source_location where) { return Inner::core(*this)->clear(where); }

MemoryReport Session::memory() const { return Inner::core(*this)->memory(); }
MemorySnapshot Session::snapshot() const { return Inner::core(*this)->arena().snapshot(); }
GraphStats Session::graph() const { return Inner::core(*this)->graph_stats(); }
CallbackStats Session::callbacks() const { return Inner::core(*this)->callbacks(); }
ObjectReport Session::objects() const {
  session::Core& core = *Inner::core(*this);
  const session::Core::Entry entry(core);
  return core.objects();
}
MemoryExplanation Session::explained_memory() const { return Inner::core(*this)->explained_memory(); }

std::string Session::graph_text() const {
  session::Core& core = *Inner::core(*this);
  const session::Core::Entry entry(core);
  return graph::to_text(core.functional_builder().graph());
}

std::string Session::graph_dot() const {
  session::Core& core = *Inner::core(*this);
  const session::Core::Entry entry(core);
  return graph::to_dot(core.functional_builder().graph());
}

std::uint64_t Session::seed() const noexcept { return core_ ? core_->seed() : 0; }
int Session::threads() const noexcept { return core_ ? core_->threads() : 0; }

const std::string& Session::name() const noexcept {
  static const std::string none;
  return core_ ? core_->name() : none;
}

const DTypePolicy& Session::dtype_policy() const { return Inner::core(*this)->dtype_policy(); }

Bytes Session::memory_budget() const noexcept { return core_ ? core_->arena().budget() : Bytes{}; }

void Session::set_memory_budget(Bytes budget) {
  if (budget.count < 0)
    throw ValueError("A session's memory_budget can't be negative. Received: " + std::to_string(budget.count) +
                     " bytes");
  Inner::core(*this)->arena().set_budget(budget);
}

Session::DefaultScope::DefaultScope(std::shared_ptr<session::Core> core)
    : core_(std::move(core)), before_(std::exchange(session::current_core, core_)) {}

Session::DefaultScope::~DefaultScope() { session::current_core = std::move(before_); }

Session::DefaultScope Session::as_default() const { return DefaultScope(Inner::core(*this)); }

Session::GraphScope::GraphScope(std::shared_ptr<session::Core> core, SourceLine where)
    : core_(std::move(core)), id_(core_->open_scope(where)) {}

Session::GraphScope::~GraphScope() { core_->close_scope(id_); }

Session::GraphScope Session::graph_scope(std::source_location where) try {
  return {Inner::core(*this), where};
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a graph scope", where);
}

std::shared_ptr<const session::ComponentLife> Session::adopt(std::unique_ptr<Component> component,
                                                             SourceLine where) try {
  return Inner::core(*this)->adopt(std::move(component), nullptr, where);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a component", where);
}

Tensor Session::input(const Shape& shape, InputOptions options, std::source_location where) try {
  session::Core& core = *Inner::core(*this);
  const session::Core::Entry entry(core);
  graph::Builder& builder = core.functional_builder();
  Shape with_batch = shape;
  with_batch.insert(0, options.batch_size.value_or(-1));
  if (options.name.empty()) options.name = core.unique_name("input_layer");
  const graph::Builder::Scope scope(builder, {}, where);
  return builder.input({options.dtype, with_batch}, options.name);
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("an input", where);
}

Variable Session::variable(const Array& initial, const std::string& name, bool trainable,
                           std::source_location where) try {
  session::Core& core = *Inner::core(*this);
  const session::Core::Entry entry(core);
  VariableOptions options;
  options.dtype = initial.dtype();
  options.trainable = trainable;
  options.category = trainable ? MemoryCategory::parameters : MemoryCategory::layer_state;
  options.initial = [&initial](const Shape&, DType, std::uint64_t) { return initial; };
  Variable variable = core.declare_variable(name.empty() ? core.unique_name("variable") : name, initial.shape(),
                                            std::move(options), nullptr, where);
  // At once: the array may be borrowed memory, which isn't the session's to keep.
  try {
    Inner::data(variable);
  } catch (...) {
    core.remove_variable(variable, "an exception while it was made");
    throw;
  }
  return variable;
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a variable", where);
}

FunctionHandle Session::make_function(FunctionBody body, FunctionOptions options, SourceLine where) try {
  return session::TracedFunction::handle(
      *Inner::core(*this)->make_function(std::move(body), std::move(options), where));
} catch (const std::bad_alloc&) {
  core::throw_heap_exhausted("a function", where);
}

}  // namespace keratin::inline v0
