#include <thread>

#include <gtest/gtest.h>

#include "keratin/layers/normalization.h"
#include "keratin/layers/regularization.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({50, 6}, 1);
const Array y = classes(50, 3, 2);

Sequential network(Session& session, bool run_eagerly = false, bool has_dropout = true) {
  std::vector<LayerSpec> all{layers::Input({6}), layers::Dense(16, {.activation = "relu"}),
                             layers::BatchNormalization()};
  if (has_dropout) all.emplace_back(layers::Dropout(0.3));
  all.emplace_back(layers::Dense(3, {.activation = "softmax"}));
  Sequential model(session, all);
  model.compile({.optimizer = "adam",
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"},
                 .run_eagerly = run_eagerly});
  return model;
}

struct Result {
  std::vector<double> losses;
  std::vector<float> weights;
  bool operator==(const Result&) const = default;
};

Result trained(Session& session, std::int64_t epochs = 3) {
  Sequential model = network(session);
  const History history = model.fit(x, y, {.batch_size = 16, .epochs = epochs, .verbose = 0});
  return {history["loss"], numbers_of(model.get_weights())};
}

TEST(Determinism, TheSameSeedGivesTheSameBits) {
  Session a({.seed = 11});
  Session b({.seed = 11});
  Session c({.seed = 12});
  const Result first = trained(a);
  EXPECT_EQ(trained(b), first);
  EXPECT_NE(trained(c).losses, first.losses);
}

/// Everything that draws numbers or runs on threads, in one run: what it ends with.
Result whole_run(std::uint64_t seed, int threads) {
  Session session({.seed = seed, .threads = threads});
  Sequential model(session, {layers::Input({96}), layers::Dense(128, {.activation = "relu"}),
                             layers::BatchNormalization(), layers::Dropout(0.4), layers::GaussianNoise(0.1),
                             layers::Dense(64, {.activation = "relu"}), layers::Dense(3, {.activation = "softmax"})});
  model.compile({.optimizer = optimizers::Adam({.use_ema = true, .ema_momentum = 0.9}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  const Dataset rows = Dataset::from_arrays(wave({300, 96}, 1), classes(300, 3, 2));
  const Dataset batches = rows.shuffle(64, {.seed = seed})
                              .batch(64)
                              .map([](Batch batch) {
                                return Batch{batch.x, batch.y};
                              })
                              .prefetch(2);
  Result result;
  const auto add = [&](const std::vector<double>& numbers) {
    result.losses.insert(result.losses.end(), numbers.begin(), numbers.end());
  };
  const History of_stream = model.fit(batches, {.epochs = 2,
                                                .verbose = 0,
                                                .callbacks = {callbacks::SwapEMAWeights({.swap_on_epoch = true})},
                                                .validation_data = rows.batch(100)});
  const History of_arrays = model.fit(wave({300, 96}, 3), classes(300, 3, 1),
                                      {.batch_size = 64, .epochs = 2, .verbose = 0, .validation_split = 0.25});
  for (const History* const history : {&of_stream, &of_arrays})
    for (const std::string& name : history->names()) add((*history)[name]);
  add({model.evaluate(batches, {.verbose = 0}).at("loss")});
  result.weights = numbers_of(model.get_weights());
  for (const float each : numbers_of({model.predict(wave({300, 96}, 4))})) result.weights.push_back(each);
  return result;
}

TEST(Determinism, AWholeRunOfOneSeedHasTheSameBits) {
  for (const int threads : {1, 2, 4}) {
    const Result first = whole_run(11, threads);
    EXPECT_EQ(whole_run(11, threads), first) << threads << " threads";
    EXPECT_NE(whole_run(12, threads).losses, first.losses) << threads << " threads";
  }
}

TEST(Determinism, AfterClearToo) {
  Session session({.seed = 11});
  const Result first = trained(session);
  session.clear();
  EXPECT_EQ(session.memory().current_bytes, 0);
  EXPECT_EQ(trained(session), first);
}

TEST(Determinism, SessionsOnTwoThreadsDoNotDisturbEachOther) {
  Session reference({.seed = 11, .threads = 1});
  const Result expected = trained(reference, 20);
  std::vector<Result> results(2);
  std::vector<std::thread> threads;
  for (Result& result : results)
    threads.emplace_back([&result] {
      Session session({.seed = 11, .threads = 1});
      result = trained(session, 20);
    });
  for (std::thread& thread : threads) thread.join();
  for (const Result& result : results) EXPECT_EQ(result, expected);
}

TEST(Determinism, ShufflingChangesFromEpochToEpochAndFitToFit) {
  Session session({.seed = 1});
  const auto orders = [&](std::int64_t epochs) {
    std::vector<double> losses;
    Sequential model(session, {layers::Input({6}), layers::Dense(3, {.activation = "softmax"})});
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.0}), .loss = "sparse_categorical_crossentropy"});
    for (int i = 0; i < 2; ++i)
      model.fit(
          x, y,
          {.batch_size = 10,
           .epochs = epochs,
           .verbose = 0,
           .callbacks = {callbacks::LambdaCallback({.on_train_batch_end = [&](std::int64_t batch, const Logs& logs) {
             if (batch == 0) losses.push_back(logs.at("loss"));
           }})}});
    return losses;
  };
  const std::vector<double> losses = orders(3);
  ASSERT_EQ(losses.size(), 6u);
  for (std::size_t i = 0; i < losses.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) EXPECT_NE(losses[i], losses[k]) << "the rows of the first batch, " << i << k;
}

