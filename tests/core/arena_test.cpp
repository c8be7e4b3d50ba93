#include "core/arena.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace keratin;
using core::Arena;

SourceLine line(const char* file, std::uint32_t number) {
  SourceLine where;
  where.file = file;
  where.line = number;
  return where;
}

TEST(Arena, BlocksAreZeroAlignedAndApart) {
  Arena arena;
  std::vector<std::pair<std::byte*, std::size_t>> blocks;
  for (const std::size_t size : {0u, 1u, 63u, 64u, 65u, 4096u, 32767u, 32768u, 100000u, 5000000u}) {
    for (int i = 0; i < 3; ++i) {
      auto* const block = static_cast<std::byte*>(arena.allocate(size, {}));
      ASSERT_NE(block, nullptr);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % Arena::alignment, 0u);
      EXPECT_TRUE(std::all_of(block, block + size, [](std::byte b) { return b == std::byte{0}; }));
      std::memset(block, 0xff, size);
      blocks.emplace_back(block, std::max<std::size_t>(size, 1));
    }
  }
  std::sort(blocks.begin(), blocks.end());
  for (std::size_t i = 0; i + 1 < blocks.size(); ++i)
    EXPECT_LE(blocks[i].first + blocks[i].second, blocks[i + 1].first);
}

// Against a plain model of what is alive: contents stay, new blocks are 0, and the sums are right at each step.
TEST(Arena, ThousandsOfRandomAllocationsAndReleasesKeepContentsAndBooks) {
  Arena arena;
  std::mt19937 random(1);
  struct Alive {
    unsigned char* block;
    std::size_t size;
    unsigned char mark;
  };
  std::vector<Alive> alive;
  std::int64_t current = 0;
  std::int64_t peak = 0;
  for (int step = 0; step < 20000; ++step) {
    if (alive.size() < 20 || random() % 100 < (step / 2000 % 2 == 0 ? 60 : 40)) {
      const std::size_t size = random() % (random() % 50 == 0 ? 200000 : 3000);
      auto* const block = static_cast<unsigned char*>(arena.allocate(size, {}));
      ASSERT_TRUE(std::all_of(block, block + size, [](unsigned char b) { return b == 0; })) << step;
      alive.push_back({block, size, static_cast<unsigned char>(1 + random() % 255)});
      std::memset(block, alive.back().mark, size);
      current += static_cast<std::int64_t>(size);
      peak = std::max(peak, current);
    } else {
      const std::size_t which = random() % alive.size();
      const Alive gone = alive[which];
      ASSERT_TRUE(std::all_of(gone.block, gone.block + gone.size, [&](unsigned char b) { return b == gone.mark; }));
      arena.release(gone.block);
      alive[which] = alive.back();
      alive.pop_back();
      current -= static_cast<std::int64_t>(gone.size);
    }
    ASSERT_EQ(arena.current_bytes(), current);
    ASSERT_EQ(arena.peak_bytes(), peak);
  }
  for (const Alive& block : alive) arena.release(block.block);
  EXPECT_EQ(arena.current_bytes(), 0);
  EXPECT_LE(arena.report().mapped_bytes, 64 << 10) << "one small chunk is kept at most";
}

TEST(Arena, BooksAddUpByCategoryOwnerAndLine) {
  Arena arena;
  std::string owner = "sequential/dense/kernel";
  arena.allocate(1000, {MemoryCategory::parameters, owner, line("a.cpp", 1)});
  arena.allocate(24, {MemoryCategory::parameters, owner, line("a.cpp", 1)});
  owner = "overwritten";  // the books hold a copy
  arena.allocate(100, {MemoryCategory::parameters, "sequential/dense/kernel", line("a.cpp", 2)});
  void* const slot = arena.allocate(2000, {MemoryCategory::optimizer_state, "adam/m", line("b.cpp", 7)});
  arena.allocate(50000, {MemoryCategory::workspace, "plan", {}});
  const MemoryReport report = arena.report();
  EXPECT_EQ(report.current_bytes, 1000 + 24 + 100 + 2000 + 50000);
  EXPECT_EQ(report.by_category.size(), std::size_t{memory_category_count});
  EXPECT_EQ(report.by_category.at(MemoryCategory::parameters), 1124);
  EXPECT_EQ(report.by_category.at(MemoryCategory::optimizer_state), 2000);
  EXPECT_EQ(report.by_category.at(MemoryCategory::metrics), 0);
  EXPECT_EQ(arena.current_bytes(MemoryCategory::workspace), 50000);
  EXPECT_GE(report.mapped_bytes, report.current_bytes);
  ASSERT_EQ(report.owners.size(), 4u);
  EXPECT_EQ(report.owners[0].owner, "plan");
  EXPECT_EQ(report.owners[0].where, "");
  EXPECT_EQ(report.owners[1].owner, "adam/m");
  EXPECT_EQ(report.owners[1].where, "b.cpp:7");
  EXPECT_EQ(report.owners[2].bytes, 1024);
  EXPECT_EQ(report.owners[2].where, "a.cpp:1");
  EXPECT_EQ(report.owners[3].bytes, 100);
  arena.release(slot);
  EXPECT_EQ(arena.report().owners.size(), 3u);
}

