#pragma once

#include <atomic>
#include <cstdint>
#include <memory_resource>
#include <string>

#include "core/arena.h"
#include "graph/builder.h"

namespace keratin::inline v0::session {

class Core;

/// Comes before the builder that allocates from it.
struct BuilderMemory {
  BuilderMemory(core::Arena& arena, const std::string& owner, SourceLine where)
      : graph_memory(arena, MemoryCategory::graph, owner, where) {}
  core::ArenaResource graph_memory;
};

/// A builder whose graph is on a session's books, and that knows its session.
class SessionBuilder : private BuilderMemory, public graph::Builder {
 public:
  /// `owner` is who is booked ("sequential/train_step"), `name` is for messages.
  SessionBuilder(Core& core, const std::string& owner, SourceLine where, std::string name);

  Core& core() const noexcept { return core_; }

 private:
  Core& core_;
};

/// A scope's functional graph: layer calls on session.input's tensors.
class FunctionalBuilder final : public SessionBuilder {
 public:
  FunctionalBuilder(Core& core, SourceLine where, std::atomic<std::int64_t>& nodes);
  ~FunctionalBuilder() override;

 protected:
  void added(graph::NodeId node) override;

 private:
  std::atomic<std::int64_t>& nodes_;  ///< the session's count
  std::int64_t own_ = 0;
};

/// A trace in the making.
class TraceBuilder final : public SessionBuilder {
 public:
  using SessionBuilder::SessionBuilder;

 protected:
  /// Warns of a large array that becomes a constant.
  void added(graph::NodeId node) override;
};

/// Throws ValueError if `builder` belongs to another session than `core`; `what` is what was used in it.
void check_session(const graph::Builder& builder, const Core& core, const std::string& what);

}  // namespace keratin::inline v0::session
