// Eight threads for ten minutes: sessions of their own, and predictors that all of them use.
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/layers/recurrent.h"
#include "keratin/serving/predictor.h"
#include "lifecycle/lifecycle.h"

namespace {

using namespace keratin;

/// A frozen model, and what it gives for inputs of several numbers of rows.
struct Shared {
  Predictor predictor;
  std::vector<Array> inputs;
  std::vector<Array> outputs;

  Shared(Session& session, const std::vector<LayerSpec>& layers, const Shape& sample) {
    Sequential model(session, layers);
    predictor = model.freeze({.max_workspaces = 3});  // fewer than callers: some wait
    for (const std::int64_t rows : {1, 3, 32, 50}) {
      Shape shape{rows};
      for (const std::int64_t size : sample) shape.push_back(size);
      inputs.push_back(Array::random_normal(shape, {.seed = static_cast<std::uint64_t>(rows)}));
      outputs.emplace_back(model.predict(inputs.back()));
    }
  }
  bool is_right() const {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (max_abs_difference(predictor.predict(inputs[i]), outputs[i]) != 0.0) return false;
    return true;
  }
};

TEST(Soak, EightThreadsWithSessionsOfTheirOwnShareTwoPredictors) {
  constexpr std::chrono::minutes length{10};
  constexpr std::uint64_t rounds = 12;
  const auto trained = [](int threads) {
    Session session({.seed = 5, .threads = threads});
    std::vector<std::uint64_t> hashes;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      hashes.push_back(test::trained(session, round));
      if (round % 3 == 2) session.clear();
    }
    return hashes;
  };
  const std::vector<std::uint64_t> alone = trained(1);
  std::optional<Session> session(std::in_place, SessionOptions{.seed = 1});
  const Shared dense(*session, {layers::Input({8}), layers::Dense(40, {.activation = "relu"}), layers::Dense(3)}, {8});
  const Shared recurrent(*session, {layers::Input({6, 4}), layers::LSTM(10), layers::Dense(2)}, {6, 4});
  session.reset();

  const auto end = std::chrono::steady_clock::now() + length;
  std::vector<std::int64_t> turns(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t number = 0; number < turns.size(); ++number)
      threads.emplace_back([&, number] {
        for (; std::chrono::steady_clock::now() < end && !::testing::Test::HasFailure(); ++turns[number]) {
          EXPECT_EQ(trained(number % 2 == 0 ? 1 : 2), alone);
          for (int i = 0; i < 20; ++i) EXPECT_TRUE(dense.is_right() && recurrent.is_right());
        }
      });
  }
  for (const std::int64_t made : turns) EXPECT_GT(made, 0);
}

}  // namespace
