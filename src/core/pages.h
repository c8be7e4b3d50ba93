#pragma once

#include <cstddef>

namespace keratin::inline v0::core {

/// Brings all pages of a zero-filled block into memory at once, for one that is read and written soon after: by and by,
/// each page would be missing twice, first where its zeros are read. Does nothing for small blocks, and where the
/// system has no way to.
void bring_in(void* block, std::size_t bytes) noexcept;

}  // namespace keratin::inline v0::core
