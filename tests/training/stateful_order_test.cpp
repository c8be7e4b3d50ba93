// Datasets that mix their elements, in front of stateful layers: refused wherever the pipeline says so.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/data/utils.h"
#include "keratin/layers/recurrent.h"
#include "keratin/training/model_config.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

constexpr std::int64_t batch = 2;
const Array x = wave({8, 3, 2}, 1);
const Array y = wave({8, 1}, 2);

Model lstm(Session& session) {
  Sequential model(session, {layers::Input({3, 2}, {.batch_size = batch}),
                             layers::LSTM(3, {.stateful = true, .name = "lstm"}), layers::Dense(1)});
  start(model);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  return model;
}

const Dataset rows = Dataset::from_arrays(x, y);

struct Mixed {
  std::string name;
  std::function<Dataset()> make;
};

const std::vector<Mixed> mixed = {
    {"rows", [] { return rows.shuffle(8).batch(batch); }},
    {"batches", [] { return rows.batch(batch).shuffle(4); }},
    {"map_before_and_after",
     [] {
       const auto same = [](Batch element) { return element; };
       return rows.map(same).shuffle(8).map(same).batch(batch).map(same);
     }},
    {"all_the_rest",
     [] {
       return rows.shuffle(8)
           .filter([](const Batch&) { return true; })
           .skip(1)
           .take(7)
           .repeat(2)
           .batch(batch)
           .unbatch()
           .batch(batch)
           .prefetch(2);
     }},
    {"cache", [] { return rows.shuffle(8, {.reshuffle_each_iteration = false}).batch(batch).cache(); }},
    {"second_of_two", [] { return rows.concatenate(rows.shuffle(8)).batch(batch); }},
    {"targets", [] { return Dataset::zip(Dataset::from_arrays(x), Dataset::from_arrays(y).shuffle(8)).batch(batch); }},
    {"timeseries",
     [] {
       return utils::timeseries_dataset_from_array(wave({12, 2}, 1), wave({12, 1}, 2), 3,
                                                   {.batch_size = batch, .shuffle = true});
     }},
    {"split", [] { return utils::split_dataset(rows, {.left_size = 4, .shuffle = true}).first.batch(batch); }},
    {"split_of_mixed", [] { return utils::split_dataset(rows.shuffle(8), {.left_size = 4}).first.batch(batch); }},
};

class MixedData : public testing::TestWithParam<Mixed> {};
INSTANTIATE_TEST_SUITE_P(Pipelines, MixedData, testing::ValuesIn(mixed),
                         [](const auto& each) { return each.param.name; });

void expect_refused(const std::function<void()>& call, const std::string& data) {
  try {
    call();
    ADD_FAILURE() << "not refused: " << data;
  } catch (const StatefulError& error) {
    for (const std::string& part : {std::string("LSTM 'lstm'"), std::string("batch size 2"), data,
                                    std::string("Dataset::shuffle"), std::string("kt::stateless_copy(model)")})
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST_P(MixedData, IsRefusedBeforeAnythingRuns) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const Dataset data = GetParam().make();
  expect_refused([&] { model.fit(data, {.verbose = 0}); }, "the Dataset of fit");
  expect_refused([&] { model.evaluate(data, {.verbose = 0}); }, "the Dataset of evaluate");
  expect_refused([&] { model.predict(data); }, "the Dataset of predict");
  const Dataset in_order = rows.batch(batch);
  expect_refused([&] { model.fit(in_order, {.verbose = 0, .validation_data = data}); },
                 "the validation's Dataset of fit");
  expect_refused([&] { model.fit(x, y, {.verbose = 0, .validation_data = data, .shuffle = false}); },
                 "the validation's Dataset of fit");
  EXPECT_EQ(model.optimizer()->iterations().value().item<std::int64_t>(), 0);
  EXPECT_EQ(model.states().at("lstm/state_0").shape(), (Shape{batch, 3}));
  EXPECT_EQ(max_abs_difference(model.states().at("lstm/state_0"), Array::zeros({batch, 3})), 0.0);
}

TEST_P(MixedData, TrainsAModelWithoutStates) {
  Session session({.seed = 1, .threads = 1});
  Model model = stateless_copy(lstm(session));
  model.compile({.optimizer = "sgd", .loss = "mse"});
  EXPECT_NO_THROW(model.fit(GetParam().make(), {.verbose = 0}));
}

TEST(OrderedData, IsTaken) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const auto taken = [&](const Dataset& data) {
    EXPECT_NO_THROW(model.fit(data, {.verbose = 0, .reset_states = ResetStates::each_epoch}));
  };
  taken(rows.batch(batch));
  taken(rows.shuffle(1).batch(batch));  // a buffer of one element leaves the order
  taken(rows.map([](Batch element) { return element; }).batch(batch).cache().prefetch(2));
  taken(utils::split_dataset(rows, {.left_size = 4}).first.batch(batch));
}

TEST(OrderedData, WhatASplitMixedHasTheSameElements) {
  const auto [left, right] = utils::split_dataset(rows.shuffle(8), {.left_size = 3});
  EXPECT_EQ(left.cardinality(), 3);
  EXPECT_EQ(right.cardinality(), 5);
  std::int64_t count = 0;
  for (const Batch& each : left.skip(1)) count += each.x[0].shape() == Shape{3, 2} ? 1 : 0;
  EXPECT_EQ(count, 2);
}

}  // namespace
