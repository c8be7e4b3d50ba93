#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "runtime/plan.h"
#include "session/origin.h"

namespace keratin::inline v0::session {

/// What a trace is kept by: the specs of the inputs, without the batch, their first dimension.
std::vector<graph::Spec> signature_of(std::span<const graph::Spec> inputs);
/// Whether the inputs have this signature. Allocates nothing.
bool matches(std::span<const graph::Spec> signature, std::span<const graph::Spec> inputs) noexcept;

/// A plan of a trace, for one batch size.
struct CachedPlan {
  std::unique_ptr<runtime::Plan> plan;
  std::vector<std::byte*> variables;  ///< their addresses, good for `epoch`
  std::uint64_t epoch = 0;
  Origin origin;
};

/// A function's graph for one signature.
struct Trace {
  std::vector<graph::Spec> signature;
  std::unique_ptr<graph::Graph> graph;
  std::vector<graph::VariableId> variables;        ///< that it reads or writes
  std::vector<std::unique_ptr<CachedPlan>> plans;  ///< used last at the end
  std::uint64_t level = 0;                         ///< what its tracing made ends with it
  Origin origin;
  std::vector<std::int64_t> evicted;  ///< batch sizes whose plans the limit took away, the last ones
};

/// Variables that a graph reads or writes, each once.
std::vector<graph::VariableId> variables_of(const graph::Graph& graph);

/// Why something was traced, and what its user can do about it.
struct TraceCause {
  std::string reason;
  std::string_view advice = {};  ///< a literal; empty where there is nothing to do
};
/// Why `signature` needs a trace of its own: "input 0: f32[?,11] became f32[?,12]", against the nearest one kept.
TraceCause difference(std::span<const std::unique_ptr<Trace>> kept, std::span<const graph::Spec> signature);

/// Finds out that a function goes on being traced anew.
class RetraceWatch {
 public:
  /// Records one call. True if a warning is due: then at twice as many retraces the next time.
  bool record(bool retraced) noexcept;

  static constexpr int window = 5;  ///< calls
  static constexpr int limit = 3;   ///< retraces among them

 private:
  std::uint32_t last_ = 0;  ///< a bit a call, the last one lowest
  std::int64_t retraces_ = 0;
  std::int64_t next_warning_ = 0;
};

}  // namespace keratin::inline v0::session
