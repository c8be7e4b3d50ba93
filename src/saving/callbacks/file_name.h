#pragma once

#include <cstdint>
#include <string>

#include "keratin/training/logs.h"

namespace keratin::inline v0::saving {

/// A file's name with places for numbers, as Python's str.format reads it: {epoch:03d}, {loss:.2f}, {{ and }}.
class FileName {
 public:
  /// Throws ValueError, which begins with `owner`, for braces that don't fit or a format that isn't one of numbers.
  FileName(std::string pattern, std::string owner);

  const std::string& pattern() const noexcept { return pattern_; }
  /// The name for an epoch and a batch, counted from 1 (0: no batch), and logs. Throws KeyError for a name that is none
  /// of these, and ValueError for a format of integers that is asked for a floating number.
  std::string filled(std::int64_t epoch, std::int64_t batch, const Logs& logs) const;

 private:
  std::string pattern_;
  std::string owner_;
};

}  // namespace keratin::inline v0::saving
