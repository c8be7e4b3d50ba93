// A frozen model: the same bits as predict, apart from its session, with typed errors.
#include "keratin/serving/predictor.h"

#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/layers/attention.h"
#include "keratin/layers/convolutional.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/pooling.h"
#include "keratin/layers/recurrent.h"
#include "serving/served.h"

namespace {

using namespace keratin;
using namespace keratin::test;

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Predictor, GivesTheBitsOfPredictForAnyNumberOfRows) {
  for (const int threads : {1, 2, 3}) {
    Session session({.seed = 3, .threads = threads});
    const Model model = trained(session, 300);
    Model predicting = model;
    const Predictor predictor = model.freeze();
    for (const std::int64_t rows : {1, 5, 31, 32, 33, 100}) {
      const Array x = noise({rows, 6}, 7);
      EXPECT_EQ(max_abs_difference(predictor.predict(x), predicting.predict(x)), 0.0) << rows;
    }
    const Array x = noise({100, 6}, 7);
    EXPECT_EQ(
        max_abs_difference(model.freeze({.batch_size = 64}).predict(x), predicting.predict(x, {.batch_size = 64})),
        0.0);
  }
}

TEST(Predictor, IsWhatTheModelWasWhenItWasFrozen) {
  Session session({.seed = 3});
  Model model = trained(session);
  const Array x = noise({9, 6}, 7);
  const Array before = model.predict(x);
  const Predictor predictor = model.freeze();
  model.fit(noise({40, 6}, 1), noise({40, 3}, 2), {.verbose = 0});
  EXPECT_GT(max_abs_difference(model.predict(x), before), 0.0);
  EXPECT_EQ(max_abs_difference(predictor.predict(x), before), 0.0);
}

TEST(Predictor, GoesOnAfterClearAndAfterTheSessionsEnd) {
  const Array x = noise({9, 6}, 7);
  std::optional<Predictor> predictor;
  Array expected;
  {
    Session session({.seed = 3});
    Model model = trained(session);
    expected = model.predict(x);
    predictor = model.freeze({.name = "frozen"});
    session.clear();
    EXPECT_EQ(session.memory().current_bytes, 0) << "nothing of it is the session's";
    EXPECT_EQ(max_abs_difference(predictor->predict(x), expected), 0.0);
  }
  const Predictor copy = *predictor;
  predictor.reset();
  EXPECT_EQ(max_abs_difference(copy.predict(x), expected), 0.0);
  EXPECT_EQ(copy.name(), "frozen");
}

TEST(Predictor, AModelThatNeverRanIsFrozenWithItsInitialWeights) {
  Session session({.seed = 3});
  Sequential model(session, {layers::Input({6}), layers::Dense(4)});
  const Predictor predictor = model.freeze();
  const Array x = noise({3, 6}, 1);
  EXPECT_EQ(max_abs_difference(predictor.predict(x), model.predict(x)), 0.0);
  EXPECT_EQ(model.predict_stats().traces, 1) << "freezing counts for no predict";
}

TEST(Predictor, AnEagerModelIsFrozenToo) {
  Session session({.seed = 3});
  Sequential model(session, {layers::Input({6}), layers::Dense(4, {.activation = "tanh"})});
  model.compile({.loss = "mse", .run_eagerly = true});
  const Array x = noise({3, 6}, 1);
  EXPECT_TRUE(all_close(model.freeze().predict(x), model.predict(x)));
}

TEST(Predictor, TakesInputsByNameAndGivesOutputsByName) {
  Session session({.seed = 3});
  Model model = two_headed(session);
  const Predictor predictor = model.freeze();
  const Array a = noise({7, 3}, 1);
  const Array b = Array::arange(14, int32).reshaped({7, 2});
  const Outputs expected = model.predict({a, b});
  for (const Data& x : {Data({a, b}), Data({{"b", b}, {"a", a}}), Data({a.astype(float64), b.astype(int64)}),
                        Data({a.transposed().contiguous().transposed(), b})}) {
    const Outputs outputs = predictor.predict(x);
    EXPECT_EQ(outputs.names(), expected.names());
    EXPECT_EQ(max_abs_difference(outputs["sum"], expected["sum"]), 0.0);
    EXPECT_EQ(max_abs_difference(outputs["flag"], expected["flag"]), 0.0);
  }
  EXPECT_EQ(predictor.input_names(), model.input_names());
  EXPECT_EQ(predictor.output_names(), model.output_names());
}

