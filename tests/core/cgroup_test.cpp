// The limit that a control group sets, read from files laid out as the kernel lays them out.
#include "core/cgroup.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace {

namespace core = keratin::core;
namespace fs = std::filesystem;

class Cgroup : public testing::Test {
 protected:
  Cgroup() : mount_(testing::TempDir() + "keratin_cgroup") { fs::remove_all(mount_); }
  ~Cgroup() override { fs::remove_all(mount_); }

  void write(const std::string& file, const std::string& text) const {
    const fs::path path = mount_ + file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::int64_t limit(const std::string& groups) const { return core::cgroup_memory_limit(groups, mount_); }

  std::string mount_;
};

TEST_F(Cgroup, TheSmallestLimitOfAGroupAndThoseAroundItCounts) {
  write("/service/memory.max", "1000000\n");
  write("/service/trainer/memory.max", "max\n");
  write("/service/trainer/job/memory.max", "3000000\n");
  EXPECT_EQ(limit("0::/service/trainer/job\n"), 1000000);
  EXPECT_EQ(limit("0::/service/trainer\n"), 1000000);
}

TEST_F(Cgroup, WithoutALimitThereIsNone) {
  write("/service/memory.max", "max\n");
  EXPECT_EQ(limit("0::/service\n"), 0);
  EXPECT_EQ(limit("0::/\n"), 0);
  EXPECT_EQ(limit(""), 0);
  EXPECT_EQ(limit("nonsense"), 0);
}

TEST_F(Cgroup, AContainerWhosePathIsTheHostsHasTheLimitOfTheMount) {
  write("/memory.max", "5242880\n");
  EXPECT_EQ(limit("0::/docker/0123456789abcdef\n"), 5242880);
}

TEST_F(Cgroup, VersionOneIsReadToo) {
  write("/memory/user/memory.limit_in_bytes", "7340032\n");
  write("/memory/memory.limit_in_bytes", "9223372036854771712\n");  // its way of writing none
  EXPECT_EQ(limit("11:cpu,cpuacct:/user\n5:memory:/user\n1:name=systemd:/user\n"), 7340032);
  EXPECT_EQ(limit("5:memory:/\n0::/user\n"), 0);
}

}  // namespace
