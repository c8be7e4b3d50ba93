#pragma once

#include <cstdint>
#include <string_view>

#include "keratin/core/error.h"

namespace keratin::inline v0::session {

/// When and where something of a session was made, for Session::objects().
struct Origin {
  std::int64_t id = 0;   ///< counted over all that a session makes
  std::int64_t fit = 0;  ///< number of the fit, evaluate or predict at work; 0: none
  SourceLine where;      ///< the line that called it, or that made the thing
};

inline bool is_same_line(const SourceLine& a, const SourceLine& b) noexcept {
  return a.line == b.line && (a.file == b.file || std::string_view(a.file) == b.file);
}

}  // namespace keratin::inline v0::session