TEST(Arena, RemembersThePeakAndItsCategories) {
  Arena arena;
  void* const a = arena.allocate(1000, {MemoryCategory::gradients, "a", {}});
  void* const b = arena.allocate(500, {MemoryCategory::activations, "b", {}});
  arena.release(a);
  arena.release(b);
  void* const c = arena.allocate(1200, {MemoryCategory::workspace, "c", {}});
  MemoryReport report = arena.report();
  EXPECT_EQ(report.peak_bytes, 1500);
  EXPECT_EQ(report.peak_by_category.at(MemoryCategory::gradients), 1000);
  EXPECT_EQ(report.peak_by_category.at(MemoryCategory::activations), 500);
  EXPECT_EQ(report.peak_by_category.at(MemoryCategory::workspace), 0);
  arena.reset_peak();
  report = arena.report();
  EXPECT_EQ(report.peak_bytes, 1200);
  EXPECT_EQ(report.peak_by_category.at(MemoryCategory::workspace), 1200);
  EXPECT_EQ(report.peak_by_category.at(MemoryCategory::gradients), 0);
  arena.release(c);
}

TEST(Arena, RefusesWhatIsOverTheBudgetAndStaysUsable) {
  Arena arena(KiB(64));
  arena.allocate(40 << 10, {MemoryCategory::parameters, "sequential/dense/kernel", line("train.cpp", 42)});
  try {
    arena.allocate(30 << 10, {MemoryCategory::workspace, "fit", line("train.cpp", 50)});
    FAIL() << "no exception";
  } catch (const OutOfMemoryError& error) {
    const std::string text = error.what();
    for (const char* part : {"'fit' (train.cpp:50) asked for 30.00 KiB", "40.00 KiB in use", "budget of 64.00 KiB",
                             "sequential/dense/kernel 40.00 KiB (parameters, train.cpp:42)", "memory_budget",
                             "Received: a request of 30720 bytes"})
      EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
    EXPECT_EQ(error.where().line, 50u);
  }
  EXPECT_EQ(arena.current_bytes(), 40 << 10);
  EXPECT_EQ(arena.report().owners.size(), 1u);
  EXPECT_NE(arena.allocate(24 << 10, {}), nullptr) << "up to the budget, exactly";
  EXPECT_THROW(arena.allocate(1, {}), OutOfMemoryError);
  arena.set_budget({});
  EXPECT_NE(arena.allocate(1 << 20, {}), nullptr);
}

TEST(Arena, ChecksBeforeAnythingIsAllocated) {
  Arena arena(MiB(1));
  arena.allocate(512 << 10, {MemoryCategory::parameters, "weights", {}});
  EXPECT_NO_THROW(arena.check(512 << 10, "fit"));
  try {
    arena.check((512 << 10) + 1, "fit with batch_size=128",
                {{"conv/activations", "m.cpp:3", MemoryCategory::activations, 400 << 10}});
    FAIL() << "no exception";
  } catch (const OutOfMemoryError& error) {
    const std::string text = error.what();
    for (const char* part : {"fit with batch_size=128", "weights 512.00 KiB", "conv/activations 400.00 KiB"})
      EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
  }
  EXPECT_EQ(arena.current_bytes(), 512 << 10);
}

TEST(Arena, ARequestNoMachineHasIsRefusedInWords) {
  Arena arena;
  for (const std::size_t bytes : {std::size_t{1} << 62, ~std::size_t{0}, ~std::size_t{0} >> 1}) {
    EXPECT_THROW(arena.allocate(bytes, {}), OutOfMemoryError);
    EXPECT_EQ(arena.current_bytes(), 0);
    EXPECT_EQ(arena.report().mapped_bytes, 0);
    EXPECT_TRUE(arena.report().owners.empty());
  }
}

