#pragma once

namespace keratin::inline v0::core {

/// Into how many parts work is cut for each thread that shares it: who is late, or has lost its core, leaves some to the
/// others.
inline constexpr int parts_of_a_thread = 4;

}  // namespace keratin::inline v0::core
