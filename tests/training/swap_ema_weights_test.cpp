// Weights and their averages change places as in Keras: at the same hooks, with the same values.
#include <algorithm>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "training/data/callbacks.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({10, 6}, 1);
const Array y = classes(10, 3, 2);

optimizers::SGD averaging(double learning_rate = 0.5) {
  return optimizers::SGD({.learning_rate = learning_rate, .use_ema = true, .ema_momentum = 0.5});
}

Sequential compiled(Session& session, OptimizerSpec optimizer) {
  Sequential model = classifier(session);
  model.compile(
      {.optimizer = std::move(optimizer), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  return model;
}

double first_weight(const Model& model) { return model.trainable_variables().front().value().at<float>({0, 0}); }

/// The first weight, hook by hook.
struct Sees : Callback {
  void look(const char* hook) { seen.emplace_back(hook, first_weight(model())); }
  void on_epoch_begin(std::int64_t) override { look("on_epoch_begin"); }
  void on_epoch_end(std::int64_t, const Logs&) override { look("on_epoch_end"); }
  void on_test_begin() override { look("on_test_begin"); }
  void on_test_end(const Logs&) override { look("on_test_end"); }
  void on_train_end(const Logs&) override { look("on_train_end"); }
  std::vector<std::pair<std::string, double>> seen;
};

struct StopsAtOnce : Callback {
  void on_epoch_end(std::int64_t, const Logs&) override { context().stop(); }
};

const SwappedCase& keras(const std::string& name) {
  return *std::ranges::find(keras_swapped, name, &SwappedCase::name);
}

void expect_as_keras(const std::vector<std::pair<std::string, double>>& seen, const std::string& name) {
  const SwappedCase& expected = keras(name);
  ASSERT_EQ(seen.size(), expected.seen.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].first, expected.seen[i].first);
    EXPECT_NEAR(seen[i].second, expected.seen[i].second, 1e-6) << i << " " << seen[i].first;
  }
}

struct FitCase {
  std::string name;
  bool is_scaled = false;
  bool swap_on_epoch = false;
  bool stops = false;
  friend void PrintTo(const FitCase& each, std::ostream* out) { *out << each.name; }
};

class SwapEMAWeightsAsKeras : public testing::TestWithParam<FitCase> {};

TEST_P(SwapEMAWeightsAsKeras, HasTheSameWeightsAtEachHook) {
  const FitCase& given = GetParam();
  Session session;
  Sequential model = compiled(
      session, given.is_scaled ? OptimizerSpec(optimizers::LossScaleOptimizer(averaging(), {.initial_scale = 4.0}))
                               : OptimizerSpec(averaging()));
  Sees sees;
  CallbackList list{callbacks::SwapEMAWeights({.swap_on_epoch = given.swap_on_epoch}), borrow(sees)};
  if (given.stops) list.emplace_back(StopsAtOnce());
  model.fit(x, y,
            {.batch_size = 5,
             .epochs = 2,
             .verbose = 0,
             .callbacks = std::move(list),
             .validation_data = {x, y},
             .shuffle = false});
  sees.seen.emplace_back("after", first_weight(model));
  expect_as_keras(sees.seen, given.name);
}

INSTANTIATE_TEST_SUITE_P(All, SwapEMAWeightsAsKeras,
                         testing::Values(FitCase{"tests"}, FitCase{"epochs", false, true},
                                         FitCase{"scaled tests", true, false}, FitCase{"scaled epochs", true, true},
                                         FitCase{"stopped", false, true, true}));

