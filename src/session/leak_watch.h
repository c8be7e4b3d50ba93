#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/core/memory.h"
#include "keratin/session/stats.h"

namespace keratin::inline v0::session {

class Core;

/// Finds out that a session holds more after each of many like calls: fits (or evaluates, predicts) of one line of the
/// program. Costs a few comparisons a call; owners are looked at when a suspicion has arisen.
class LeakWatch {
 public:
  /// Such a call has ended. Gives what is to be warned of, once for each line, or nothing.
  std::string note(const Core& core, std::string_view kind, const SourceLine& where);
  /// The session has been cleared: counts anew. What was warned of isn't again.
  void restart() noexcept;

  static constexpr int limit = 10;     ///< growths that make a leak …
  static constexpr int suspicion = 5;  ///< … after so many of which the owners are noted, to be compared with
  static constexpr int patience = 10;  ///< calls without growth after which it counts anew

 private:
  /// Without the caches of functions, which are bounded, and the workspace: they grow for a while by rights.
  struct Size {
    std::int64_t bytes = 0;
    std::int64_t nodes = 0;  ///< of functional graphs
    std::int64_t objects = 0;
    bool is_more_than(const Size& other) const noexcept {
      return bytes > other.bytes || nodes > other.nodes || objects > other.objects;
    }
  };
  struct Line {
    std::string_view kind;
    SourceLine where;
    Size first;    ///< where counting began
    Size largest;  ///< since
    int growths = 0;
    int calls_since = 0;  ///< the last growth
    bool is_warned = false;
    MemorySnapshot owners = {};  ///< at the suspicion
    ObjectReport objects = {};
    void begin(const Size& size) noexcept;
  };
  static Size size_of(const Core& core) noexcept;
  static std::string warning(const Core& core, const Line& line);

  std::vector<Line> lines_;
};

}  // namespace keratin::inline v0::session
