#pragma once

#include "keratin/core/export.h"

namespace keratin::inline v0::core {

/// Asked for each block that an arena is to give out; true: it is refused, as if the system had no memory.
using Refusal = bool (*)() noexcept;
/// For tests: all arenas of the process ask from now on; nullptr: none does.
KERATIN_API void set_refusal(Refusal refusal) noexcept;
/// Costs one load where nobody is to be asked.
bool is_refused() noexcept;

/// While it lives, no test lets this thread's requests to the heap fail: around calls into a library that ends the
/// process where one of its own requests does.
class HeapSpared {
 public:
  HeapSpared() noexcept;
  ~HeapSpared();
  HeapSpared(const HeapSpared&) = delete;
  HeapSpared& operator=(const HeapSpared&) = delete;
};
/// True within the life of a HeapSpared of this thread.
KERATIN_API bool is_heap_spared() noexcept;

}  // namespace keratin::inline v0::core
