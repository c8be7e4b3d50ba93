#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "keratin/core/export.h"

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

/// Callbacks that the session holds: during fit those given to it, else none.
struct CallbackStats {
  std::int64_t attached = 0;
  std::vector<std::string> names;
};
KERATIN_API std::ostream& operator<<(std::ostream& out, const CallbackStats& stats);

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