TEST(SwapEMAWeights, LeavesTheAveragesInAModelThatPredictsAsKerasDoes) {
  Session session;
  Sequential model = compiled(session, averaging());
  callbacks::SwapEMAWeights swaps;
  std::vector<std::pair<std::string, double>> seen;
  const auto look = [&](const char* when) { seen.emplace_back(when, first_weight(model)); };
  for (int i = 0; i < 2; ++i) model.train_on_batch(x, y);
  look("trained");
  for (int i = 0; i < 2; ++i) {
    model.predict(x, {.callbacks = {borrow(swaps)}});
    look("predicted");
  }
  model.evaluate(x, y, {.verbose = 0, .callbacks = {borrow(swaps)}});
  look("evaluated");
  expect_as_keras(seen, "predicting");
}

TEST(SwapEMAWeights, EvaluatesByTheAveragesAndGivesEveryBitBack) {
  Session session;
  Sequential model = compiled(session, averaging());
  for (int i = 0; i < 3; ++i) model.train_on_batch(x, y);
  const std::vector<float> weights = numbers_of(model.get_weights());
  const double plain = model.evaluate(x, y, {.verbose = 0}).at("loss");
  const double averaged = model.evaluate(x, y, {.verbose = 0, .callbacks = {callbacks::SwapEMAWeights()}}).at("loss");
  EXPECT_NE(averaged, plain);
  EXPECT_EQ(numbers_of(model.get_weights()), weights);
  std::vector<Array> averages;
  for (const auto& [variable, average] : model.optimizer()->averages()) averages.push_back(average.value());
  model.set_weights(averages);
  EXPECT_EQ(model.evaluate(x, y, {.verbose = 0}).at("loss"), averaged);
}

TEST(SwapEMAWeights, SwapsWhatOneOfSeveralOptimizersAverages) {
  Session session;
  Sequential model = classifier(session);
  const Variable kernel = model.trainable_variables().front();
  const optimizers::OptimizerMap map(optimizers::SGD({.learning_rate = 0.5}), {{kernel.path(), averaging()}});
  model.compile({.optimizer = optimizers::MultiOptimizer(map), .loss = "sparse_categorical_crossentropy"});
  for (int i = 0; i < 2; ++i) model.train_on_batch(x, y);
  const std::vector<Array> before = model.get_weights();
  const Array average = model.optimizer()->averages().at(0).second.value();
  std::vector<Array> inside;
  const auto looks =
      callbacks::LambdaCallback({.on_test_batch_begin = [&](std::int64_t) { inside = model.get_weights(); }});
  model.evaluate(x, y, {.verbose = 0, .callbacks = {callbacks::SwapEMAWeights(), callbacks::LambdaCallback(looks)}});
  EXPECT_EQ(numbers_of({inside.at(0)}), numbers_of({average}));
  EXPECT_NE(numbers_of({inside.at(0)}), numbers_of({before.at(0)}));
  inside.erase(inside.begin());
  EXPECT_EQ(numbers_of(inside), numbers_of({before.begin() + 1, before.end()}));
}

TEST(SwapEMAWeights, NeedsAnOptimizerWithAverages) {
  Session session;
  Sequential plain = compiled(session, "sgd");
  try {
    plain.fit(x, y, {.verbose = 0, .callbacks = {callbacks::SwapEMAWeights({.swap_on_epoch = true})}});
    FAIL() << "no error";
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("use_ema"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("sgd"), std::string::npos) << error.what();
  }
  // Keras swaps at evaluations alone, and complains no sooner.
  EXPECT_NO_THROW(plain.fit(x, y, {.verbose = 0, .callbacks = {callbacks::SwapEMAWeights()}}));
  EXPECT_THROW(plain.evaluate(x, y, {.verbose = 0, .callbacks = {callbacks::SwapEMAWeights()}}), ValueError);
  Sequential untrained = compiled(session, averaging());
  EXPECT_THROW(untrained.evaluate(x, y, {.verbose = 0, .callbacks = {callbacks::SwapEMAWeights()}}), ValueError);
  untrained.train_on_batch(x, y);
  EXPECT_NO_THROW(untrained.evaluate(x, y, {.verbose = 0, .callbacks = {callbacks::SwapEMAWeights()}}));
}

}  // namespace
