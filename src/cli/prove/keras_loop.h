#pragma once

#include <cstddef>
#include <span>

namespace keratin::inline v0::cli {

/// prove/keras_loop.py, which the build puts into the program.
std::span<const std::byte> keras_loop_py() noexcept;

}  // namespace keratin::inline v0::cli
