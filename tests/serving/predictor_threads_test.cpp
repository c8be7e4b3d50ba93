// Many threads on shared predictors, while their session trains on; for ThreadSanitizer as much as for the claims.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "serving/served.h"

namespace {

using namespace keratin;
using namespace keratin::test;

TEST(PredictorThreads, EveryAnswerIsRightWhileTheSessionTrainsAndClears) {
  constexpr int threads = 8;
  constexpr int requests = 60;
  Session session({.seed = 3, .threads = 2});
  Model model = trained(session);
  const Array x = noise({48, 6}, 7);
  const Array expected = model.predict(x, {.batch_size = 8});
  const std::vector<Predictor> predictors{model.freeze({.batch_size = 8, .max_workspaces = 3}),
                                          model.freeze({.batch_size = 8, .max_workspaces = 2, .threads = 2})};
  std::atomic<int> wrong = 0;
  std::atomic<int> working = threads;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < threads; ++client)
      clients.emplace_back([&, client] {
        const Predictor predictor = predictors[static_cast<std::size_t>(client % 2)];
        std::vector<float> out(24);
        for (int i = 0; i < requests; ++i) {
          const std::int64_t first = 8 * ((client + i) % 6);
          const Array rows = x.rows(first, first + 8);
          const Array want = expected.rows(first, first + 8);
          if (max_abs_difference(predictor.predict(rows), want) != 0.0) ++wrong;
          predictor.predict_into(rows.contiguous().data<float>(), out);
          if (max_abs_difference(Array::copy_of(out).reshaped({8, 3}), want) != 0.0) ++wrong;
          if (predictor.memory().current_bytes <= 0 || predictor.stats().workspaces < 1) ++wrong;
          if (i % 16 == 0) {
            EXPECT_THROW(predictor.predict(noise({2, 5}, 1)), ShapeError);
          }
        }
        --working;
      });
    do {
      model.fit(noise({40, 6}, 1), noise({40, 3}, 2), {.verbose = 0});
    } while (working > 0);
    session.clear();
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(predictors[0].stats().workspaces, 3);
  EXPECT_LE(predictors[1].stats().workspaces, 2);
  EXPECT_EQ(predictors[0].stats().calls + predictors[1].stats().calls, 2 * threads * requests);
}

TEST(PredictorThreads, MoreCallersThanWorkspacesWaitAndAllAreServed) {
  Session session({.seed = 3});
  const Predictor predictor = trained(session).freeze({.max_workspaces = 1});
  const Array x = noise({32, 6}, 7);
  const Array expected = predictor.predict(x);
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 6; ++client)
      clients.emplace_back([&] {
        for (int i = 0; i < 20; ++i)
          if (max_abs_difference(predictor.predict(x), expected) != 0.0) ++wrong;
      });
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(predictor.stats().workspaces, 1);
}

TEST(PredictorThreads, WarmingUpOnSeveralThreadsEnds) {
  Session session({.seed = 3});
  const Predictor predictor = trained(session).freeze({.max_workspaces = 4});
  {
    std::vector<std::jthread> clients;
    for (std::int64_t client = 1; client <= 4; ++client)
      clients.emplace_back([&predictor, client] {
        for (int i = 0; i < 50; ++i) predictor.warm_up({client, 8});
      });
  }
  EXPECT_EQ(predictor.stats().workspaces, 4);
  EXPECT_EQ(predictor.stats().plans, 4 * 5);
}

TEST(PredictorThreads, WorkspacesThatDoNotFitAreReportedToTheirCallersAlone) {
  Session session({.seed = 3});
  Sequential model(session, {layers::Input({64}), layers::Dense(256, {.activation = "gelu"}), layers::Dense(8)});
  const Predictor predictor = model.freeze({.batch_size = 256, .max_workspaces = 4, .memory_budget = KiB(900)});
  const Array x = noise({256, 64}, 1);
  std::atomic<int> served = 0;
  std::atomic<int> refused = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 8; ++client)
      clients.emplace_back([&] {
        for (int i = 0; i < 5; ++i) try {
            static_cast<void>(predictor.predict(x));
            ++served;
          } catch (const OutOfMemoryError&) {
            ++refused;
          }
      });
  }
  EXPECT_EQ(served + refused, 40);
  EXPECT_GT(served, 0);
  EXPECT_LE(predictor.memory().peak_bytes, KiB(900).count);
}

}  // namespace
