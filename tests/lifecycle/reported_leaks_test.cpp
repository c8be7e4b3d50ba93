// Programs that leak in Keras, as its users reported them, in C++: nothing grows here, with and without clear().
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/keratin.h"
#include "lifecycle/lifecycle.h"
#include "support/logged.h"

namespace {

using namespace keratin;

/// Goes round and round; resident memory and what is left on the books may not grow once everything was done before.
template <class Round>
void expect_no_growth(Session& session, int rounds, int settled_after, Round round) {
  std::int64_t settled = 0;
  for (int i = 1; i <= rounds; ++i) {
    round(i);
    ASSERT_EQ(session.memory().current_bytes, 0) << "round " << i << '\n' << session.memory();
    ASSERT_EQ(session.graph().nodes + session.graph().traces + session.graph().models, 0) << "round " << i;
    if (i == settled_after) settled = test::resident_bytes();
  }
  test::expect_flat(settled, "after " + std::to_string(rounds) + " rounds");
}

/// keras #20552: a network with two LSTMs, trained anew on six rows again and again, with a callback each time; memory
/// grew with each round, whatever was deleted.
struct Sequences {
  Array x = Array::random_normal({6, 3, 1}, {.seed = 1});
  Array y = Array::zeros({6, 4});
  Sequences() {
    for (std::size_t row = 0; row < 6; ++row) y.mutable_data<float>()[row * 4 + row % 4] = 1.0f;
  }
  void train(Session& session) const {
    Sequential model(session, {layers::Input({3, 1}), layers::LSTM(16, {.return_sequences = true}), layers::LSTM(16),
                               layers::Dropout(0.4), layers::Dense(8, {.activation = "tanh"}),
                               layers::Dense(4, {.activation = "softmax"})});
    model.compile({.optimizer = "adam", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
    model.fit(x, y,
              {.batch_size = 2,
               .epochs = 5,
               .verbose = 0,
               .callbacks = {callbacks::EarlyStopping({.monitor = "loss", .patience = 10})}});
    model.predict(x);
  }
};

TEST(ReportedLeaks, TrainingANetworkOfLSTMsAnewInALoop) {
  const Sequences data;
  Session session({.seed = 5, .threads = 1});
  const test::Logged logged;
  expect_no_growth(session, 150, 50, [&](int) {
    data.train(session);
    session.clear();
  });
  expect_no_growth(session, 150, 50, [&](int) {
    const auto scope = session.graph_scope();
    data.train(session);
  });
  EXPECT_TRUE(logged.with("goes on growing").empty());
}

/// keras #17458: federated learning. In each round some clients make the model anew, take the server's weights, train
/// on their own data and give weights back, which the server averages; memory grew with each client, clear_session or
/// not.
class Federation {
 public:
  static Sequential make(Session& session) {
    Sequential model(session, {layers::Input({8, 8, 1}), layers::Conv2D(8, 3, {.activation = "relu"}),
                               layers::MaxPooling2D(2), layers::Flatten(), layers::Dense(16, {.activation = "relu"}),
                               layers::Dense(10, {.activation = "softmax"})});
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.05}),
                   .loss = "sparse_categorical_crossentropy",
                   .metrics = {"accuracy"}});
    return model;
  }

  void client(Session& session, std::int64_t number) {
    Sequential model = make(session);
    if (!weights_.empty()) model.set_weights(weights_);
    const std::int64_t first = number % clients * rows;
    model.fit(data_.x.rows(first, first + rows), data_.y.rows(first, first + rows),
              {.batch_size = 16, .epochs = 1, .verbose = 0});
    add(model.get_weights());
  }
  void end_round() {
    weights_ = std::move(sum_);
    for (Array& array : weights_)
      for (float& number : array.mutable_data<float>()) number /= static_cast<float>(clients);
    sum_.clear();
  }
  double accuracy(Session& session) const {
    Sequential model = make(session);
    model.set_weights(weights_);
    return model.evaluate(data_.x, data_.y, {.verbose = 0}).at("accuracy");
  }
  static constexpr std::int64_t clients = 4;

 private:
  static constexpr std::int64_t rows = 64;
  void add(const std::vector<Array>& weights) {
    if (sum_.empty()) {
      for (const Array& array : weights) sum_.push_back(array.copy());
      return;
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const std::span<float> into = sum_[i].mutable_data<float>();
      for (std::size_t k = 0; k < into.size(); ++k) into[k] += weights[i].data<float>()[k];
    }
  }
  struct Data {
    Array x;
    Array y;
  };
  static Data load() {
    const auto [train, test] = datasets::digits();
    return {train.x.rows(0, clients * rows).reshaped({-1, 8, 8, 1}), train.y.rows(0, clients * rows)};
  }
  Data data_ = load();
  std::vector<Array> weights_;
  std::vector<Array> sum_;
};

TEST(ReportedLeaks, ClientsThatMakeTheModelAnewInEachRoundOfAFederation) {
  Session session({.seed = 5, .threads = 1});
  const test::Logged logged;
  Federation federation;
  expect_no_growth(session, 40, 10, [&](int round) {
    for (std::int64_t client = 0; client < Federation::clients; ++client) {
      federation.client(session, client);
      if (round % 2 == 0) session.clear();  // after each client, or once a round
    }
    federation.end_round();
    session.clear();
  });
  EXPECT_GT(federation.accuracy(session), 0.5) << "it has learnt meanwhile";
  EXPECT_TRUE(logged.messages().empty()) << logged.messages().front();
}

TEST(ReportedLeaks, TheSameWithoutClearIsReportedByTheLibrary) {
  Session session({.seed = 5, .threads = 1});
  const test::Logged logged;
  Federation federation;
  for (int round = 0; round < 8; ++round) {
    for (std::int64_t client = 0; client < Federation::clients; ++client) federation.client(session, client);
    federation.end_round();
  }
  EXPECT_EQ(logged.with("goes on growing").size(), 1u);
}

}  // namespace
