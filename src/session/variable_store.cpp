#include "session/variable_store.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/pages.h"
#include "core/philox.h"

namespace keratin::inline v0::session {
namespace {

void check_declaration(const VariableState& variable) {
  if (!variable.spec.shape.is_static())
    throw ShapeError("The variable '" + variable.path +
                         "' needs a shape without unknown sizes. Received: " + to_string(variable.spec.shape),
                     variable.path, variable.where);
  if (variable.spec.dtype == string)
    throw DTypeError("The variable '" + variable.path + "' holds numbers. Received: dtype=string", variable.path,
                     variable.where);
  static_cast<void>(variable.spec.elements());  // throws where the product overflows
}

}  // namespace

VariableState& VariableStore::declare(VariableState declared, std::weak_ptr<Core> core) {
  check_declaration(declared);
  auto variable = std::make_unique<VariableState>(std::move(declared));
  auto life = std::make_shared<VariableLife>();
  life->core = std::move(core);
  life->state = variable.get();
  life->path = variable->path;
  variable->id = next_++;
  variable->life = std::move(life);
  return *variables_.emplace(variable->id, std::move(variable)).first->second;
}

VariableState* VariableStore::find(graph::VariableId id) const noexcept {
  const auto found = variables_.find(id);
  return found == variables_.end() ? nullptr : found->second.get();
}

std::vector<VariableState*> VariableStore::without_memory(std::span<const graph::VariableId> ids) const {
  std::vector<VariableState*> result;
  for (const graph::VariableId id : ids) {
    VariableState* const variable = find(id);
    if (variable == nullptr)
      throw StaleHandleError(
          "A function was traced with a variable that has ended since (its layer, metric or optimizer was removed, or "
          "its graph scope closed). Make the function anew");
    if (variable->memory == nullptr && std::find(result.begin(), result.end(), variable) == result.end())
      result.push_back(variable);
  }
  return result;
}

void VariableStore::initialize(VariableState& variable) {
  const auto bytes = static_cast<std::size_t>(variable.bytes());
  variable.memory = static_cast<std::byte*>(arena_.allocate(bytes, {variable.category, variable.path, variable.where}));
  if (!variable.initial) return core::bring_in(variable.memory, bytes);  // the arena's blocks are 0
  const core::PhiloxKey key = core::stream_key(seed_, variable.path);
  const std::uint64_t seed = std::uint64_t{key[1]} << 32 | key[0];
  const Array value = variable.initial(variable.spec.shape, variable.spec.dtype, seed).contiguous();
  if (const graph::Spec given{value.dtype(), value.shape()}; given != variable.spec) {
    const std::string message = "The initial value of '" + variable.path + "' must be " + to_string(variable.spec) +
                                ", as the variable is declared. Received: " + to_string(given);
    if (given.dtype != variable.spec.dtype) throw DTypeError(message, variable.path, variable.where);
    throw ShapeError(message, variable.path, variable.where);
  }
  if (bytes > 0) std::memcpy(variable.memory, value.raw(), bytes);
}

void VariableStore::allocate(std::span<VariableState* const> variables) {
  try {
    for (VariableState* const variable : variables) initialize(*variable);
  } catch (...) {
    for (VariableState* const variable : variables) arena_.release(std::exchange(variable->memory, nullptr));
    throw;
  }
  for (VariableState* const variable : variables) variable->initial = nullptr;
}

void VariableStore::end(VariableState& variable, std::string_view reason) noexcept {
  variable.life->end(reason);
  arena_.release(variable.memory);
  ++epoch_;
  const auto found = variables_.find(variable.id);
  const std::unique_ptr<VariableState> gone = std::move(found->second);
  variables_.erase(found);  // the initial value's captures go last: they are the user's code
}

void VariableStore::end_all(std::string_view reason) noexcept {
  while (!variables_.empty()) end(*variables_.begin()->second, reason);
  decltype(variables_)().swap(variables_);
}

void VariableStore::end_level(std::uint64_t level, std::string_view reason) noexcept {
  for (auto next = variables_.begin(); next != variables_.end();) {
    VariableState& variable = *next->second;
    ++next;
    if (variable.owner == nullptr && variable.level == level) end(variable, reason);
  }
}

}  // namespace keratin::inline v0::session
