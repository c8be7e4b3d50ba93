#pragma once

#include <cstddef>

namespace keratin::test {

/// How often this process has called operator new.
std::size_t allocations() noexcept;

}  // namespace keratin::test
