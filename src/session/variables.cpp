#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "keratin/ops/math.h"
#include "session/core_impl.h"
#include "session/eager_builder.h"

namespace keratin::inline v0 {

namespace session {

Variable Core::declare_variable(const std::string& name, const Shape& shape, VariableOptions options, Component* owner,
                                SourceLine where) {
  const Entry entry(*this);
  impl_->check_open("a variable");
  VariableState declared;
  declared.spec = {options.dtype, shape};
  declared.name = name;
  declared.path = owner == nullptr ? name : owner->path() + "/" + name;
  declared.where = where;
  declared.origin = impl_->origin(where);
  declared.category = options.category;
  declared.trainable = options.trainable;
  declared.autocast = options.autocast;
  declared.initial = std::move(options.initial);
  declared.owner = owner;
  declared.level = impl_->levels.back().id;
  std::vector<VariableState*>* const of_owner = owner == nullptr ? nullptr : &Inner::state(*owner).variables;
  if (of_owner != nullptr) of_owner->reserve(of_owner->size() + 1);  // nothing may fail once it is declared
  VariableState& state = impl_->variables.declare(std::move(declared), weak_from_this());
  if (of_owner != nullptr) of_owner->push_back(&state);
  impl_->counters.variables = static_cast<std::int64_t>(impl_->variables.size());
  return Inner::handle(state);
}

void Core::remove_variable(const Variable& variable, std::string_view reason) {
  const Entry entry(*this);
  VariableState& state = Inner::state(variable);
  if (state.owner != nullptr) std::erase(Inner::state(*state.owner).variables, &state);
  impl_->variables.end(state, reason);
  impl_->counters.variables = static_cast<std::int64_t>(impl_->variables.size());
}

Variable Inner::handle(const VariableState& variable) {
  Variable handle;
  handle.life_ = variable.life;
  return handle;
}

VariableState& Inner::state(const Variable& variable) {
  if (!variable.life_)
    throw ValueError(
        "An empty Variable was used: it refers to nothing. Set it with add_weight() or session.variable()");
  variable.life_->check("variable", variable.life_->path);
  return *variable.life_->state;
}

graph::VariableId Inner::id(const Variable& variable) { return state(variable).id; }

Core& Inner::core(const Variable& variable) {
  state(variable);
  if (const std::shared_ptr<Core> core = variable.life_->core.lock()) return *core;
  variable.life_->fail("variable", variable.life_->path);
}

std::byte* Inner::data(const Variable& variable) {
  Core& core = Inner::core(variable);
  const Core::Entry entry(core);
  VariableState& state = Inner::state(variable);
  if (state.memory == nullptr) {
    const MemoryOwner owner{state.path, to_string(state.where), state.category, state.bytes()};
    core.arena().check(state.bytes(), state.path, {owner});
    VariableState* const one = &state;
    core.impl().variables.allocate({&one, 1});
  }
  return state.memory;
}

std::byte* Inner::data_to_overwrite(const Variable& variable) {
  const Core::Entry entry(core(variable));
  VariableState& state = Inner::state(variable);
  InitialValue initial = std::exchange(state.initial, nullptr);
  try {
    return data(variable);
  } catch (...) {
    state.initial = std::move(initial);
    throw;
  }
}

void Inner::write(const Variable& variable, const Array& array) {
  const Core::Entry entry(core(variable));
  const VariableState& state = Inner::state(variable);
  const auto received = [&] { return ". Received: " + graph::to_string(graph::Spec{array.dtype(), array.shape()}); };
  if (array.dtype() != state.spec.dtype)
    throw DTypeError("The variable '" + state.path + "' has the dtype " + std::string(name_of(state.spec.dtype)) +
                         "; convert what is assigned to it with astype()" + received(),
                     state.path);
  if (array.shape() != state.spec.shape)
    throw ShapeError("The variable '" + state.path + "' has the shape " + to_string(state.spec.shape) +
                         ", and what is assigned to it must have it too" + received(),
                     state.path);
  const Array values = array.contiguous();
  std::byte* const memory = data_to_overwrite(variable);
  if (values.nbytes() > 0) std::memcpy(memory, values.raw(), static_cast<std::size_t>(values.nbytes()));
}

namespace {

/// The variable as a value of the builder at work.
Tensor read_in(graph::Builder& builder, const Variable& variable) {
  const VariableState& state = Inner::state(variable);
  check_session(builder, Inner::core(variable), "the variable '" + state.path + "'");
  return builder.read(state.id, state.spec, state.path);
}

void assign_in(graph::Builder& builder, const Variable& variable, const Tensor& value) {
  const VariableState& state = Inner::state(variable);
  check_session(builder, Inner::core(variable), "the variable '" + state.path + "'");
  Tensor whole = value;
  if (graph::Access::is_weak(value)) {
    const double number = graph::Access::number(value);
    whole = state.spec.shape.empty() ? builder.scalar(number, state.spec.dtype)
                                     : ops::full_like(read_in(builder, variable), number);
  }
  builder.assign(state.id, state.spec, state.path, whole);
}

/// Runs `action` with the builder at work on this thread, or, outside of any function, with an eager one of its own.
template <class F>
void with_builder(const Variable& variable, F action) {
  Core& core = Inner::core(variable);
  const Core::Entry entry(core);
  if (graph::Builder* const current = graph::Builder::current()) return action(*current);
  const VariableState& state = Inner::state(variable);
  EagerBuilder builder(core, state.path, state.where, "an assignment to '" + state.path + "'");
  const graph::Builder::Current scope(builder);
  action(builder);
}

}  // namespace
}  // namespace session

using session::Inner;

Shape Variable::shape() const { return Inner::state(*this).spec.shape; }
DType Variable::dtype() const { return Inner::state(*this).spec.dtype; }
std::string Variable::name() const { return Inner::state(*this).name; }
std::string Variable::path() const { return Inner::state(*this).path; }
bool Variable::trainable() const { return Inner::state(*this).trainable; }
MemoryCategory Variable::category() const { return Inner::state(*this).category; }

void Variable::set_trainable(bool trainable) {
  session::Core& core = Inner::core(*this);
  const session::Core::Entry entry(core);
  session::VariableState& state = Inner::state(*this);
  if (std::exchange(state.trainable, trainable) == trainable) return;
  state.changed = ++core.impl().structure_version;
}

Array Variable::value() const {
  session::Core& core = Inner::core(*this);
  const session::Core::Entry entry(core);
  const session::VariableState& state = Inner::state(*this);
  const std::byte* const memory = Inner::data(*this);
  Array result = Array::empty(state.spec.shape, state.spec.dtype);
  const auto bytes = static_cast<std::size_t>(state.bytes());
  if (bytes > 0) std::memcpy(const_cast<void*>(result.raw()), memory, bytes);
  return result;
}

void Variable::assign(const Array& value) {
  if (graph::Builder::current() == nullptr) return Inner::write(*this, value);
  session::with_builder(*this,
                        [&](graph::Builder& builder) { session::assign_in(builder, *this, builder.constant(value)); });
}

void Variable::assign(const Tensor& value) {
  if (graph::Builder::current() == nullptr && !value.is_empty())
    return Inner::write(*this, graph::Access::is_weak(value)
                                   ? Array::full(shape(), graph::Access::number(value), dtype())
                                   : value.value());
  session::with_builder(*this, [&](graph::Builder& builder) { session::assign_in(builder, *this, value); });
}

void Variable::assign_add(const Tensor& value) {
  session::with_builder(*this, [&](graph::Builder& builder) {
    session::assign_in(builder, *this, ops::add(session::read_in(builder, *this), value));
  });
}

void Variable::assign_sub(const Tensor& value) {
  session::with_builder(*this, [&](graph::Builder& builder) {
    session::assign_in(builder, *this, ops::subtract(session::read_in(builder, *this), value));
  });
}

Variable::operator Tensor() const {
  session::Core& core = Inner::core(*this);
  const session::Core::Entry entry(core);
  graph::Builder* const builder = graph::Builder::current();
  if (builder == nullptr)
    throw ValueError("The variable '" + path() +
                         "' has a value in a graph only inside of a function or a layer's call(), and none runs on "
                         "this thread. Take its number with value(), or make a session.function()",
                     path());
  const Tensor value = session::read_in(*builder, *this);
  const session::VariableState& state = Inner::state(*this);
  return builder->autocast() && state.autocast && is_floating(state.spec.dtype) ? ops::cast(value, *builder->autocast())
                                                                                : value;
}

}  // namespace keratin::inline v0
