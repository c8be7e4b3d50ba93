#include "system/heap.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <dlfcn.h>
#include <execinfo.h>

#include "support/sanitized.h"

namespace keratin::test {
namespace {

std::atomic<bool> counting = false;
std::atomic<std::int64_t> ours = 0;
std::atomic<std::int64_t> onednn = 0;
std::atomic<std::int64_t> others = 0;

constexpr std::int64_t never = -1;
thread_local std::int64_t left = never;  ///< calls that still find memory
thread_local std::int64_t refused_calls = 0;
thread_local bool for_good = true;

}  // namespace

HeapEndsAt::HeapEndsAt(std::int64_t call, HeapEnd end) noexcept {
  left = call;
  refused_calls = 0;
  for_good = end == HeapEnd::for_good;
}
HeapEndsAt::~HeapEndsAt() { left = never; }
std::int64_t HeapEndsAt::refused() const noexcept { return refused_calls; }

void start_counting_heap_calls() {
  std::array<void*, 4> frames{};
  backtrace(frames.data(), static_cast<int>(frames.size()));  // its first call loads the unwinder
  ours = onednn = others = 0;
  counting = true;
}

void stop_counting_heap_calls() { counting = false; }

HeapCalls heap_calls() noexcept { return {ours, onednn, others}; }

#if !defined(KERATIN_SANITIZED)

namespace {

bool is_in(const char* path, const char* name) noexcept {
  return path != nullptr && std::strstr(path, name) != nullptr;
}

/// The innermost frame of an object that can ask for memory by itself decides; the C++ runtime asks for others.
std::atomic<std::int64_t>& counter_of(void* const* frames, int count, const void* self) noexcept {
  for (int i = 0; i < count; ++i) {
    Dl_info info{};
    if (dladdr(frames[i], &info) == 0) continue;
    if (is_in(info.dli_fname, "libdnnl")) return onednn;
    if (is_in(info.dli_fname, "libgomp")) return others;
    if (info.dli_fbase == self) return ours;
  }
  return others;
}

thread_local bool inside = false;

[[gnu::noinline]] void count() noexcept {
  if (!counting.load(std::memory_order_relaxed) || inside) return;
  inside = true;
  std::array<void*, 48> frames{};
  const int depth = backtrace(frames.data(), static_cast<int>(frames.size()));
  Dl_info here{};
  dladdr(reinterpret_cast<const void*>(&heap_calls), &here);
  constexpr int own = 2;  // count and the function that called it
  ++counter_of(frames.data() + own, depth - own, here.dli_fbase);
  inside = false;
}

/// True if the call at hand is to find no memory.
bool ends() noexcept {
  if (left == never) return false;
  if (left > 0) {
    --left;
    return false;
  }
  if (!for_good && refused_calls > 0) return false;
  ++refused_calls;
  return true;
}

}  // namespace

#endif

}  // namespace keratin::test

#if !defined(KERATIN_SANITIZED)

// glibc's own functions under its own names: what is defined here takes the place of malloc in the whole process.
extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  keratin::test::count();
  if (keratin::test::ends()) return nullptr;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  keratin::test::count();
  if (keratin::test::ends()) return nullptr;
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  keratin::test::count();
  if (keratin::test::ends()) return nullptr;
  return __libc_realloc(memory, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  keratin::test::count();
  if (keratin::test::ends()) return nullptr;
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  keratin::test::count();
  if (keratin::test::ends()) return nullptr;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  keratin::test::count();
  if (keratin::test::ends()) return ENOMEM;
  void* const made = __libc_memalign(alignment, size);
  if (made == nullptr) return ENOMEM;
  *memory = made;
  return 0;
}

}  // extern "C"

#endif
