#include "core/pages.h"

#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace keratin::inline v0::core {
namespace {

/// On the machines that have any, mostly.
constexpr std::size_t large_page = std::size_t{2} << 20;

std::byte* map(std::size_t bytes) noexcept {
  void* const pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? nullptr : static_cast<std::byte*>(pages);
}

/// False if the system has no room for what that takes.
bool unmap(std::byte* from, std::byte* to) noexcept {
  return from == to || ::munmap(from, static_cast<std::size_t>(to - from)) == 0;
}

#if defined(MADV_HUGEPAGE)
std::byte* map_at_large_page(std::size_t bytes) noexcept {
  const std::size_t more = bytes + large_page - page_size();
  std::byte* const begin = map(more);
  if (begin == nullptr) return nullptr;
  std::byte* const first = begin + (large_page - reinterpret_cast<std::uintptr_t>(begin) % large_page) % large_page;
  if (!unmap(begin, first) || !unmap(first + bytes, begin + more)) {
    unmap(begin, begin + more);
    return nullptr;
  }
  ::madvise(first, bytes, MADV_HUGEPAGE);
  return first;
}
#endif

}  // namespace

std::size_t page_size() noexcept {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

void* map_pages(std::size_t bytes) noexcept {
#if defined(MADV_HUGEPAGE)
  if (bytes >= large_page)
    if (std::byte* const pages = map_at_large_page(bytes)) return pages;
#endif
  return map(bytes);
}

void bring_in(void* block, std::size_t bytes) noexcept {
#if defined(MADV_POPULATE_WRITE)
  constexpr std::size_t worthwhile = std::size_t{64} << 10;
  if (bytes < worthwhile) return;
  const auto start = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t first = start / page_size() * page_size();
  // A refusal (an older kernel, a limit) costs nothing: pages then come when they are touched.
  ::madvise(reinterpret_cast<void*>(first), start + bytes - first, MADV_POPULATE_WRITE);
#else
  static_cast<void>(block);
  static_cast<void>(bytes);
#endif
}

}  // namespace keratin::inline v0::core
