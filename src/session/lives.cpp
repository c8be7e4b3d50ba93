#include "session/lives.h"

namespace keratin::inline v0::session {

void Ending::end(const std::string& reason) const {
  if (!alive()) return;
  reason_ = reason;
  alive_.store(false, std::memory_order_release);
}

void Ending::fail(std::string_view what, const std::string& path) const {
  throw StaleHandleError("A handle was used after what it stood for had ended: the " + std::string(what) + " '" + path +
                             "'. It ended by: " + (alive() ? "the end of its session" : reason_) +
                             ". Make it anew, or keep an Array, which outlives the session",
                         path);
}

}  // namespace keratin::inline v0::session
