// Processes that are killed while they train, or can't write: what they left is whole, and gone on with bit for bit.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "system/process.h"

namespace {

using namespace keratin;
using test::ProcessResult;
using test::run_trainer;
namespace fs = std::filesystem;

class Killed : public testing::Test {
 protected:
  Killed() : folder_(testing::TempDir() + "keratin_" + testing::UnitTest::GetInstance()->current_test_info()->name()) {
    begin_anew();
  }
  ~Killed() override { fs::remove_all(folder_); }

  void begin_anew() const {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ProcessResult resumed(const test::ProcessLimits& limits = {}) const {
    return run_trainer({"resumed", folder_}, limits);
  }

  std::string folder_;
};

TEST_F(Killed, AtAnyMomentARunGoesOnToTheSameBits) {
  // KERATIN_KILLS=200 for a thorough run.
  const char* const asked = std::getenv("KERATIN_KILLS");
  const int kills = asked == nullptr ? 10 : std::atoi(asked);
  const auto start = std::chrono::steady_clock::now();
  const ProcessResult undisturbed = resumed();
  const double whole = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  ASSERT_EQ(undisturbed.status, 0) << undisturbed.output;

  begin_anew();
  std::mt19937 random(5);
  std::uniform_real_distribution<double> moment(0.0, whole);
  int finished = 0;
  for (int killed = 0; killed < kills;) {
    const ProcessResult result = resumed({.killed_after = moment(random)});
    if (result.status == 128 + SIGKILL) {
      ++killed;
      continue;
    }
    ASSERT_EQ(result.status, 0) << result.output;
    EXPECT_EQ(result.output, undisturbed.output) << "after " << killed << " kills";
    begin_anew();
    ++finished;
  }
  EXPECT_EQ(resumed().output, undisturbed.output) << finished << " runs were finished in between";
}

TEST_F(Killed, AFileThatCanNotBeWrittenIsAnErrorAndTheOneBeforeStays) {
  const ProcessResult undisturbed = resumed();
  begin_anew();
  // Nothing can be written at all, and later a backup is there that has to stay.
  const test::ProcessLimits tight{.file_size = 4096};
  ProcessResult refused = resumed(tight);
  EXPECT_EQ(refused.status, EXIT_FAILURE);
  EXPECT_NE(refused.output.find("FileError "), std::string::npos) << refused.output;
  EXPECT_NE(refused.output.find("latest.run"), std::string::npos) << refused.output;
  EXPECT_FALSE(fs::exists(folder_ + "/backup/latest.run"));
  while (!fs::exists(folder_ + "/backup/latest.run")) resumed({.killed_after = 0.2});
  refused = resumed(tight);
  EXPECT_EQ(refused.status == 0, refused.output == undisturbed.output) << refused.output;
  EXPECT_EQ(refused.status != 0, refused.output.find("FileError ") != std::string::npos) << refused.output;
  EXPECT_EQ(resumed().output, undisturbed.output);
}

}  // namespace
