// What may happen from several threads at once; for ThreadSanitizer as much as for the claims.
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/ops/operators.h"
#include "keratin/session/session.h"
#include "session/core.h"
#include "session_parts.h"

namespace {

using namespace keratin;
using test::Stack;

TEST(Threads, ReportsComeFromAnyThreadWhileFunctionsRun) {
  Session session({.threads = 2});
  const auto stack = session.add(Stack(2));
  const auto f = session.function([&](const Tensor& x) { return stack->call(x); }, {.name = "f", .max_traces = 2});
  f(Array::ones({1, 2}));
  std::atomic<bool> stop = false;
  std::thread watcher([&] {
    while (!stop) {
      EXPECT_GE(session.memory().current_bytes, 0);
      EXPECT_GE(session.graph().nodes, 0);
      EXPECT_GE(session.callbacks().attached, 0);
      EXPECT_GE(session.snapshot().owners().size(), 0u);
      EXPECT_GE(f.stats().calls, 1);
    }
  });
  for (std::int64_t i = 1; i <= 50; ++i) {
    f(Array::ones({i, 2}));
    session::Inner::core(session)->attach_callback("c");
    session::Inner::core(session)->detach_callbacks(1);
    const auto scope = session.graph_scope();
    session.add(Stack(1));
  }
  stop = true;
  watcher.join();
}

TEST(Threads, ASecondThreadIsRefusedAndTheFirstGoesOn) {
  Session session;
  std::atomic<int> refused = 0;
  const Variable v = session.variable(Array::ones({2}), "v");
  const auto other = session.function([](const Tensor& x) { return x; });
  const auto f = session.function([&](const Tensor& x) {
    std::thread([&] {
      for (const auto& action : std::vector<std::function<void()>>{
               [&] { session.variable(Array::ones({2}), "w"); }, [&] { other(Array::ones({2})); }, [&] { v.value(); },
               [&] { session.clear(); }, [&] { session.add(Stack(1)); }, [&] { session.input({2}); }}) {
        try {
          action();
        } catch (const ConcurrentUseError& error) {
          if (std::string(error.what()).find("thread") != std::string::npos) ++refused;
        }
      }
    }).join();
    return x * 2.0;
  });
  EXPECT_EQ(f(Array::ones({2})).at<float>({0}), 2.0f);
  EXPECT_EQ(refused, 6);
  std::thread([&] { EXPECT_EQ(f.stats().calls, 1); }).join();
  std::thread([&] { EXPECT_NO_THROW(other(Array::ones({2}))); }).join();  // one after another is fine
}

TEST(Threads, TheRefusalReadsAsASentence) {
  Session session;
  session::Core& core = *session::Inner::core(session);
  const session::Core::Entry entry(core);
  const session::Core::Busy busy(core, "fit");
  std::thread([&] {
    try {
      session.input({2});
      ADD_FAILURE() << "no refusal";
    } catch (const ConcurrentUseError& error) {
      EXPECT_NE(std::string(error.what()).find(", which runs fit, is inside."), std::string::npos) << error.what();
    }
  }).join();
}

TEST(Threads, SessionsRunSideBySideAndGiveTheSameBits) {
  const auto work = [] {
    Session session({.seed = 9, .threads = 1});
    const auto stack = session.add(Stack(3));
    const auto f = session.function([&](const Tensor& x) { return stack->call(x); });
    Array y = Array::random_normal({8, 2}, {.seed = 3});
    for (int i = 0; i < 20; ++i) y = f(y);
    return y;
  };
  const Array alone = work();
  std::vector<Array> results(2);
  {
    std::vector<std::jthread> threads;
    for (Array& result : results) threads.emplace_back([&result, &work] { result = work(); });
  }
  for (const Array& result : results) EXPECT_EQ(max_abs_difference(result, alone), 0.0);
}

TEST(Threads, ASessionMayMoveBetweenThreads) {
  Session session;
  const auto f = session.function([](const Tensor& x) { return x * 2.0; });
  f(Array::ones({2}));
  std::thread([&, moved = std::move(session)]() mutable {
    EXPECT_EQ(f(Array::ones({2})).at<float>({0}), 2.0f);
    moved.clear();
  }).join();
  EXPECT_THROW(f(Array::ones({2})), StaleHandleError);
}

}  // namespace
