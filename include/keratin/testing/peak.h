#pragma once

#include <string>

#include "keratin/core/export.h"
#include "keratin/core/memory.h"
#include "keratin/session/session.h"
#include "keratin/training/model.h"

namespace keratin::inline v0::testing {

/// Measures the most that a session has in use from here on. The peak that `session.memory()` tells begins anew.
class KERATIN_API PeakMeasure {
 public:
  explicit PeakMeasure(Session& session);
  /// "" where the peak since then is below the limit; else the peak, its categories and the largest owners now.
  std::string above(Bytes limit) const;

 private:
  Session& session_;
};

/// "" where a plan's peak is below the limit; else the peak and the largest owners.
KERATIN_API std::string plan_above(const MemoryPlan& plan, Bytes limit);

}  // namespace keratin::inline v0::testing