TEST(Predictor, InputsThatDoNotFitAreRefusedByNameAndCostNothing) {
  Session session({.seed = 3});
  const Predictor predictor = two_headed(session).freeze();
  const Array a = noise({7, 3}, 1);
  const Array b = Array::zeros({7, 2}, int32);
  predictor.predict({a, b});
  const std::int64_t bytes = predictor.memory().current_bytes;
  EXPECT_THROW(predictor.predict(a), ValueError);
  EXPECT_THROW(predictor.predict({{"a", a}, {"c", b}}), ValueError);
  EXPECT_THROW(predictor.predict({a, b, b}), ValueError);
  EXPECT_THROW(predictor.predict({noise({7, 4}, 1), b}), ShapeError);
  EXPECT_THROW(predictor.predict({noise({6, 3}, 1), b}), ShapeError);
  EXPECT_THROW(predictor.predict({Array::scalar(1.0f), b}), ShapeError);
  EXPECT_THROW(predictor.predict({a.rows(0, 0), b.rows(0, 0)}), ValueError);
  EXPECT_THROW(predictor.predict({Array::zeros({7, 3}, string), b}), DTypeError);
  EXPECT_NE(message_of([&] { predictor.predict({noise({7, 4}, 1), b}); }).find("'a'"), std::string::npos);
  EXPECT_EQ(predictor.memory().current_bytes, bytes);
  EXPECT_NO_THROW(predictor.predict({a, b}));
  EXPECT_EQ(predictor.memory().current_bytes, bytes);
}

TEST(Predictor, PredictsIntoMemoryOfTheCallers) {
  Session session({.seed = 3});
  Model model = trained(session);
  const Predictor predictor = model.freeze({.batch_size = 4});
  const Array x = noise({10, 6}, 7);
  const Array expected = predictor.predict(x);
  std::vector<float> out(30);
  predictor.predict_into(Data(x), out);
  EXPECT_EQ(max_abs_difference(Array::copy_of(out).reshaped({10, 3}), expected), 0.0);
  std::vector<float> again(30);
  predictor.predict_into(x.data<float>(), again);
  EXPECT_EQ(out, again);
  std::vector<float> few(29);
  EXPECT_THROW(predictor.predict_into(Data(x), few), ShapeError);
  EXPECT_THROW(predictor.predict_into(std::span<const float>(out).first(7), again), ShapeError);
  const Predictor two = two_headed(session).freeze();
  EXPECT_THROW(two.predict_into(Data({noise({7, 3}, 1), Array::zeros({7, 2}, int32)}), out), ValueError);
  EXPECT_THROW(two.predict_into(std::span<const float>(out), again), ValueError);
}

TEST(Predictor, InputsOfOpenSizesAreServedAtAnySize) {
  Session session({.seed = 3});
  struct Case {
    const char* name;
    std::function<Model()> make;
    Shape rest;
  };
  const std::vector<Case> cases{
      {"convolutional",
       [&] {
         return Sequential(session, {layers::Input({-1, -1, 2}), layers::Conv2D(3, 3, {.padding = "same"}),
                                     layers::GlobalAveragePooling2D(), layers::Dense(2)});
       },
       {-1, -1, 2}},
      {"attention",
       [&] {
         const Tensor x = session.input({-1, 4});
         return Model({x}, {layers::MultiHeadAttention(2, 3)({x, x}, {.use_causal_mask = true})});
       },
       {-1, 4}},
  };
  for (const Case& each : cases) {
    Model model = each.make();
    const Predictor predictor = model.freeze();
    for (const std::int64_t size : {5, 9}) {
      Shape shape = each.rest;
      for (std::size_t axis = 0; axis < shape.rank(); ++axis)
        if (shape.dims()[axis] < 0) shape[static_cast<std::int64_t>(axis)] = size;
      shape.insert(0, 3);
      const Array x = noise(shape, 1);
      EXPECT_EQ(max_abs_difference(predictor.predict(x), model.predict(x)), 0.0) << each.name << size;
    }
    EXPECT_THROW(predictor.warm_up({1}), ShapeError) << each.name;
  }
}

TEST(Predictor, AnOpenSizeThatALayerNeedsIsRefusedAtOnce) {
  Session session({.seed = 3});
  Sequential model(session, {layers::Input({-1, 4}), layers::LSTM(5, {.name = "reader"}), layers::Dense(2)});
  EXPECT_THROW(model.freeze(), ShapeError);
  const std::string text = message_of([&] { model.freeze(); });
  EXPECT_NE(text.find("reader"), std::string::npos) << text;
  EXPECT_NO_THROW(model.predict(noise({2, 3, 4}, 1)));
}

TEST(Predictor, MasksOfAnEmbeddingGoOn) {
  Session session({.seed = 3});
  Sequential model(session, {layers::Input({6}, {.dtype = int32}), layers::Embedding(9, 4, {.mask_zero = true}),
                             layers::GRU(5), layers::Dense(2)});
  const Array x = Array::copy_of<std::int32_t>({1, 2, 0, 0, 0, 0, 3, 4, 5, 6, 7, 8}).reshaped({2, 6});
  EXPECT_EQ(max_abs_difference(model.freeze().predict(x), model.predict(x)), 0.0);
}

TEST(Predictor, WhatChangesWhenItPredictsIsNotFrozen) {
  Session session({.seed = 3});
  Sequential model(session, {layers::Input({4, 2}, {.batch_size = 2}), layers::LSTM(3, {.stateful = true})});
  EXPECT_THROW(model.freeze(), StatefulError);
  const std::string text = message_of([&] { model.freeze(); });
  EXPECT_NE(text.find("lstm"), std::string::npos) << text;
  EXPECT_NE(text.find("StreamState"), std::string::npos) << text;
  EXPECT_NO_THROW(model.predict(noise({2, 4, 2}, 1))) << "the model goes on";
}

