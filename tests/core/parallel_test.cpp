#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/thread_limit.h"

extern "C" {
int omp_get_max_threads() __attribute__((weak));
void omp_set_num_threads(int threads) __attribute__((weak));
}

namespace {

using keratin::core::OpenMpThreads;
using keratin::core::Parallel;

TEST(Parallel, CoversEachIndexExactlyOnce) {
  for (const int threads : {1, 2, 3, 4, 7}) {
    Parallel parallel(threads);
    for (const std::int64_t count : {0, 1, 2, 3, 7, 8, 63, 64, 65, 1000, 4097}) {
      for (const std::int64_t grain : {1, 3, 64, 5000}) {
        std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
        parallel(count, grain, [&](std::int64_t first, std::int64_t last) {
          EXPECT_LE(0, first);
          EXPECT_LE(last, count);
          for (std::int64_t i = first; i < last; ++i) ++visits[static_cast<std::size_t>(i)];
        });
        for (const auto& visit : visits) ASSERT_EQ(visit, 1) << threads << ' ' << count << ' ' << grain;
      }
    }
  }
}

using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

Ranges ranges_of(Parallel& parallel, std::int64_t count, std::int64_t grain) {
  Ranges ranges;
  std::mutex mutex;
  parallel(count, grain, [&](std::int64_t first, std::int64_t last) {
    const std::lock_guard lock(mutex);
    ranges.emplace_back(first, last);
  });
  std::sort(ranges.begin(), ranges.end());
  return ranges;
}

TEST(Parallel, SplitsByCountGrainAndThreadsAlone) {
  Parallel parallel(3);
  // Four ranges for each thread, of whole grains.
  const Ranges expected{{0, 40},    {40, 80},   {80, 120},  {120, 160}, {160, 200}, {200, 220},
                        {220, 240}, {240, 260}, {260, 280}, {280, 300}, {300, 320}, {320, 330}};
  for (int i = 0; i < 200; ++i) ASSERT_EQ(ranges_of(parallel, 330, 20), expected);
  EXPECT_EQ(ranges_of(parallel, 20, 20), (Ranges{{0, 20}}));
  EXPECT_EQ(ranges_of(parallel, 21, 20), (Ranges{{0, 20}, {20, 21}}));
}

TEST(Parallel, ACallInsideACallGivesTheSameRangesOneAfterTheOther) {
  Parallel parallel(2);
  std::atomic<int> inner = 0;
  parallel(2, 1, [&](std::int64_t, std::int64_t) {
    std::int64_t next = 0;
    parallel(10, 5, [&](std::int64_t first, std::int64_t last) {
      EXPECT_EQ(first, next);
      next = last;
      ++inner;
    });
    EXPECT_EQ(next, 10);
  });
  EXPECT_EQ(inner, 4);
}

TEST(Parallel, PassesOnAnExceptionAndStaysUsable) {
  Parallel parallel(4);
  EXPECT_THROW(parallel(100, 1,
                        [](std::int64_t first, std::int64_t) {
                          if (first > 0) throw std::runtime_error("x");
                        }),
               std::runtime_error);
  std::atomic<std::int64_t> sum = 0;
  parallel(100, 1, [&](std::int64_t first, std::int64_t last) { sum += last - first; });
  EXPECT_EQ(sum, 100);
}

int threads_of_process() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    static_cast<void>(entry);
    ++count;
  }
  return count;
}

TEST(Parallel, StartsItsWorkersLateAndEndsThem) {
  const int before = threads_of_process();
  Parallel parallel(4);
  EXPECT_EQ(threads_of_process(), before);
  parallel(1, 1, [](std::int64_t, std::int64_t) {});
  EXPECT_EQ(threads_of_process(), before) << "one range needs no worker";
  parallel(4, 1, [](std::int64_t, std::int64_t) {});
  EXPECT_EQ(threads_of_process(), before + 3);
  parallel.stop();
  EXPECT_EQ(threads_of_process(), before);
  std::atomic<int> visits = 0;
  parallel(4, 1, [&](std::int64_t, std::int64_t) { ++visits; });
  EXPECT_EQ(visits, 4);
}

TEST(Parallel, ManyShortJobsFinishWhenThreadsOutnumberCores) {
  Parallel parallel(16);
  std::int64_t total = 0;
  std::vector<std::int64_t> parts(16);
  for (int round = 0; round < 2000; ++round) {
    parallel(16, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) parts[static_cast<std::size_t>(i)] = i + round;
    });
    for (const std::int64_t part : parts) total += part;
  }
  EXPECT_EQ(total, 2000 * 120 + 16ll * 2000 * 1999 / 2);
}

TEST(Parallel, TwoUsersAtOnceBothGetAllTheirIndices) {
  Parallel parallel(2);
  std::vector<std::thread> users;
  std::atomic<std::int64_t> sum = 0;
  for (int user = 0; user < 2; ++user)
    users.emplace_back([&] {
      for (int i = 0; i < 500; ++i) parallel(8, 1, [&](std::int64_t first, std::int64_t last) { sum += last - first; });
    });
  for (auto& user : users) user.join();
  EXPECT_EQ(sum, 2 * 500 * 8);
}

TEST(Parallel, ALimitOnAThreadLeavesTheRangesAsTheyAre) {
  Parallel parallel(4);
  const auto ranges = [&] {
    std::mutex mutex;
    std::set<std::pair<std::int64_t, std::int64_t>> all;
    std::set<std::thread::id> ids;
    parallel(1000, 1, [&](std::int64_t first, std::int64_t last) {
      const std::lock_guard lock(mutex);
      all.emplace(first, last);
      ids.insert(std::this_thread::get_id());
    });
    return std::pair(all, ids);
  };
  const auto free = ranges();
  {
    const keratin::core::ThreadLimit limit(1);
    const auto limited = ranges();
    EXPECT_EQ(limited.first, free.first);
    EXPECT_EQ(limited.second, std::set{std::this_thread::get_id()});
  }
  EXPECT_EQ(keratin::core::ThreadLimit::of(4), 4);
}

TEST(Parallel, TakesTheMachinesCoresForZero) { EXPECT_GE(Parallel(0).threads(), 1); }

TEST(OpenMpThreads, LeavesTheHostsSettingAsItWas) {
  if (omp_get_max_threads == nullptr) GTEST_SKIP() << "no OpenMP runtime in this executable";
  omp_set_num_threads(3);
  {
    OpenMpThreads scope(5);
    EXPECT_EQ(omp_get_max_threads(), 5);
    scope.set(61);
    EXPECT_EQ(omp_get_max_threads(), 61);
    {
      const OpenMpThreads inner(1);
      EXPECT_EQ(omp_get_max_threads(), 1);
    }
    EXPECT_EQ(omp_get_max_threads(), 61);
    int elsewhere = 0;
    std::thread([&] { elsewhere = omp_get_max_threads(); }).join();
    EXPECT_NE(elsewhere, 61) << "another thread's setting is its own";
  }
  EXPECT_EQ(omp_get_max_threads(), 3);
}

}  // namespace
