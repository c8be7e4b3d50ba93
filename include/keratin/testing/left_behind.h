#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/core/memory.h"
#include "keratin/session/session.h"
#include "keratin/session/stats.h"

namespace keratin::inline v0::testing {

/// What a session holds at one moment, for a later look at what has come since.
class KERATIN_API SessionMark {
 public:
  explicit SessionMark(const Session& session);

  /// Bytes, nodes and objects that the session holds beyond those of the mark, with the lines that made them; "" where
  /// there are none. What belongs to one of the paths `may_stay` ("forecaster", with all below it) doesn't count.
  std::string left_behind(const Session& session, const std::vector<std::string>& may_stay = {}) const;

 private:
  MemorySnapshot memory_;
  GraphStats graph_;
};

}  // namespace keratin::inline v0::testing
