// What is measured of whole processes, from their start.
#include "system/process.h"

#include <cstdlib>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/sanitized.h"

namespace {

using namespace keratin;
using test::ProcessResult;
using test::run_trainer;

TEST(Process, TheFirstTrainedStepTakesLittleMemory) {
  const ProcessResult result = run_trainer({"first-step"});
  ASSERT_EQ(result.status, 0) << result.output;
  const std::int64_t peak = std::stoll(result.value("peak_resident_bytes"));
  std::cout << "start to the end of a first step of 784-512-512-10, batch 128, Adam: " << 1e3 * result.cpu_seconds
            << " ms of CPU time, " << static_cast<double>(peak) / 1e6 << " MB peak resident\n";
  if (test::is_sanitized) GTEST_SKIP() << "a sanitizer's own memory would be counted";
  EXPECT_LE(peak, 40'000'000);
}

TEST(Process, TheSameSeedGivesTheSameBitsInEachProcessAndBesideOthers) {
  std::set<std::string> hashes;
  for (const std::string& sessions : std::vector<std::string>{"1", "1", "2"}) {
    const ProcessResult result = run_trainer({"weights", sessions});
    ASSERT_EQ(result.status, 0) << result.output;
    ASSERT_EQ(result.lines().size(), sessions == "1" ? 1u : 2u) << result.output;
    for (const std::string& hash : result.lines()) hashes.insert(hash);
  }
  EXPECT_EQ(hashes.size(), 1u);
}

}  // namespace
