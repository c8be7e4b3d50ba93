#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/core/flat_map.h"
#include "keratin/core/memory.h"

namespace keratin::inline v0 {

/// What a session's graphs hold now.
struct GraphStats {
  std::int64_t nodes = 0;  ///< of functional graphs and of all cached traces
  std::int64_t models = 0;
  std::int64_t layers = 0;
  std::int64_t variables = 0;
  std::int64_t functions = 0;
  std::int64_t traces = 0;  ///< cached
  std::int64_t plans = 0;   ///< cached
  std::int64_t scopes = 0;  ///< graph scopes open
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const GraphStats& stats);

/// One class of callbacks, as a session has seen it since it was made or cleared.
struct CallbackClass {
  std::string name;
  std::int64_t seen = 0;      ///< instances that were given to fit, evaluate or predict
  std::int64_t attached = 0;  ///< at work now
  std::int64_t alive = 0;     ///< instances seen that exist still, wherever; the session holds none of them
  std::int64_t bytes = 0;     ///< that the session keeps for them now
};

/// Callbacks that the session holds: during fit those given to it, else none; and those it has seen.
struct CallbackStats {
  std::int64_t attached = 0;
  std::vector<std::string> names;      ///< of those attached
  std::vector<CallbackClass> classes;  ///< by name
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const CallbackStats& stats);

/// One thing that lives in a session.
struct LiveObject {
  std::string kind;   ///< "model", "layer", "metric", "optimizer", "function", "trace", "plan", "graph", "tensor", …
  std::string name;   ///< its path
  std::string where;  ///< the user's line that made it
  /// Number of the fit, evaluate or predict (from 1, by session) that made it; 0: outside of one.
  std::int64_t fit = 0;
  std::int64_t id = 0;     ///< grows with each thing that is made; a graph's tensors have that of the graph
  std::int64_t count = 1;  ///< tensors: how many, in one entry for each graph
};

/// The difference of two reports: objects that are there now and weren't, and the other way round.
struct ObjectDifference;

/// What lives in a session at one moment, as a copy.
struct KERATIN_API ObjectReport {
  std::vector<LiveObject> objects;  ///< in the order of their making
  std::int64_t count(std::string_view kind) const noexcept;
  ObjectDifference compare_to(const ObjectReport& earlier) const;
};
struct ObjectDifference {
  std::vector<LiveObject> added;
  std::vector<LiveObject> gone;
  bool empty() const noexcept { return added.empty() && gone.empty(); }
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const ObjectReport& report);
KERATIN_API std::ostream& operator<<(std::ostream& out, const ObjectDifference& difference);

/// How far the books explain the process's private memory. Memory of other sessions is among the unexplained.
struct MemoryExplanation {
  std::int64_t resident_bytes = 0;                    ///< private memory of the process
  FlatMap<MemoryCategory, std::int64_t> by_category;  ///< of the session, as far as its pages are in memory
  std::int64_t slack_bytes = 0;                       ///< of the session's pages that are in memory: on loan to nobody
  std::int64_t primitive_bytes = 0;                   ///< code that oneDNN generated for its primitives
  std::int64_t library_bytes = 0;                     ///< what the process had when its first session was made
  std::int64_t heap_bytes = 0;  ///< on loan from the heap since then: objects of the library's, the primitives' state,
                                ///< and what the program has there, arrays included
  std::int64_t unexplained_bytes = 0;
  std::int64_t file_backed_bytes = 0;  ///< pages of files in memory, not part of the above
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const MemoryExplanation& explanation);

/// How a function was used.
struct FunctionStats {
  std::string name;
  std::int64_t calls = 0;
  std::int64_t traces = 0;  ///< made, ever
  std::int64_t cached = 0;  ///< kept now; at most FunctionOptions::max_traces
  std::int64_t plans = 0;   ///< kept now, of all cached traces
  std::int64_t plans_made = 0;
  std::int64_t retrace_warnings = 0;
  std::int64_t nodes = 0;            ///< of cached traces
  std::int64_t workspace_bytes = 0;  ///< the largest that a cached plan takes
  std::string last_reason;           ///< why the last trace was made: "input 0: f32[?,11] became f32[?,12]"
  std::vector<std::string> reasons;  ///< of the last few traces, oldest first
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const FunctionStats& stats);

}  // namespace keratin::inline v0
