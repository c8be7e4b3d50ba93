// Hours of a process's life in minutes: nothing may grow.
#include <cstdint>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "lifecycle/lifecycle.h"
#include "support/sanitized.h"
#include "system/heap_ends.h"

namespace {

using namespace keratin;

TEST(Soak, AThousandRoundsOfBuildFitClear) { test::build_fit_clear(1000, 100); }

TEST(Soak, TenThousandFitsOfOneModel) { test::fit_again(10'000, 100); }

TEST(Soak, AThousandSessionsAtOnce) { test::sessions_at_once(1000); }

TEST(Soak, FourSessionsOnFourThreadsGiveTheBitsOfOneAlone) {
  constexpr std::uint64_t rounds = 200;
  const auto work = [] {
    Session session({.seed = 5, .threads = 1});
    std::vector<std::uint64_t> hashes;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      hashes.push_back(test::trained(session, round));
      if (round % 3 == 2) session.clear();
    }
    return hashes;
  };
  const std::vector<std::uint64_t> alone = work();
  std::vector<std::vector<std::uint64_t>> results(4);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) threads.emplace_back([&result, &work] { result = work(); });
  }
  for (const auto& result : results) EXPECT_EQ(result, alone);
}

TEST(Soak, TheHeapEndsAtEachCallOfATrainingAndTheSessionGoesOn) {
  if (test::is_sanitized) GTEST_SKIP() << "the sanitizer's heap can't be made to end";
  test::train_where_the_heap_ends(test::HeapEnd::for_good, 1);
  test::train_where_the_heap_ends(test::HeapEnd::for_one_call, 1);
}

}  // namespace
