#include "core/pages.h"

#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace keratin::inline v0::core {

void bring_in(void* block, std::size_t bytes) noexcept {
#if defined(MADV_POPULATE_WRITE)
  constexpr std::size_t worthwhile = std::size_t{64} << 10;
  if (bytes < worthwhile) return;
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto start = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t first = start / page * page;
  // A refusal (an older kernel, a limit) costs nothing: pages then come when they are touched.
  ::madvise(reinterpret_cast<void*>(first), start + bytes - first, MADV_POPULATE_WRITE);
#else
  static_cast<void>(block);
  static_cast<void>(bytes);
#endif
}

}  // namespace keratin::inline v0::core
