// A predictor in a process that forks.
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "serving/served.h"
#include "support/forked.h"
#include "support/sanitized.h"

namespace {

using namespace keratin;
using namespace keratin::test;

class PredictorFork : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "ThreadSanitizer starts no threads after a fork";
#endif
  }
};

TEST_F(PredictorFork, UseInTheChildIsRefusedByNameAndTheParentGoesOn) {
  Session session({.seed = 3});
  const Predictor predictor = trained(session).freeze({.name = "scores"});
  const Array x = noise({4, 6}, 1);
  const Array expected = predictor.predict(x);
  EXPECT_EQ(in_child([&]() -> std::string {
              std::string said;
              for (const auto& use : std::vector<std::function<void()>>{
                       [&] { static_cast<void>(predictor.predict(x)); }, [&] { predictor.warm_up({1}); },
                       [&] { static_cast<void>(predictor.memory()); }, [&] { static_cast<void>(predictor.stats()); }})
                try {
                  use();
                  said += "not refused; ";
                } catch (const ForkedError& error) {
                  const std::string text = error.what();
                  if (text.find("'scores'") == std::string::npos || text.find("fork()") == std::string::npos)
                    said += text;
                }
              return said;
            }),
            "");
  EXPECT_EQ(max_abs_difference(predictor.predict(x), expected), 0.0);
}

/// Threads that compute, and wait to, at the moment of the fork.
TEST_F(PredictorFork, ItsEndInTheChildNeitherHangsNorCrashes) {
  Session session({.seed = 3});
  std::optional<Predictor> predictor = trained(session, 256).freeze({.max_workspaces = 1});
  const Array x = noise({512, 6}, 1);
  std::atomic<bool> stop = false;
  std::vector<std::thread> clients;
  const Predictor shared = *predictor;
  for (int client = 0; client < 3; ++client)
    clients.emplace_back([&] {
      while (!stop) static_cast<void>(shared.predict(x));
    });
  while (shared.stats().waits < 3) std::this_thread::yield();
  const std::string said = in_child([&]() -> std::string {
    predictor.reset();
    const_cast<Predictor&>(shared) = Predictor();  // the last one
    return "";
  });
  stop = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(said, "");
}

}  // namespace
