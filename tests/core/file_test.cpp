// A file is there whole or not at all, whatever happens to the process that writes it.
#include "core/file.h"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keratin/core/error.h"

namespace {

using namespace keratin;
using keratin::core::AtomicFile;
using keratin::core::AtomicFolder;

/// A folder of the test's own.
class Files : public testing::Test {
 protected:
  Files() : folder_(testing::TempDir() + "keratin_file_test_" + std::to_string(::getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  }
  ~Files() override { std::filesystem::remove_all(folder_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  std::string content(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }

  /// Runs `body` in a process of its own; how that ended (waitpid's status).
  template <class Body>
  static int in_process(const Body& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }

  std::string folder_;
};

using Names = std::vector<std::string>;

TEST_F(Files, AppearAtCommitAndReplaceWhatIsThere) {
  put("a", "old");
  {
    AtomicFile file(path("a"));
    file.write("ne");
    file.write("w!");
    EXPECT_EQ(content("a"), "old");
    file.commit();
  }
  EXPECT_EQ(content("a"), "new!");
  EXPECT_EQ(names(), Names{"a"});
}

TEST_F(Files, WithoutCommitNothingRemains) {
  put("a", "old");
  { AtomicFile(path("a")).write("new"); }
  EXPECT_EQ(content("a"), "old");
  EXPECT_EQ(names(), Names{"a"});
}

TEST_F(Files, AreWrittenInAnyOrderAndReadBack) {
  AtomicFile file(path("a"));
  file.write_at(4, std::as_bytes(std::span("5678", 4)));
  file.write_at(0, std::as_bytes(std::span("1234", 4)));
  EXPECT_EQ(file.size(), 8U);
  file.write("9");
  std::string middle(4, ' ');
  file.read_at(2, std::as_writable_bytes(std::span(middle)));
  EXPECT_EQ(middle, "3456");
  EXPECT_THROW(file.read_at(8, std::as_writable_bytes(std::span(middle))), FileError);
  file.commit();
  EXPECT_EQ(content("a"), "123456789");
}

TEST_F(Files, OfAKilledProcessStayAsTheyWereAndItsLitterGoesWithTheNext) {
  put("a", "old");
  put(".a.notes.tmp", "somebody else's");
  const int status = in_process([&] {
    AtomicFile file(path("a"));
    file.write("half of it");
    return std::raise(SIGKILL);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(content("a"), "old");
  EXPECT_EQ(names().size(), 3U);
  AtomicFile file(path("a"));
  file.write("new");
  file.commit();
  EXPECT_EQ(content("a"), "new");
  EXPECT_EQ(names(), (Names{".a.notes.tmp", "a"}));
}

TEST_F(Files, OfOneThatIsStillBeingWrittenNothingIsRemoved) {
  AtomicFile first(path("a"));
  first.write("first");
  AtomicFile second(path("a"));
  second.write("second");
  second.commit();
  EXPECT_EQ(content("a"), "second");
  first.commit();
  EXPECT_EQ(content("a"), "first");
  EXPECT_EQ(names(), Names{"a"});
}

TEST_F(Files, ThatCantBeWrittenToTheEndLeaveTheOldOne) {
  put("a", "old");
  const int status = in_process([&] {
    const rlimit limit{.rlim_cur = 10, .rlim_max = 10};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
    try {
      AtomicFile file(path("a"));
      file.write(std::string(100, 'x'));
      file.commit();
    } catch (const FileError& error) {
      const bool says = std::string(error.what()).find("'" + path("a") + "' can't be written") != std::string::npos;
      return says ? 17 : 1;
    }
    return 0;
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 17);
  EXPECT_EQ(content("a"), "old");
  EXPECT_EQ(names(), Names{"a"});
}

TEST_F(Files, OnAFullDeviceAndWithoutAFolderFail) {
  AtomicFile full("/dev/full");
  EXPECT_THROW(full.write("x"), FileError);
  EXPECT_THROW(AtomicFile(path("missing/a")), FileError);
  EXPECT_THROW(AtomicFolder(path("missing/a")), FileError);
}

TEST_F(Files, ALinkStaysAndItsTargetIsReplaced) {
  put("a", "old");
  std::filesystem::create_symlink(path("a"), path("link"));
  AtomicFile file(path("link"));
  file.write("new");
  file.commit();
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(content("a"), "new");
}

TEST_F(Files, AFolderAppearsWholeAndIsExchanged) {
  const auto write = [&](const std::string& text, bool commits) {
    AtomicFolder folder(path("model/"));
    std::ofstream(folder.path() / "config.json") << text;
    if (commits) folder.commit();
  };
  write("first", false);
  EXPECT_EQ(names(), Names{});
  write("first", true);
  EXPECT_EQ(content("model/config.json"), "first");
  write("second", true);
  EXPECT_EQ(content("model/config.json"), "second");
  EXPECT_EQ(names(), Names{"model"});
}

TEST_F(Files, AFolderOfAKilledProcessGoesWithTheNextAndAFileIsNotReplacedByOne) {
  put("file", "old");
  const int status = in_process([&] {
    const AtomicFolder folder(path("model"));
    std::ofstream(folder.path() / "config.json") << "half";
    return std::raise(SIGKILL);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(names().size(), 2U);
  AtomicFolder(path("model")).commit();
  EXPECT_EQ(names(), (Names{"file", "model"}));
  EXPECT_THROW(AtomicFolder(path("file")).commit(), FileError);
  EXPECT_EQ(content("file"), "old");
}

}  // namespace
