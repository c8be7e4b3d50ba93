#include "optimizers/patterns.h"

#include <regex>

#include "keratin/core/error.h"

namespace keratin::inline v0::optimizers {
namespace {

std::regex compiled(std::string_view owner, const std::string& pattern) {
  try {
    return std::regex(pattern);
  } catch (const std::regex_error& error) {
    throw ValueError(std::string(owner) + ": a pattern must be a regular expression (" + error.what() +
                     "). Received: '" + pattern + "'");
  }
}

}  // namespace

void check_pattern(std::string_view owner, const std::string& pattern) { static_cast<void>(compiled(owner, pattern)); }

bool is_found(const std::string& pattern, const std::string& path) {
  return std::regex_search(path, compiled("An optimizer", pattern));
}

bool fits(const std::string& pattern, const std::string& path) {
  return std::regex_match(path, compiled("An optimizer", pattern));
}

}  // namespace keratin::inline v0::optimizers
