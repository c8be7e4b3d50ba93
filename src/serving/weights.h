#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "compile/frozen.h"
#include "core/arena.h"
#include "graph/graph.h"

namespace keratin::inline v0::serving {

/// A value that never changes, in the predictor's memory.
class Weight {
 public:
  /// A copy of what is at `from`.
  Weight(core::Arena& arena, graph::VariableId id, const graph::Spec& spec, const void* from, const core::Tag& tag);
  ~Weight();
  Weight(const Weight&) = delete;
  Weight& operator=(const Weight&) = delete;

  graph::VariableId id() const noexcept { return id_; }
  /// For plans, which don't write there.
  std::byte* memory() const noexcept { return memory_; }
  bool equals(const Array& value) const noexcept;

 private:
  core::Arena& arena_;
  graph::VariableId id_;
  graph::Spec spec_;
  std::byte* memory_;
};

using WeightPtr = std::shared_ptr<const Weight>;

/// A frozen model's variables, and what its plans compute of them alone: once for all plans, as long as one reads it.
class Weights {
 public:
  explicit Weights(core::Arena& arena) : arena_(arena) {}

  /// One of the model's variables, before any other thread knows of them.
  void add(graph::VariableId id, const graph::Spec& spec, const void* from, const core::Tag& tag);
  const WeightPtr& variable(graph::VariableId id) const { return variables_.at(id); }
  /// A weight of this content: one that is there, or a new one. From any thread.
  WeightPtr keep(const Array& value, const core::Tag& tag);

 private:
  WeightPtr find(const Array& value);

  core::Arena& arena_;
  std::unordered_map<graph::VariableId, WeightPtr> variables_;
  std::mutex mutex_;
  graph::VariableId next_ = 0;
  std::vector<std::weak_ptr<const Weight>> computed_;
};

/// What one plan reads of them.
class PlanWeights final : public compile::FrozenVariables {
 public:
  explicit PlanWeights(Weights& weights) : weights_(weights) {}

  const std::byte* memory(graph::VariableId variable) const override { return find(variable)->memory(); }
  graph::VariableId keep(const Array& value, const graph::Node& node) override;
  /// One of the model's variables, or what keep() gave.
  const WeightPtr& find(graph::VariableId id) const;

 private:
  Weights& weights_;
  std::vector<WeightPtr> computed_;
};

}  // namespace keratin::inline v0::serving
