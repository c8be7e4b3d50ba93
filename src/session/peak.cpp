#include "session/peak.h"

#include "session/core.h"

namespace keratin::inline v0::session {

void reset_peak(const Session& session) { Inner::core(session)->arena().reset_peak(); }

}  // namespace keratin::inline v0::session
