#include "core/short_turns.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/parallel.h"

namespace {

/// Of the calling thread, as the system says it: size and policy, flags, nice and priority, the turn in nanoseconds, …
struct Scheduling {
  std::uint32_t size = 0;
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t turn = 0;
  std::uint64_t more[2] = {};
};

Scheduling scheduling() {
  Scheduling is;
  EXPECT_EQ(syscall(SYS_sched_getattr, 0, &is, sizeof is, 0), 0);
  return is;
}

/// What it becomes; 0 where the system has no turns of its threads' own.
std::uint64_t short_turn(const Scheduling& before) { return before.turn == 0 ? 0 : 100'000; }

TEST(ShortTurns, AreTheThreadsOwnAndLeaveItsShareAsItIs) {
  const Scheduling before = scheduling();
  if (before.policy != SCHED_OTHER) GTEST_SKIP() << "started with another policy";
  std::thread([&] {
    EXPECT_TRUE(keratin::core::ask_for_short_turns());
    const Scheduling after = scheduling();
    EXPECT_EQ(after.policy, before.policy);
    EXPECT_EQ(after.nice, before.nice);
    EXPECT_EQ(after.turn, short_turn(before));
  }).join();
  EXPECT_EQ(scheduling().turn, before.turn);
}

TEST(ShortTurns, OfAThreadWithAnotherPolicyAreNotAskedFor) {
  std::thread([] {
    const sched_param none{};
    ASSERT_EQ(sched_setscheduler(0, SCHED_BATCH, &none), 0);
    EXPECT_FALSE(keratin::core::ask_for_short_turns());
    EXPECT_EQ(sched_getscheduler(0), SCHED_BATCH);
  }).join();
}

TEST(ShortTurns, AreThoseOfWorkersNotOfTheCaller) {
  const Scheduling before = scheduling();
  if (before.policy != SCHED_OTHER) GTEST_SKIP() << "started with another policy";
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<std::uint64_t> turn_of_worker = 1;
  keratin::core::Parallel parallel(2);
  parallel(8, 1, [&](std::int64_t, std::int64_t) {
    if (std::this_thread::get_id() == caller) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // so that the worker gets something to do
    } else {
      turn_of_worker = scheduling().turn;
    }
  });
  EXPECT_EQ(turn_of_worker, short_turn(before));
  EXPECT_EQ(scheduling().turn, before.turn);
}

}  // namespace
