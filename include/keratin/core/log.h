#pragma once

#include <cstdint>
#include <string_view>

#include "keratin/core/callable.h"
#include "keratin/core/export.h"

namespace keratin::inline v0::log {

enum class Level : std::uint8_t { trace, debug, info, warning, error, off };

/// Receives each message at or above the level, without a newline. Called under a lock: one message at a time.
using Sink = Callable<void(Level level, std::string_view message)>;

/// Messages below this level are dropped; the start value is Level::warning. Thread-safe.
KERATIN_API void set_level(Level level);
KERATIN_API Level level() noexcept;
/// Sends messages to the host's own sink instead of stderr; an empty function restores stderr. Thread-safe.
KERATIN_API void set_sink(Sink sink);
/// Drops everything: set_level(Level::off).
KERATIN_API void silence();
/// Writes a message through the library's logger (an spdlog logger of its own, never the global registry).
KERATIN_API void write(Level level, std::string_view message);

}  // namespace keratin::inline v0::log
