// Callbacks that set learning rates, with a MultiOptimizer: each of its optimizers has its own. Numbers of Keras 3.15.
#include <vector>

#include <gtest/gtest.h>

#include "keratin/keratin.h"

namespace {

using namespace keratin;
using namespace keratin::optimizers;

struct Trained {
  Session session{{.threads = 1}};
  Model model = Sequential(session, {layers::Input({2}), layers::Dense(3), layers::Dense(1)});

  History fit(std::int64_t epochs, const CallbackSpec& callback) {
    model.compile({.optimizer = MultiOptimizer(
                       OptimizerMap(Adam({.learning_rate = 0.01}), {{".*bias", SGD({.learning_rate = 0.5})}})),
                   .loss = "mse"});
    return model.fit(Array::zeros({4, 2}), Array::ones({4, 1}),
                     {.epochs = epochs, .verbose = 0, .callbacks = {callback}});
  }
};

void expect_rates(const std::vector<double>& received, const std::vector<double>& expected) {
  ASSERT_EQ(received.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(received[i], expected[i], 1e-7) << i;
}

TEST(SeveralOptimizers, FollowAScheduleEachFromItsOwnRate) {
  Trained trained;
  const History history =
      trained.fit(3, callbacks::LearningRateScheduler([](std::int64_t, double rate) { return rate * 0.5; }));
  expect_rates(history["learning_rate_sgd"], {0.25, 0.125, 0.0625});
  expect_rates(history["learning_rate_adam"], {0.005, 0.0025, 0.00125});
  EXPECT_FALSE(history.contains("learning_rate"));
}

TEST(SeveralOptimizers, AreReducedEachDownToTheLeastRate) {
  Trained trained;
  const History history =
      trained.fit(4, callbacks::ReduceLROnPlateau(
                         {.monitor = "loss", .factor = 0.1, .patience = 1, .min_delta = 10, .min_lr = 0.004}));
  expect_rates(history["learning_rate_sgd"], {0.5, 0.5, 0.05, 0.005});
  expect_rates(history["learning_rate_adam"], {0.01, 0.01, 0.004, 0.004});
}

}  // namespace