TEST(Predictor, NeedsAModelWithWeightsAndSensibleOptions) {
  Session session({.seed = 3});
  Sequential open(session, {layers::Dense(3)});
  EXPECT_THROW(open.freeze(), NotBuiltError);
  open.predict(noise({2, 4}, 1));
  EXPECT_NO_THROW(open.freeze());
  const Model model = trained(session);
  EXPECT_THROW(model.freeze({.batch_size = 0}), ValueError);
  EXPECT_THROW(model.freeze({.max_workspaces = -1}), ValueError);
  EXPECT_THROW(model.freeze({.threads = 0}), ValueError);
  EXPECT_THROW(model.freeze({.max_plans = 0}), ValueError);
  EXPECT_THROW(Predictor().predict(noise({2, 6}, 1)), ValueError);
  const Predictor predictor = model.freeze({.max_plans = 2});
  EXPECT_THROW(predictor.warm_up({33}), ValueError);
  EXPECT_THROW(predictor.warm_up({0}), ValueError);
  EXPECT_THROW(predictor.warm_up({1, 2, 3}), ValueError);
}

TEST(PredictorMemory, IsItsOwnAndGoesWithTheLastCopy) {
  const std::int64_t budget_before = process_memory_budget().count;
  Session session({.seed = 3});
  const Model model = trained(session, 500);
  std::optional<Predictor> predictor = model.freeze();
  const MemoryReport report = predictor->memory();
  const std::int64_t parameters = (6 * 500 + 500 + 4 * 500 + 500 * 3 + 3) * 4;  // no optimizer, no seeds
  EXPECT_EQ(report.by_category.at(MemoryCategory::parameters), parameters) << report;
  EXPECT_EQ(report.by_category.at(MemoryCategory::layer_state), 0);
  EXPECT_EQ(report.by_category.at(MemoryCategory::optimizer_state), 0);
  EXPECT_NE(report.owners.front().owner.find("kernel"), std::string::npos) << report;
  predictor->predict(noise({8, 6}, 1));
  EXPECT_GT(predictor->memory().by_category.at(MemoryCategory::activations), 0) << predictor->memory();
  EXPECT_EQ(process_memory_budget().count, budget_before);
}

TEST(PredictorMemory, PlansAreBoundedAndMadeAheadIfAsked) {
  Session session({.seed = 3});
  const Predictor predictor = trained(session).freeze({.max_workspaces = 2, .max_plans = 3});
  predictor.warm_up({1, 32});
  EXPECT_EQ(predictor.stats().workspaces, 2);
  EXPECT_EQ(predictor.stats().plans, 4);
  const std::int64_t warm = predictor.memory().current_bytes;
  predictor.predict(noise({1, 6}, 1));
  predictor.predict(noise({32, 6}, 1));
  predictor.predict(noise({33, 6}, 1));
  EXPECT_EQ(predictor.memory().current_bytes, warm);
  EXPECT_EQ(predictor.stats().plans_made, 4);
  for (std::int64_t rows = 1; rows <= 32; ++rows) predictor.predict(noise({rows, 6}, 1));
  EXPECT_LE(predictor.stats().plans, 6);
  EXPECT_LE(predictor.memory().current_bytes, warm + warm / 2);
  std::ostringstream text;
  text << predictor.stats();
  EXPECT_NE(text.str().find("2 workspaces"), std::string::npos) << text.str();
}

TEST(PredictorMemory, OverItsBudgetItSaysWhichBatchWouldFit) {
  Session session({.seed = 3});
  Sequential model(session, {layers::Input({64}), layers::Dense(512, {.activation = "gelu"}),
                             layers::Dense(512, {.activation = "gelu"}), layers::Dense(8)});
  EXPECT_THROW(model.freeze({.memory_budget = KiB(100)}), OutOfMemoryError);
  const Predictor predictor = model.freeze({.batch_size = 4096, .max_workspaces = 1, .memory_budget = MiB(3)});
  const Array x = noise({4096, 64}, 1);
  const std::string text = message_of([&] { predictor.predict(x); });
  EXPECT_NE(text.find("predictor's memory budget"), std::string::npos) << text;
  const std::size_t at = text.find("A batch of ");
  ASSERT_NE(at, std::string::npos) << text;
  const std::int64_t rows = std::stoll(text.substr(at + 11));
  EXPECT_GT(rows, 32);
  EXPECT_LT(rows, 4096);
  EXPECT_NO_THROW(predictor.predict(x.rows(0, rows))) << text;
  EXPECT_THROW(predictor.predict(x.rows(0, rows + 64)), OutOfMemoryError) << "it is the largest, or nearly so";
  EXPECT_NO_THROW(predictor.predict(x.rows(0, rows)));
}

}  // namespace