TEST(Eager, TrainsEvaluatesAndPredictsAsAGraphWithinRounding) {
  const auto run = [](bool run_eagerly) {
    Session session({.seed = 4});
    Sequential model = network(session, run_eagerly);
    const History history = model.fit(
        x, y,
        {.batch_size = 16, .epochs = 2, .verbose = 0, .validation_data = {x, y}, .sample_weight = positive(50, 3)});
    const Logs scores = model.evaluate(x, y, {.batch_size = 16, .verbose = 0});
    const Array predicted = model.predict(x, {.batch_size = 16});
    EXPECT_EQ(session.graph().traces, run_eagerly ? 0 : 3);
    std::vector<double> all = history["loss"];
    all.insert(all.end(), history["val_loss"].begin(), history["val_loss"].end());
    all.insert(all.end(), {scores.at("loss"), scores.at("accuracy"), history["accuracy"][1]});
    for (const float each : numbers_of({predicted})) all.push_back(static_cast<double>(each));
    for (const float each : numbers_of(model.get_weights())) all.push_back(static_cast<double>(each));
    return all;
  };
  const std::vector<double> graph = run(false);
  const std::vector<double> eager = run(true);
  ASSERT_EQ(graph.size(), eager.size());
  for (std::size_t i = 0; i < graph.size(); ++i) EXPECT_NEAR(graph[i], eager[i], 2e-5) << i;
}

TEST(Eager, ModeChangesWithCompileForPredictToo) {
  Session session;
  Sequential model = classifier(session);
  const std::vector<float> expected = numbers_of({model.predict(x)});
  for (const bool run_eagerly : {true, false, true}) {
    model.compile({.loss = "sparse_categorical_crossentropy", .run_eagerly = run_eagerly});
    const Array predicted = model.predict(x);
    EXPECT_TRUE(all_close(predicted, Array::copy_of(expected).reshaped({50, 3}), 1e-5, 1e-6)) << run_eagerly;
    EXPECT_EQ(session.graph().traces, run_eagerly ? 0 : 1);
  }
}

TEST(Eager, LeavesNothingBehind) {
  Session session;
  Sequential model = network(session, true);
  model.fit(x, y, {.batch_size = 16, .verbose = 0});
  const MemoryReport before = session.memory();
  const GraphStats graph = session.graph();
  for (int i = 0; i < 3; ++i) model.fit(x, y, {.batch_size = 16, .verbose = 0});
  EXPECT_EQ(session.memory().current_bytes, before.current_bytes) << session.memory();
  EXPECT_EQ(session.graph().nodes, graph.nodes);
  EXPECT_EQ(session.graph().variables, graph.variables);
}

TEST(Refitting, AddsNoNodeTraceVariableOrByte) {
  Session session({.seed = 2});
  Sequential model = network(session);
  const auto round = [&] {
    model.fit(x, y, {.batch_size = 16, .verbose = 0, .validation_split = 0.2});
    model.evaluate(x, y, {.batch_size = 16, .verbose = 0});
    model.predict(x, {.batch_size = 16});
    model.train_on_batch(x, y);
  };
  for (int i = 0; i < 2; ++i) round();  // the second with all that the first one made is the peak
  const GraphStats graph = session.graph();
  const MemoryReport memory = session.memory();
  const std::int64_t traces = model.train_stats().traces;
  const std::int64_t plans = model.train_stats().plans_made;
  for (int i = 0; i < 50; ++i) round();
  EXPECT_EQ(session.graph().nodes, graph.nodes);
  EXPECT_EQ(session.graph().traces, graph.traces);
  EXPECT_EQ(session.graph().plans, graph.plans);
  EXPECT_EQ(session.graph().variables, graph.variables);
  EXPECT_EQ(model.train_stats().traces, traces);
  EXPECT_EQ(model.train_stats().plans_made, plans);
  EXPECT_EQ(session.memory().current_bytes, memory.current_bytes) << session.memory();
  EXPECT_EQ(session.memory().peak_bytes, memory.peak_bytes);
}

TEST(Refitting, RecompilingTakesTheOldPartsAway) {
  Session session({.seed = 2});
  Sequential model = compiled_classifier(session);
  const auto round = [&] {
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
    model.fit(x, y, {.batch_size = 16, .verbose = 0});
  };
  round();
  const GraphStats graph = session.graph();
  const std::int64_t bytes = session.memory().current_bytes;
  for (int i = 0; i < 20; ++i) round();
  EXPECT_EQ(session.graph().nodes, graph.nodes);
  EXPECT_EQ(session.graph().variables, graph.variables);
  EXPECT_EQ(session.graph().functions, graph.functions);
  EXPECT_EQ(session.memory().current_bytes, bytes) << session.memory();
}

}  // namespace
