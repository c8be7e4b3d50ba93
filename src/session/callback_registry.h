#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/session/stats.h"

namespace keratin::inline v0::session {

/// What a session knows of the callbacks that it was given: how many of each class, and which of them exist still. It
/// holds none of them. Thread-safe.
class CallbackRegistry {
 public:
  /// A callback of a fit, evaluate or predict, the session's `call`th, that was called at `where` comes to work; `life`
  /// ends with it (empty: the library's own, which is no instance to count). Gives what is to be warned of, or nothing.
  std::string attach(const std::string& class_name, const std::weak_ptr<const void>& life, SourceLine where,
                     std::int64_t call);
  /// The last ones that were attached.
  void detach(std::size_t count) noexcept;
  /// Bytes that the session keeps for callbacks of a class: so many more, or fewer.
  void book(const std::string& class_name, std::int64_t bytes) noexcept;
  CallbackStats stats() const;
  /// Counts anew. What was warned of isn't again.
  void restart() noexcept;

  /// Calls of one line in a row, each with a new instance of a class and none with an old one, before it is warned of.
  static constexpr int most_new_in_a_row = 10;

 private:
  /// Of one class, what one line of the program brought.
  struct Line {
    SourceLine where;
    std::int64_t call = 0;  ///< the last one
    int new_in_a_row = 0;   ///< calls
    bool is_warned = false;
  };
  struct Class {
    std::int64_t seen = 0;
    std::int64_t bytes = 0;
    /// By the address of what `life` refers to, which its owner has as long as it exists.
    std::unordered_map<const void*, std::weak_ptr<const void>> lives;
    std::size_t prune_at = 64;  ///< so many of them, ended ones included
    std::vector<Line> lines;

    bool add(const std::weak_ptr<const void>& life);
    std::int64_t alive() const noexcept;
  };

  mutable std::mutex mutex_;
  std::vector<std::string> attached_;
  std::map<std::string, Class, std::less<>> classes_;
};

}  // namespace keratin::inline v0::session
