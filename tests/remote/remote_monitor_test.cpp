// What RemoteMonitor sends, against what Keras's sends; and that no server stops a training.
#include "remote/data/remote_monitor.h"

#include <csignal>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "remote/server.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;
using callbacks::RemoteMonitor;

Logs logs_of(const std::vector<std::pair<std::string, double>>& numbers) {
  Logs logs;
  for (const auto& [name, value] : numbers) logs.set(name, value);
  return logs;
}

class Remote : public testing::Test {
 protected:
  Remote() {
    std::signal(SIGPIPE, SIG_DFL);  // httplib's server has it ignored from then on
    log::set_sink([this](log::Level, std::string_view text) { warned_.emplace_back(text); });
  }
  ~Remote() override { log::set_sink({}); }

  /// A fit of three epochs, which comes to its end.
  void expect_trains(RemoteMonitor& monitor) {
    Session session({.threads = 1});
    Sequential model = compiled_classifier(session);
    const History history =
        model.fit(wave({10, 6}, 1), classes(10, 3, 2), {.epochs = 3, .verbose = 0, .callbacks = {borrow(monitor)}});
    EXPECT_EQ(history.epochs().size(), 3u);
  }
  void expect_one_warning(const std::string& of) {
    ASSERT_EQ(warned_.size(), 1u);
    EXPECT_NE(warned_[0].find("RemoteMonitor"), std::string::npos) << warned_[0];
    EXPECT_NE(warned_[0].find(of), std::string::npos) << warned_[0];
  }

  std::vector<std::string> warned_;
};

TEST_F(Remote, SendsWhatKerasSends) {
  for (const RemoteCase& expected : keras_remote) {
    const Server server;
    callbacks::RemoteMonitorOptions options = expected.options;
    options.root = "http://" + server.address() + expected.beginning;
    RemoteMonitor monitor(options);
    warned_.clear();
    monitor.on_epoch_end(expected.epoch, logs_of(expected.logs));
    const std::vector<httplib::Request> requests = server.requests();
    ASSERT_EQ(requests.size(), expected.path.empty() ? 0u : 1u);
    EXPECT_EQ(warned_.size(), expected.path.empty() ? 1u : 0u);
    if (requests.empty()) continue;
    EXPECT_EQ(requests[0].target, expected.path);
    EXPECT_EQ(requests[0].get_header_value("Content-Type"), expected.content_type);
    EXPECT_EQ(requests[0].get_header_value("X-Token"), expected.token);
    EXPECT_EQ(requests[0].body, expected.body);
  }
}

TEST_F(Remote, EachEpochOfAFitIsSentWithItsLogs) {
  const Server server;
  RemoteMonitor monitor({.root = "http://" + server.address(), .send_as_json = true});
  expect_trains(monitor);
  const std::vector<httplib::Request> requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  for (std::size_t epoch = 0; epoch < 3; ++epoch)
    EXPECT_TRUE(requests[epoch].body.starts_with("{\"epoch\": " + std::to_string(epoch) + ", \"accuracy\": "))
        << requests[epoch].body;
  EXPECT_TRUE(warned_.empty()) << warned_[0];
}

TEST_F(Remote, AServerThatIsDownIsWarnedOfOnce) {
  std::string address;
  {
    const Server server;
    address = server.address();
  }
  RemoteMonitor monitor({.root = "http://" + address});
  expect_trains(monitor);
  expect_one_warning(address);
}

TEST_F(Remote, AServerThatDoesNotAnswerHasItsTime) {
  std::vector<int> open;
  const Listener listener([&](int connection) { open.push_back(connection); });
  RemoteMonitor monitor({.root = "http://" + listener.address(), .timeout = 0.05});
  expect_trains(monitor);
  expect_one_warning(listener.address());
  for (const int connection : open) ::close(connection);
}

TEST_F(Remote, AnAnswerThatNeverEndsHasItsTimeToo) {
  const Listener listener([&](int connection) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n";
    for (ssize_t sent = ::send(connection, head.data(), head.size(), MSG_NOSIGNAL); sent > 0;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      sent = ::send(connection, "x", 1, MSG_NOSIGNAL);
    }
    ::close(connection);
  });
  RemoteMonitor monitor({.root = "http://" + listener.address(), .timeout = 0.05});
  expect_trains(monitor);
  expect_one_warning(listener.address());
}

TEST_F(Remote, AServerThatClosesEarlyDoesNotEndTheProcess) {
  const Listener listener([](int connection) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(connection);
  });
  // Long enough to be written in several goes, the last of them to nobody.
  RemoteMonitor monitor({.root = "http://" + listener.address(), .field = std::string(std::size_t{1} << 24U, 'x')});
  expect_trains(monitor);
  expect_one_warning(listener.address());
  sigset_t waiting;
  sigpending(&waiting);
  EXPECT_EQ(sigismember(&waiting, SIGPIPE), 0);
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGPIPE), 0);
}

TEST_F(Remote, WhatIsNoAddressIsRefusedAtOnce) {
  for (const char* const root : {"", "localhost:9000", "ftp://host", "http://", "http://:9000", "https:///path",
                                 "http://user:secret@host", "http://host:port"})
    EXPECT_THROW(RemoteMonitor({.root = root}), ValueError) << root;
  for (const char* const root : {"http://host", "https://host:1", "http://[::1]:9000", "http://[::1]"})
    EXPECT_NO_THROW(RemoteMonitor({.root = root})) << root;
  EXPECT_THROW(RemoteMonitor({.headers = {{"X", "a\r\nY: b"}}}), ValueError);
  EXPECT_THROW(RemoteMonitor({.headers = {{"X: y", "a"}}}), ValueError);
  for (const double timeout : {0.0, -1.0, 1e9, std::nan("")})
    EXPECT_THROW(RemoteMonitor({.timeout = timeout}), ValueError);
}

}  // namespace
