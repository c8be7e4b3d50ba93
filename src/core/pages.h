#pragma once

#include <cstddef>

namespace keratin::inline v0::core {

/// Zero-filled pages of the process's own, to be unmapped in one piece; nullptr if the system refuses. `bytes` is a
/// multiple of page_size(). Where they are many, they begin at a border of the system's large pages, and it is asked
/// for such ones: a step that goes through them looks up fewer addresses. Whether it has any is its own affair.
void* map_pages(std::size_t bytes) noexcept;
std::size_t page_size() noexcept;

/// Brings all pages of a zero-filled block into memory at once, for one that is read and written soon after: by and by,
/// each page would be missing twice, first where its zeros are read. Does nothing for small blocks, and where the
/// system has no way to.
void bring_in(void* block, std::size_t bytes) noexcept;

}  // namespace keratin::inline v0::core
