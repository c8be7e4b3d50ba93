#include <algorithm>
#include <utility>

#include "session/core_impl.h"
#include "session/traced_function.h"

namespace keratin::inline v0::session {

std::shared_ptr<TracedFunction> Core::make_function(FunctionBody body, FunctionOptions options, Component& owner) {
  const Entry entry(*this);
  impl_->check_open("a function");
  if (options.name.empty()) options.name = "function";
  std::string path = owner.path() + "/" + options.name;
  const SourceLine where = owner.where();
  auto function = std::make_shared<TracedFunction>(*this, std::move(body), std::move(options), std::move(path), where);
  function->bind();
  impl_->functions.push_back({function, &owner, 0});
  ++impl_->counters.functions;
  return function;
}

std::shared_ptr<TracedFunction> Core::make_function(FunctionBody body, FunctionOptions options, SourceLine where) {
  const Entry entry(*this);
  impl_->check_open("a function");
  if (options.name.empty()) options.name = impl_->names.unique("function");
  std::string path = options.name;
  auto function = std::make_shared<TracedFunction>(*this, std::move(body), std::move(options), std::move(path), where);
  function->bind();
  impl_->functions.push_back({function, nullptr, impl_->levels.back().id});
  ++impl_->counters.functions;
  return function;
}

void Core::Impl::end_functions(std::string_view reason, const Component* owner, std::uint64_t level) noexcept {
  const auto belongs = [&](const FunctionRecord& record) {
    return record.owner == owner && (owner != nullptr || record.level == level);
  };
  bool any = false;
  for (auto found = functions.begin();
       (found = std::find_if(functions.begin(), functions.end(), belongs)) != functions.end();) {
    // Off the list first: ending one runs the destructors of what the user's function captured.
    const std::shared_ptr<TracedFunction> gone = std::move(found->function);
    functions.erase(found);
    --counters.functions;
    gone->end(reason);
    any = true;
  }
  if (any) shrink_workspace();
}

void Core::remove(const TracedFunction& function, std::string_view reason) noexcept {
  auto& functions = impl_->functions;
  const auto found = std::find_if(functions.begin(), functions.end(),
                                  [&](const FunctionRecord& record) { return record.function.get() == &function; });
  if (found == functions.end()) return;
  const std::shared_ptr<TracedFunction> gone = std::move(found->function);
  functions.erase(found);
  --impl_->counters.functions;
  gone->end(reason);
  impl_->shrink_workspace();
}

PlanOwner Core::Impl::owner_of(const runtime::Plan& plan) const {
  for (const FunctionRecord& record : functions)
    if (record.function->has(plan)) return {&plan, record.function->path(), record.function->where()};
  return {&plan, "workspace", {}};
}

void Core::Impl::shrink_workspace() noexcept {
  const runtime::Plan* largest = nullptr;
  for (const FunctionRecord& record : functions) {
    const runtime::Plan* const plan = record.function->largest_plan();
    if (plan != nullptr && (largest == nullptr || plan->workspace_bytes() > largest->workspace_bytes())) largest = plan;
  }
  workspace.shrink_to(largest == nullptr ? PlanOwner{} : owner_of(*largest));
}

void Core::structure_changed(const Component& component) {
  const std::uint64_t version = ++impl_->structure_version;
  for (const Variable& variable : component.variables()) Inner::state(variable).changed = version;
}

}  // namespace keratin::inline v0::session
