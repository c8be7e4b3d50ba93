// The budget that all arenas of the process share: what is mapped counts, from any thread, and goes back.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/arena.h"
#include "core/process_account.h"
#include "keratin/core/error.h"
#include "keratin/core/memory.h"

namespace {

using namespace keratin;
using core::Arena;
using core::ProcessAccount;

class ProcessBudget : public testing::Test {
 protected:
  ~ProcessBudget() override { set_process_memory_budget(before_); }

  Bytes before_ = process_memory_budget();
  std::int64_t mapped_ = ProcessAccount::mapped_bytes();
};

TEST_F(ProcessBudget, IsTheControlGroupsLimitAtFirst) {
  EXPECT_EQ(before_.count, process_memory().limit_bytes);
  set_process_memory_budget(MiB(3));
  EXPECT_EQ(process_memory_budget(), MiB(3));
  set_process_memory_budget({});
  EXPECT_EQ(process_memory_budget(), Bytes{0});
}

TEST_F(ProcessBudget, WhatOneArenaMapsIsMissingToAnother) {
  Arena one;
  Arena other;
  set_process_memory_budget({mapped_ + MiB(4).count});
  void* const block = one.allocate(static_cast<std::size_t>(MiB(3).count), {.owner = "one/kernel"});
  try {
    other.allocate(static_cast<std::size_t>(MiB(2).count), {.owner = "other/kernel"});
    FAIL() << "no exception";
  } catch (const OutOfMemoryError& error) {
    const std::string text = error.what();
    for (const char* const part : {"process's memory budget", "other/kernel", "2.00 MiB", "set_process_memory_budget"})
      EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  EXPECT_EQ(other.current_bytes(), 0);
  EXPECT_FALSE(other.fits(MiB(2).count));
  EXPECT_THROW(other.check(MiB(2).count, "a plan"), OutOfMemoryError);
  one.release(block);
  EXPECT_TRUE(other.fits(MiB(2).count));
  EXPECT_NO_THROW(other.allocate(static_cast<std::size_t>(MiB(2).count), {}));
}

TEST_F(ProcessBudget, EverythingIsGivenBackHoweverAnArenaEnds) {
  {
    Arena arena;
    for (int i = 0; i < 100; ++i) arena.allocate(static_cast<std::size_t>(i) * 1000, {});
    EXPECT_EQ(ProcessAccount::mapped_bytes(), mapped_ + arena.mapped_bytes());
    arena.release_all();
    EXPECT_EQ(ProcessAccount::mapped_bytes(), mapped_);
    arena.allocate(100'000, {});
    arena.allocate(10, {});
    EXPECT_EQ(ProcessAccount::mapped_bytes(), mapped_ + arena.mapped_bytes());
  }
  EXPECT_EQ(ProcessAccount::mapped_bytes(), mapped_);
  set_process_memory_budget({});
  Arena arena;
  EXPECT_THROW(arena.allocate(std::size_t{1} << 60, {}), OutOfMemoryError);  // the system refuses
  EXPECT_EQ(ProcessAccount::mapped_bytes(), mapped_);
}

TEST_F(ProcessBudget, ThreadsTogetherNeverMapMoreThanItAllows) {
  const std::int64_t allowed = mapped_ + MiB(8).count;
  set_process_memory_budget({allowed});
  std::atomic<std::int64_t> most = 0;
  std::atomic<std::int64_t> refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&, thread] {
        for (int round = 0; round < 200; ++round) {
          Arena arena;
          try {
            for (int i = 0; i < 4; ++i) arena.allocate(static_cast<std::size_t>(700'000 + 1000 * thread), {});
          } catch (const OutOfMemoryError&) {
            ++refused;
          }
          const std::int64_t now = ProcessAccount::mapped_bytes();
          std::int64_t before = most;
          while (before < now && !most.compare_exchange_weak(before, now)) {
          }
        }
      });
  }
  EXPECT_LE(most, allowed);
  EXPECT_GT(most, mapped_ + MiB(1).count);
  EXPECT_EQ(ProcessAccount::mapped_bytes(), mapped_) << refused << " were refused";
}

}  // namespace
