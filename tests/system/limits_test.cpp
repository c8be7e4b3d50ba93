// Training under limits of the system's: ulimit -v, and no overcommit, where memory that is asked for counts at once.
#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/sanitized.h"
#include "system/process.h"

namespace {

using namespace keratin;
using test::ProcessResult;
using test::run_trainer;

class Limits : public ::testing::Test {
 protected:
  void SetUp() override {
    if (test::is_sanitized) GTEST_SKIP() << "a sanitizer's shadow memory takes more than any limit";
  }
};

constexpr std::int64_t MB = 1'000'000;

TEST_F(Limits, TrainsUnderALimitOfAddressSpace) {
  const ProcessResult result = run_trainer({"first-step"}, {.address_space = 400 * MB});
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(result.output.substr(0, 5), "loss ") << result.output;
}

TEST_F(Limits, TrainsWhereEachByteAskedForCounts) {
  const ProcessResult result = run_trainer({"first-step"}, {.data = 64 * MB});
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(result.output.substr(0, 5), "loss ") << result.output;
}

TEST_F(Limits, ATooLargeModelIsRefusedAndTheProcessGoesOn) {
  for (const test::ProcessLimits& limits :
       {test::ProcessLimits{.address_space = 300 * MB}, test::ProcessLimits{.data = 64 * MB}}) {
    const ProcessResult result = run_trainer({"big-then-small"}, limits);
    EXPECT_EQ(result.status, 0) << result.output;
    ASSERT_EQ(result.lines().size(), 2u) << result.output;
    EXPECT_NE(result.lines()[0].find("big: OutOfMemoryError: The operating system refused memory"), std::string::npos)
        << result.output;
    EXPECT_NE(result.lines()[0].find("kernel"), std::string::npos) << result.output;
    EXPECT_EQ(result.lines()[1].find("small: loss "), 0u) << result.output;
  }
}

TEST_F(Limits, WhereverMemoryEndsTheSessionTrainsOnceThereIsSome) {
  const std::string expected = run_trainer({"squeeze", "1000000", "0"}).lines().at(1);
  for (const std::string& data : std::vector<std::string>{"0", "1"}) {
    std::map<std::string, int> outcomes;
    for (int kib = 0; kib <= 2048; kib += kib < 512 ? 16 : 64) {
      const ProcessResult result = run_trainer({"squeeze", std::to_string(kib), data});
      ASSERT_EQ(result.status, 0) << kib << " KiB: " << result.output;
      const std::vector<std::string> lines = result.lines();
      const std::string outcome = lines.at(0);
      EXPECT_TRUE(outcome == "trained" || outcome == "OutOfMemoryError") << kib << " KiB: " << outcome;
      for (std::size_t i = 1; i < lines.size(); ++i) EXPECT_EQ(lines[i], expected) << kib << " KiB";
      EXPECT_EQ(lines.size(), outcome == "trained" ? 3u : 2u) << kib << " KiB: " << result.output;
      ++outcomes[outcome];
    }
    EXPECT_GT(outcomes["OutOfMemoryError"], 0);
    EXPECT_GT(outcomes["trained"], 0);
    for (const auto& [what, count] : outcomes) std::cout << what << ": " << count << " times\n";
  }
}

}  // namespace