TEST(Arena, ReleaseAllForgetsEverythingAndMapsNothing) {
  Arena arena(MiB(8));
  EXPECT_EQ(arena.report().mapped_bytes, 0) << "an empty session costs no page";
  for (int i = 0; i < 100; ++i) arena.allocate(1000, {MemoryCategory::graph, "n" + std::to_string(i), {}});
  arena.allocate(1 << 20, {});
  const std::int64_t mapped = arena.report().mapped_bytes;
  const Arena::Released released = arena.release_all();
  EXPECT_EQ(released.bytes, 100 * 1000 + (1 << 20));
  EXPECT_EQ(released.mapped_bytes, mapped);
  const MemoryReport report = arena.report();
  EXPECT_EQ(report.current_bytes, 0);
  EXPECT_EQ(report.peak_bytes, 0);
  EXPECT_EQ(report.mapped_bytes, 0);
  EXPECT_TRUE(report.owners.empty());
  EXPECT_EQ(report.budget_bytes, 8 << 20) << "the budget stays";
  EXPECT_NE(arena.allocate(7 << 20, {}), nullptr);
}

TEST(Arena, PagesOfALargeBlockGoBackAtItsRelease) {
  Arena arena;
  void* const block = arena.allocate(1 << 20, {});
  EXPECT_GE(arena.report().mapped_bytes, 1 << 20);
  arena.release(block);
  EXPECT_EQ(arena.report().mapped_bytes, 0);
}

TEST(Arena, AThousandSmallOnesMapOneChunkEach) {
  std::vector<std::unique_ptr<Arena>> arenas;
  for (int i = 0; i < 1000; ++i) {
    arenas.push_back(std::make_unique<Arena>());
    for (int j = 0; j < 10; ++j) arenas.back()->allocate(300, {});
    EXPECT_LE(arenas.back()->report().mapped_bytes, 64 << 10);
  }
}

TEST(Arena, GrowsInModestChunks) {
  Arena arena;
  for (int i = 0; i < 20000; ++i) {
    arena.allocate(256, {});
    const MemoryReport report = arena.report();
    ASSERT_LE(report.mapped_bytes, 2 * report.current_bytes + (64 << 10));
  }
}

TEST(Arena, ServesAllocatingAndReportingThreads) {
  Arena arena;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&arena, t] {
      for (int i = 0; i < 2000; ++i) {
        void* const block = arena.allocate(static_cast<std::size_t>(100 * t + i), {MemoryCategory::metrics, "m", {}});
        std::memset(block, t, 1);
        arena.release(block);
      }
    });
  for (int i = 0; i < 200; ++i) EXPECT_GE(arena.report().current_bytes, 0);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(arena.current_bytes(), 0);
}

TEST(Arena, ABlockMayBeBookedOnSeveralOwners) {
  Arena arena;
  void* const block = arena.allocate(1000, {MemoryCategory::workspace, "plan", line("a.cpp", 1)});
  const std::vector<Arena::Share> shares{{{MemoryCategory::activations, "plan", line("a.cpp", 1)}, 600},
                                         {{MemoryCategory::gradients, "plan", line("a.cpp", 1)}, 300},
                                         {{MemoryCategory::workspace, "plan", line("a.cpp", 1)}, 100}};
  for (int round = 0; round < 2; ++round) {
    arena.attribute(block, shares);
    const MemoryReport report = arena.report();
    EXPECT_EQ(report.current_bytes, 1000);
    EXPECT_EQ(report.peak_bytes, 1000) << "no peak comes of it";
    EXPECT_EQ(report.by_category.at(MemoryCategory::activations), 600);
    EXPECT_EQ(report.peak_by_category.at(MemoryCategory::gradients), 300);
    EXPECT_EQ(report.by_category.at(MemoryCategory::workspace), 100);
    EXPECT_EQ(report.owners.size(), 3u);
  }
  EXPECT_THROW(arena.attribute(block, std::span(shares).first(2)), InternalError);
  EXPECT_EQ(arena.report().owners.size(), 3u);
  arena.release(block);
  EXPECT_EQ(arena.current_bytes(), 0);
  EXPECT_TRUE(arena.report().owners.empty());
}

TEST(Arena, IsAStandardMemoryResource) {
  Arena arena;
  core::ArenaResource resource(arena, MemoryCategory::graph, "trace", {});
  {
    std::pmr::monotonic_buffer_resource nodes(&resource);
    std::pmr::vector<int> values(&nodes);
    for (int i = 0; i < 1000; ++i) values.push_back(i);
    EXPECT_GE(arena.current_bytes(MemoryCategory::graph), 4000);
    EXPECT_EQ(arena.report().owners.front().owner, "trace");
  }
  EXPECT_EQ(arena.current_bytes(), 0);
  EXPECT_THROW(static_cast<void>(resource.allocate(8, 4096)), InternalError);
}

}  // namespace
