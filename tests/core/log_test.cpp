#include "keratin/core/log.h"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

namespace {

namespace log = keratin::log;

/// Puts the logger back as it was.
class Log : public testing::Test {
 protected:
  void TearDown() override {
    log::set_sink({});
    log::set_level(log::Level::warning);
  }
};

TEST_F(Log, WritesToStderrFromWarningUp) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  log::write(log::Level::info, "quiet");
  log::write(log::Level::warning, "loud {} %s");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("quiet"), std::string::npos);
  EXPECT_NE(text.find("[keratin] [warning] loud {} %s\n"), std::string::npos);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST_F(Log, GoesToTheHostsSinkInsteadOfStderr) {
  std::vector<std::pair<log::Level, std::string>> received;
  log::set_sink([&](log::Level level, std::string_view message) { received.emplace_back(level, message); });
  log::set_level(log::Level::trace);
  testing::internal::CaptureStderr();
  log::write(log::Level::trace, "one");
  log::write(log::Level::error, "two");
  log::write(log::Level::off, "never");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0], std::pair(log::Level::trace, std::string("one")));
  EXPECT_EQ(received[1], std::pair(log::Level::error, std::string("two")));
}

TEST_F(Log, IsSilencedAndBack) {
  int count = 0;
  log::set_sink([&](log::Level, std::string_view) { ++count; });
  log::silence();
  EXPECT_EQ(log::level(), log::Level::off);
  log::write(log::Level::error, "x");
  EXPECT_EQ(count, 0);
  log::set_level(log::Level::error);
  log::write(log::Level::error, "x");
  EXPECT_EQ(count, 1);
}

TEST_F(Log, LevelReadsBack) {
  for (const auto level : {log::Level::trace, log::Level::debug, log::Level::info, log::Level::warning,
                           log::Level::error, log::Level::off}) {
    log::set_level(level);
    EXPECT_EQ(log::level(), level);
  }
}

TEST_F(Log, LetsGoOfTheSink) {
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = held;
  log::set_sink([held = std::move(held)](log::Level, std::string_view) {});
  EXPECT_FALSE(watched.expired());
  log::set_sink({});
  EXPECT_TRUE(watched.expired());
}

TEST_F(Log, SurvivesASinkThatThrowsOrLogsOrReplacesItself) {
  log::set_sink([](log::Level, std::string_view) { throw 42; });
  EXPECT_NO_THROW(log::write(log::Level::error, "x"));
  int calls = 0;
  log::set_sink([&](log::Level, std::string_view) {
    ++calls;
    log::write(log::Level::error, "again");
    log::set_sink([](log::Level, std::string_view) {});
  });
  log::write(log::Level::error, "x");
  EXPECT_EQ(calls, 1);
}

TEST_F(Log, GetsOneMessageAtATime) {
  int inside = 0;
  int overlaps = 0;
  int count = 0;
  log::set_sink([&](log::Level, std::string_view) {
    overlaps += inside != 0;
    ++inside;
    ++count;
    --inside;
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      for (int i = 0; i < 500; ++i) log::write(log::Level::error, "x");
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(overlaps, 0);
  EXPECT_EQ(count, 2000);
}

TEST_F(Log, IsNotInTheHostsRegistry) {
  log::write(log::Level::info, "x");
  EXPECT_EQ(spdlog::get("keratin"), nullptr);
  log::set_level(log::Level::error);
  spdlog::set_level(spdlog::level::trace);  // the host's own setting
  EXPECT_EQ(log::level(), log::Level::error);
  spdlog::set_level(spdlog::level::info);
}

}  // namespace
