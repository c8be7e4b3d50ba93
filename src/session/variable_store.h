#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/arena.h"
#include "graph/graph.h"
#include "graph/spec.h"
#include "keratin/session/component.h"
#include "session/lives.h"
#include "session/origin.h"

namespace keratin::inline v0::session {

/// A variable: declared with all but memory, which comes at first need and stays where it is.
struct VariableState {
  graph::VariableId id = 0;
  graph::Spec spec;
  std::string name;
  std::string path;
  SourceLine where;
  Origin origin;
  MemoryCategory category = MemoryCategory::layer_state;
  bool trainable = true;
  bool autocast = true;       ///< whether it is read in the dtype that the layer at work computes in
  std::uint64_t changed = 0;  ///< the session's structure version at which `trainable` was set last
  InitialValue initial;       ///< let go once the memory is there
  Component* owner = nullptr;
  std::uint64_t level = 0;  ///< that it ends with, if it has no owner
  std::byte* memory = nullptr;
  std::shared_ptr<const VariableLife> life;

  std::int64_t bytes() const { return static_cast<std::int64_t>(spec.bytes()); }
};

/// A session's variables, by id. Ids are not used again.
class VariableStore {
 public:
  VariableStore(core::Arena& arena, std::uint64_t seed) : arena_(arena), seed_(seed) {}

  /// `declared` without id and life. Throws ShapeError for an unknown size, DTypeError for strings.
  VariableState& declare(VariableState declared, std::weak_ptr<Core> core);
  VariableState* find(graph::VariableId id) const noexcept;
  /// Those of these variables that have no memory yet, each once. Throws StaleHandleError for one that has ended.
  std::vector<VariableState*> without_memory(std::span<const graph::VariableId> ids) const;
  /// Memory and initial values for all of them, or for none.
  void allocate(std::span<VariableState* const> variables);
  void end(VariableState& variable, std::string_view reason) noexcept;
  void end_all(std::string_view reason) noexcept;
  /// Ends those without an owner that belong to a level.
  void end_level(std::uint64_t level, std::string_view reason) noexcept;
  std::size_t size() const noexcept { return variables_.size(); }
  const std::unordered_map<graph::VariableId, std::unique_ptr<VariableState>>& all() const noexcept {
    return variables_;
  }
  /// Changes whenever an address that somebody may have kept is no longer good.
  std::uint64_t epoch() const noexcept { return epoch_; }

 private:
  void initialize(VariableState& variable);

  core::Arena& arena_;
  std::uint64_t seed_;
  std::unordered_map<graph::VariableId, std::unique_ptr<VariableState>> variables_;
  graph::VariableId next_ = 0;
  std::uint64_t epoch_ = 1;
};

}  // namespace keratin::inline v0::session
