#include "compile/placement.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace keratin;
using compile::Interval;

bool collide(const Interval& a, const Interval& b) {
  const bool at_once = a.first <= b.last && b.first <= a.last;
  return at_once && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

/// By the definition: the sum of what lives at each step.
std::size_t most_live(const std::vector<Interval>& intervals, std::uint32_t steps) {
  std::size_t most = 0;
  for (std::uint32_t step = 0; step < steps; ++step) {
    std::size_t live = 0;
    for (const Interval& interval : intervals)
      if (interval.first <= step && step <= interval.last) live += interval.bytes;
    most = std::max(most, live);
  }
  return most;
}

std::vector<Interval> random_intervals(std::mt19937& random, std::uint32_t steps) {
  std::vector<Interval> intervals(1 + random() % 200);
  for (Interval& interval : intervals) {
    interval.bytes = random() % 4 == 0 ? random() % 500 : 64 * (random() % 1000);
    interval.first = static_cast<std::uint32_t>(random() % steps);
    interval.last = std::min(steps - 1, interval.first + static_cast<std::uint32_t>(random() % (steps / 4)));
  }
  return intervals;
}

TEST(Placement, NothingLiveOverlapsAndLittleIsWasted) {
  constexpr std::uint32_t steps = 100;
  std::mt19937 random(7);
  double ratios = 0.0;
  constexpr int rounds = 200;
  for (int round = 0; round < rounds; ++round) {
    std::vector<Interval> intervals = random_intervals(random, steps);
    const compile::Placement placement = compile::place(intervals);
    ASSERT_EQ(placement.live, most_live(intervals, steps));
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      ASSERT_EQ(intervals[i].offset % 64, 0u);
      ASSERT_LE(intervals[i].offset + intervals[i].bytes, placement.bytes);
      for (std::size_t j = 0; j < i; ++j) ASSERT_FALSE(collide(intervals[i], intervals[j])) << i << ' ' << j;
    }
    ratios += placement.live == 0 ? 1.0 : static_cast<double>(placement.bytes) / static_cast<double>(placement.live);
  }
  EXPECT_LE(ratios / rounds, 1.2);
}

TEST(Placement, NothingNeedsNothing) {
  EXPECT_EQ(compile::place({}).bytes, 0u);
  std::vector<Interval> empty{{0, 0, 3}, {0, 1, 2}};
  EXPECT_EQ(compile::place(empty).bytes, 0u);
}

}  // namespace
