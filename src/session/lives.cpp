#include "session/lives.h"

#include <new>

#include "core/heap.h"

namespace keratin::inline v0::session {
namespace {

constexpr std::string_view unknown = "its owner's end";

}  // namespace

std::string reason_of(std::string_view what, std::string_view name, std::string_view at, SourceLine where) noexcept {
  const std::string_view quote = name.empty() ? "" : "'";
  try {
    const std::string line = to_string(where);
    return core::joined_or({what, quote, name, quote, line.empty() ? "" : at, line}, unknown);
  } catch (const std::bad_alloc&) {
    return core::joined_or({what, quote, name, quote}, unknown);
  }
}

void Ending::end(std::string_view reason) const noexcept {
  if (!alive()) return;
  reason_ = core::joined_or({reason}, unknown);
  alive_.store(false, std::memory_order_release);
}

void Ending::fail(std::string_view what, const std::string& path) const {
  if (is_other_process())
    throw ForkedError("The " + std::string(what) + " '" + path +
                          "' belongs to a session of another process, of which this one is a copy made by fork(). Make "
                          "a session, and what is in it, after the fork",
                      path);
  throw StaleHandleError("A handle was used after what it stood for had ended: the " + std::string(what) + " '" + path +
                             "'. It ended by: " + (alive() ? "the end of its session" : reason_) +
                             ". Make it anew, or keep an Array, which outlives the session",
                         path);
}

}  // namespace keratin::inline v0::session
