#pragma once

namespace keratin::inline v0::core {

/// Asks the system to give this thread short turns on its core, and to give them soon. One that has slept then gets
/// its core back at once from a process that doesn't sleep, as long as it has had no more than its share; else it may
/// wait until that process's turn is over, for 4 ms. Its share of the core stays what it is. False, and nothing
/// changes, where the system has no such wish (Linux before 6.12 ignores it) or the host has chosen another policy.
bool ask_for_short_turns() noexcept;

}  // namespace keratin::inline v0::core
