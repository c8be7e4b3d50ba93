// The arena as the operating system sees it: what goes back, and what happens under limits.
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "support/sanitized.h"

namespace {

using namespace keratin;
using core::Arena;

/// Runs `body` in a child process, as limits can't be taken back; its result is the child's exit status.
int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

TEST(ArenaSystem, ResidentMemoryFallsAtReleaseAndAtReleaseAll) {
  constexpr std::size_t size = 64 << 20;
  Arena arena;
  const std::int64_t before = process_memory().resident_bytes;
  void* const block = arena.allocate(size, {});
  std::memset(block, 1, size);
  EXPECT_GT(process_memory().resident_bytes, before + (60 << 20));
  arena.release(block);
  EXPECT_LT(process_memory().resident_bytes, before + (4 << 20));

  for (std::size_t i = 0; i < 4096; ++i) std::memset(arena.allocate(size / 4096, {}), 1, size / 4096);
  EXPECT_GT(process_memory().resident_bytes, before + (60 << 20));
  arena.release_all();
  EXPECT_LT(process_memory().resident_bytes, before + (4 << 20));
}

TEST(ArenaSystem, AnUntouchedBlockTakesNoPages) {
  Arena arena;
  const std::int64_t before = process_memory().resident_bytes;
  EXPECT_NE(arena.allocate(256 << 20, {}), nullptr);
  EXPECT_LT(process_memory().resident_bytes, before + (4 << 20));
}

TEST(ArenaSystem, AThousandSessionsAliveAreCheap) {
  const std::int64_t before = process_memory().resident_bytes;
  std::vector<std::unique_ptr<Arena>> arenas;
  for (int i = 0; i < 1000; ++i) arenas.push_back(std::make_unique<Arena>());
#if !defined(KERATIN_SANITIZED)
  EXPECT_LT(process_memory().resident_bytes, before + 1000 * 2048) << "empty ones have no page of their own";
#endif
  for (auto& arena : arenas) std::memset(arena->allocate(1000, {MemoryCategory::parameters, "w", {}}), 1, 1000);
#if !defined(KERATIN_SANITIZED)
  EXPECT_LT(process_memory().resident_bytes, before + 1000 * 8192) << "a page of blocks, and the books";
#endif
  for (auto& arena : arenas) arena->release_all();
  EXPECT_LT(process_memory().resident_bytes, before + 1000 * 4096) << "the pages are back";
}

TEST(ArenaSystem, WorksUnderALimitOfAddressSpace) {
  if (test::is_sanitized) GTEST_SKIP() << "a sanitizer's shadow memory takes more address space than any limit";
  const int status = in_child([] {
    const rlim_t limit = static_cast<rlim_t>(process_memory().virtual_bytes) + (128u << 20);
    const rlimit both{limit, limit};
    if (setrlimit(RLIMIT_AS, &both) != 0) return 1;
    Arena arena;
    arena.allocate(1000, {MemoryCategory::parameters, "kernel", {}});
    try {
      arena.allocate(std::size_t{1} << 30, {MemoryCategory::workspace, "plan", {}});
      return 2;
    } catch (const OutOfMemoryError& error) {
      const std::string text = error.what();
      if (text.find("'plan' asked for 1.00 GiB") == std::string::npos) return 3;
      if (text.find("kernel 1000 B (parameters)") == std::string::npos) return 4;
      if (text.find("ulimit -v") == std::string::npos) return 5;
    }
    try {
      arena.check(std::int64_t{1} << 30, "fit");
      return 6;
    } catch (const OutOfMemoryError&) {
    }
    arena.check(32 << 20, "fit");
    // It is refused for good at the limit, and everything before is usable still.
    std::vector<char*> blocks;
    try {
      for (;;) blocks.push_back(static_cast<char*>(arena.allocate(1 << 20, {})));
    } catch (const OutOfMemoryError&) {
    }
    if (blocks.size() < 64) return 7;
    for (char* block : blocks) std::memset(block, 1, 1 << 20);
    if (arena.current_bytes() != 1000 + (static_cast<std::int64_t>(blocks.size()) << 20)) return 8;
    arena.release_all();
    std::memset(arena.allocate(64 << 20, {}), 1, 64 << 20);
    return 0;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
