#include "core/heap.h"

#include <new>

#include "keratin/core/memory.h"

namespace keratin::inline v0::core {

void throw_heap_exhausted(std::string_view what, SourceLine where) {
  const std::string line = to_string(where);
  throw OutOfMemoryError("The heap has no memory left for " + std::string(what) +
                             (line.empty() ? "" : " (" + line + ")") + ", with " +
                             to_string(Bytes{process_memory().virtual_bytes}) +
                             " mapped by the process. Free what is no longer "
                             "needed (clear(), graph_scope), or raise the process's limits (ulimit -v, the container's "
                             "memory, vm.overcommit_memory). Received: std::bad_alloc",
                         {}, where);
}

std::string joined_or(std::initializer_list<std::string_view> words, std::string_view shorter) noexcept {
  try {
    std::string text;
    for (const std::string_view word : words) text += word;
    return text;
  } catch (const std::bad_alloc&) {
    return std::string(shorter);
  }
}

}  // namespace keratin::inline v0::core
