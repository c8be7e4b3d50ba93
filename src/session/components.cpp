#include <algorithm>
#include <utility>

#include "session/core_impl.h"
#include "session/traced_function.h"

namespace keratin::inline v0 {

Component::Component(std::string name) : name_(std::move(name)) {}

Component::~Component() = default;

// A name that the session gave belongs to the live object, not to the description.
Component::Component(const Component& other)
    : name_(other.state_ && other.state_->named_by_session ? std::string() : other.name_), where_(other.where_) {}

Component& Component::operator=(const Component& other) {
  if (this == &other) return *this;
  if (!state_) name_ = other.state_ && other.state_->named_by_session ? std::string() : other.name_;
  where_ = other.where_;
  return *this;
}

Component::Component(Component&& other) noexcept : where_(other.where_) {
  if (!other.state_) {
    name_ = std::move(other.name_);
  } else if (!other.state_->named_by_session) {
    name_ = other.name_;
  }
}

Component& Component::operator=(Component&& other) noexcept { return *this = std::as_const(other); }

std::string Component::path() const { return state_ ? state_->path : name_; }

std::vector<Variable> Component::variables() const {
  std::vector<const session::VariableState*> states;
  const auto collect = [&](const auto& self, const Component& component) -> void {
    if (!component.state_) return;
    states.insert(states.end(), component.state_->variables.begin(), component.state_->variables.end());
    for (const auto& child : component.state_->children) self(self, *child);
  };
  collect(collect, *this);
  std::sort(states.begin(), states.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  std::vector<Variable> variables;
  variables.reserve(states.size());
  for (const session::VariableState* const state : states) variables.push_back(session::Inner::handle(*state));
  return variables;
}

Variable Component::add_variable(const std::string& name, const Shape& shape, VariableOptions options) {
  session::Core& core = session::Inner::core(*this);
  return core.declare_variable(name, shape, std::move(options), this, where_);
}

std::shared_ptr<const session::ComponentLife> Component::adopt_child(const std::string& name,
                                                                     std::unique_ptr<Component> child) {
  session::Core& core = session::Inner::core(*this);
  if (!name.empty()) child->set_name(name);
  return core.adopt(std::move(child), this, where_);
}

bool HandleBase::is_alive() const noexcept { return life_ && life_->alive() && !life_->is_other_process(); }

void HandleBase::check() const {
  if (!life_) throw ValueError("An empty Handle was used: it refers to nothing. Set it with add() first");
  life_->check("component", life_->path);
}

namespace session {
namespace {

/// What it is called from now on, and where it comes from.
void name_component(Component& component, Core::Impl& impl, const Component* parent, const SourceLine& where,
                    ComponentState& state, const std::string& default_name) {
  state.named_by_session = component.name().empty();
  if (state.named_by_session) {
    Inner::set_name(component, impl.names.unique(default_name));
  } else if (parent == nullptr) {
    impl.names.take(component.name());
  }
  if (*component.where().file == '\0') Inner::set_where(component, where);
  state.path = parent == nullptr ? component.name() : parent->path() + "/" + component.name();
}

}  // namespace

std::shared_ptr<const ComponentLife> Core::adopt(std::unique_ptr<Component> component, Component* parent,
                                                 SourceLine where) {
  const Entry entry(*this);
  impl_->check_open("a component");
  Component& adopted = *component;
  auto state = std::make_unique<ComponentState>();
  state->core = this;
  state->parent = parent;
  state->level = impl_->levels.back().id;
  state->kind = adopted.kind();
  name_component(adopted, *impl_, parent, where, *state, Inner::default_name(adopted));
  state->origin = impl_->origin(adopted.where());
  auto life = std::make_shared<ComponentLife>();
  life->path = state->path;
  life->number = impl_->next_component++;
  state->life = life;
  auto& keepers = parent == nullptr ? impl_->roots : Inner::state(*parent).children;
  keepers.push_back(std::move(component));
  Inner::set_state(adopted, std::move(state));
  impl_->counters.count(Inner::state(adopted).kind, 1);
  try {
    Inner::became_live(adopted);
  } catch (...) {
    remove(adopted, "an exception while it was made");
    throw;
  }
  return life;
}

void Core::Impl::end_component(Component& component, std::string_view reason) noexcept {
  ComponentState& state = Inner::state(component);
  end_functions(reason, &component, 0);
  for (std::size_t i = state.children.size(); i-- > 0;) end_component(*state.children[i], reason);
  for (VariableState* const variable : state.variables) variables.end(*variable, reason);
  state.variables.clear();
  counters.variables = static_cast<std::int64_t>(variables.size());
  if (state.life->alive()) {
    counters.count(state.kind, -1);
    if (state.parent == nullptr && !state.named_by_session) names.give_back(component.name());
  }
  state.life->end(reason);
}

void Core::remove(Component& component, std::string_view reason) {
  const Entry entry(*this);
  Component* const parent = Inner::state(component).parent;
  impl_->end_component(component, reason);
  auto& keepers = parent == nullptr ? impl_->roots : Inner::state(*parent).children;
  const auto found =
      std::find_if(keepers.begin(), keepers.end(), [&](const auto& kept) { return kept.get() == &component; });
  if (found == keepers.end()) return;
  const std::unique_ptr<Component> gone = std::move(*found);
  keepers.erase(found);
}

Core& Inner::core(const Component& component) {
  if (component.state_) return *component.state_->core;
  throw InternalError("'" + component.name() +
                      "' is a description that no session has adopted, and can't have variables or sub-components "
                      "yet. Make them in build(), not in a constructor");
}

ComponentState& Inner::state(Component& component) {
  static_cast<void>(core(component));
  return *component.state_;
}

std::shared_ptr<const ComponentLife> Inner::life(const Component& component) {
  static_cast<void>(core(component));
  return component.state_->life;
}

std::uint64_t Inner::level(const Component& component) { return component.state_->level; }
void Inner::set_state(Component& component, std::unique_ptr<ComponentState> state) {
  component.state_ = std::move(state);
}
std::string Inner::default_name(const Component& component) { return component.default_name(); }
void Inner::became_live(Component& component) { component.became_live(); }
void Inner::set_where(Component& component, const SourceLine& where) { component.set_where(where); }
void Inner::set_name(Component& component, std::string name) { component.set_name(std::move(name)); }

std::vector<Component*> Inner::children(const Component& component) {
  std::vector<Component*> children;
  if (component.state_)
    for (const auto& child : component.state_->children) children.push_back(child.get());
  return children;
}

Component* Inner::parent(const Component& component) {
  return component.state_ == nullptr ? nullptr : component.state_->parent;
}

std::vector<Variable> Inner::own_variables(const Component& component) {
  std::vector<Variable> variables;
  if (component.state_)
    for (const VariableState* const state : component.state_->variables) variables.push_back(handle(*state));
  return variables;
}

}  // namespace session
}  // namespace keratin::inline v0
