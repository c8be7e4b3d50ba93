#pragma once

#include "keratin/core/export.h"
#include "keratin/session/session.h"

namespace keratin::inline v0::session {

/// The session's peak is what it has in use now, and goes on from there.
KERATIN_API void reset_peak(const Session& session);

}  // namespace keratin::inline v0::session
