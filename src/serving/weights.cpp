#include "serving/weights.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace keratin::inline v0::serving {

Weight::Weight(core::Arena& arena, graph::VariableId id, const graph::Spec& spec, const void* from,
               const core::Tag& tag)
    : arena_(arena), id_(id), spec_(spec), memory_(static_cast<std::byte*>(arena.allocate(spec.bytes(), tag))) {
  std::memcpy(memory_, from, spec.bytes());
}

Weight::~Weight() { arena_.release(memory_); }

bool Weight::equals(const Array& value) const noexcept {
  return value.dtype() == spec_.dtype && value.shape() == spec_.shape &&
         std::memcmp(memory_, value.raw(), spec_.bytes()) == 0;
}

void Weights::add(graph::VariableId id, const graph::Spec& spec, const void* from, const core::Tag& tag) {
  variables_.emplace(id, std::make_shared<const Weight>(arena_, id, spec, from, tag));
  next_ = std::max(next_, id + 1);
}

WeightPtr Weights::find(const Array& value) {
  std::erase_if(computed_, [](const std::weak_ptr<const Weight>& weight) { return weight.expired(); });
  for (const std::weak_ptr<const Weight>& each : computed_)
    if (WeightPtr weight = each.lock(); weight != nullptr && weight->equals(value)) return weight;
  for (const auto& [id, weight] : variables_)
    if (weight->equals(value)) return weight;
  return nullptr;
}

WeightPtr Weights::keep(const Array& value, const core::Tag& tag) {
  const std::lock_guard lock(mutex_);
  if (WeightPtr weight = find(value)) return weight;
  computed_.reserve(computed_.size() + 1);
  auto weight =
      std::make_shared<const Weight>(arena_, next_, graph::Spec{value.dtype(), value.shape()}, value.raw(), tag);
  ++next_;
  computed_.push_back(weight);
  return weight;
}

graph::VariableId PlanWeights::keep(const Array& value, const graph::Node& node) {
  std::string owner(node.owner);
  owner.append(owner.empty() ? "" : "/").append(node.op->name);
  computed_.push_back(weights_.keep(value, {MemoryCategory::parameters, owner, node.where}));
  return computed_.back()->id();
}

const WeightPtr& PlanWeights::find(graph::VariableId id) const {
  const auto found =
      std::find_if(computed_.begin(), computed_.end(), [&](const WeightPtr& weight) { return weight->id() == id; });
  return found == computed_.end() ? weights_.variable(id) : *found;
}

}  // namespace keratin::inline v0::serving
