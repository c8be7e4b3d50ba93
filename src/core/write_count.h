#pragma once

#include <cstdint>
#include <ostream>

namespace keratin::inline v0::core {

/// "3 traces", "1 trace", behind a separator.
inline void write_count(std::ostream& out, std::int64_t count, const char* what, const char* separator) {
  out << separator << count << ' ' << what << (count == 1 ? "" : "s");
}

}  // namespace keratin::inline v0::core
