#pragma once

namespace keratin::inline v0::ops {

/// What keeps from dividing by 0: Keras's `backend.epsilon()`.
inline constexpr double epsilon = 1e-7;

}  // namespace keratin::inline v0::ops
