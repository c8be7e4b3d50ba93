// Stateful layers in fit, evaluate and predict: Keras's numbers, and what is refused, reset, said.
#include "training/data/stateful.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/layers/conv_lstm.h"
#include "keratin/layers/recurrent.h"
#include "keratin/layers/reshaping.h"
#include "keratin/layers/wrappers.h"
#include "keratin/training/model_config.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

constexpr std::int64_t batch = 2;
const Array x = wave({6, 3, 2}, 1);
const Array y = wave({6, 1}, 2);
const std::vector<std::int64_t> ids{7, 1, 7, 2, 8, 2};

/// Messages while it lives, instead of on standard error.
class Messages {
 public:
  Messages() {
    log::set_sink([this](log::Level, std::string_view text) { all.emplace_back(text); });
  }
  ~Messages() { log::set_sink({}); }
  std::size_t with(const std::string& part) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [&](const std::string& each) { return each.find(part) != std::string::npos; }));
  }
  std::vector<std::string> all;
};

Model compiled(Model model) {
  start(model);
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
  return model;
}

template <class... L>
Model series(Session& session, L... layer) {
  return Sequential(session, {layers::Input({3, 2}, {.batch_size = batch}), layer..., layers::Dense(1)});
}

template <class L>
Model images(Session& session, const Shape& shape, L layer) {
  return Sequential(session, {layers::Input(shape, {.batch_size = batch}), layer, layers::Flatten(), layers::Dense(1)});
}

Model nested(Session& session) {
  const Sequential inner(session, {layers::Input({3, 2}, {.batch_size = batch}),
                                   layers::GRU(3, {.return_sequences = true, .stateful = true})});
  const Tensor in = session.input({3, 2}, {.batch_size = batch});
  return Model(in, layers::Dense(1)(layers::LSTM(2, {.stateful = true})(inner(in))));
}

Model masked(Session& session) {
  const Tensor in = session.input({3, 2}, {.batch_size = batch});
  return Model(in, layers::Dense(1)(layers::LSTM(3, {.stateful = true})(layers::Masking({.mask_value = 0.0})(in))));
}

Model lstm(Session& session) { return compiled(series(session, layers::LSTM(3, {.stateful = true, .name = "lstm"}))); }

struct Kind {
  std::string name;
  std::function<Model(Session&)> make;
  Shape row = {3, 2};
};

const std::vector<Kind> kinds = {
    {"simple_rnn", [](Session& s) { return series(s, layers::SimpleRNN(3, {.stateful = true})); }},
    {"lstm", [](Session& s) { return series(s, layers::LSTM(3, {.stateful = true})); }},
    {"gru", [](Session& s) { return series(s, layers::GRU(3, {.stateful = true})); }},
    {"stack",
     [](Session& s) {
       return series(s, layers::LSTM(3, {.return_sequences = true, .stateful = true}),
                     layers::GRU(2, {.stateful = true}));
     }},
    {"bidirectional", [](Session& s) { return series(s, layers::Bidirectional(layers::LSTM(2, {.stateful = true}))); }},
    {"rnn", [](Session& s) { return series(s, layers::RNN(layers::GRUCell(3), {.stateful = true})); }},
    {"stacked_cells",
     [](Session& s) {
       return series(s, layers::RNN({layers::LSTMCell(2), layers::GRUCell(3)}, {.stateful = true}));
     }},
    {"conv_lstm_1d",
     [](Session& s) {
       return images(s, {2, 4, 1}, layers::ConvLSTM1D(2, 2, {.stateful = true}));
     },
     {2, 4, 1}},
    {"conv_lstm_2d",
     [](Session& s) {
       return images(s, {2, 3, 3, 1}, layers::ConvLSTM2D(2, 2, {.stateful = true}));
     },
     {2, 3, 3, 1}},
    {"conv_lstm_3d",
     [](Session& s) {
       return images(s, {2, 2, 3, 2, 1}, layers::ConvLSTM3D(1, 2, {.stateful = true}));
     },
     {2, 2, 3, 2, 1}},
    {"nested", nested},
    {"masked", masked}};

Array rows_of(const Kind& kind) {
  Shape shape = kind.row;
  shape.insert(0, 6);
  Array rows = wave(shape, 1);
  if (kind.name != "masked") return rows;
  const std::span<float> numbers = rows.mutable_data<float>();
  const auto step = [&](int row, int at) { std::fill_n(numbers.begin() + (row * 3 + at) * 2, 2, 0.0f); };
  step(1, 2);
  step(2, 0);
  for (int at = 0; at < 3; ++at) step(3, at);
  return rows;
}

class StatefulKind : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Keras, StatefulKind, testing::ValuesIn(kinds),
                         [](const auto& each) { return each.param.name; });

TEST_P(StatefulKind, GivesKerasNumbersOverCallsEpochsAndSequences) {
  const Kind& kind = GetParam();
  Session session({.seed = 1, .threads = 1});
  Model model = compiled(kind.make(session));
  const Array data = rows_of(kind);
  std::vector<double> numbers;
  const auto note = [&](const Array& array) {
    const Array wide = array.astype(float64).contiguous();
    numbers.insert(numbers.end(), wide.data<double>().begin(), wide.data<double>().end());
  };
  const auto fit = [&](FitOptions options) {
    options.batch_size = batch;
    options.verbose = 0;
    options.shuffle = false;
    note(Array::copy_of(model.fit(data, y, options)["loss"]));
  };
  const auto predict = [&] { note(model.predict(data, {.batch_size = batch})); };
  fit({.epochs = 2, .reset_states = ResetStates::manual});
  predict();
  numbers.push_back(model.evaluate(data, y, {.batch_size = batch, .verbose = 0}).at("loss"));
  model.reset_states();
  predict();
  fit({.reset_states = ResetStates::manual});
  numbers.push_back(model.train_on_batch(data.rows(0, 2), y.rows(0, 2)).at("loss"));
  numbers.push_back(model.test_on_batch(data.rows(2, 4), y.rows(2, 4)).at("loss"));
  for (const auto& [name, state] : model.states()) note(state);
  fit({.epochs = 2, .reset_states = ResetStates::each_epoch});
  fit({.epochs = 2, .reset_states = ResetStates::each_sequence, .sequence_ids = Array::copy_of(ids)});
  predict();
  const auto expected = std::ranges::find(keras_stateful, kind.name, [](const auto& each) { return each.first; });
  ASSERT_NE(expected, keras_stateful.end());
  ASSERT_EQ(numbers.size(), expected->second.size());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    EXPECT_NEAR(numbers[i], expected->second[i], 1e-5 + 1e-4 * std::abs(expected->second[i])) << "number " << i;
}

// What is refused, before anything runs.

template <class F>
void expect_refused(Model& model, const F& call, const std::vector<std::string>& parts) {
  const NamedArrays before = model.states();
  const std::vector<Array> weights = model.get_weights();
  try {
    call();
    ADD_FAILURE() << "not refused";
  } catch (const StatefulError& error) {
    for (const std::string& part : parts)
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    EXPECT_EQ(error.layer_path().substr(error.layer_path().size() - 4), "lstm");
  }
  for (const auto& [name, state] : before) EXPECT_EQ(max_abs_difference(model.states().at(name), state), 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i)
    EXPECT_EQ(max_abs_difference(model.get_weights()[i], weights[i]), 0.0);
}

TEST(Stateful, RefusesWhatWouldMixUpItsStates) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  model.predict(x);  // states other than 0
  const Array five = x.rows(0, 5);
  const Array y5 = y.rows(0, 5);
  const auto refused = [&](const auto& call, const std::vector<std::string>& parts) {
    expect_refused(model, call, parts);
  };
  refused([&] { model.fit(x, y, {.verbose = 0}); }, {"LSTM 'lstm'", "batch size 2", "shuffle", ".shuffle = false"});
  refused([&] { model.fit(x, y, {.batch_size = 3, .verbose = 0, .shuffle = false}); },
          {"batch_size=3", ".batch_size = 2", "stateful_copy(model, 3)"});
  refused([&] { model.fit(five, y5, {.verbose = 0, .shuffle = false}); },
          {"last batch of x has 1 row (5 rows in batches of 2)", "Drop 1 row", ".drop_remainder"});
  refused([&] { model.fit(x.rows(0, 1), y.rows(0, 1), {.verbose = 0, .shuffle = false}); },
          {"x has 1 row", "no batch"});
  refused([&] { model.fit(x, y, {.verbose = 0, .validation_split = 0.5, .shuffle = false}); },
          {"last batch of x has 1 row (3 rows"});
  refused(
      [&] {
        model.fit(x.rows(0, 4), y.rows(0, 4), {.verbose = 0, .validation_data = {five, y5}, .shuffle = false});
      },
      {"validation data has 1 row (5 rows"});
  refused(
      [&] {
        model.fit(x, y, {.verbose = 0, .validation_data = {x, y}, .shuffle = false, .validation_batch_size = 3});
      },
      {"batch_size=3"});
  refused([&] { model.evaluate(five, y5, {.verbose = 0}); }, {"5 rows in batches of 2", ".drop_remainder"});
  refused([&] { model.evaluate(x, y, {.batch_size = 6, .verbose = 0}); }, {"batch_size=6"});
  refused([&] { model.predict(five); }, {"5 rows in batches of 2", "rows(0, 4)"});
  refused([&] { model.predict(x, {.batch_size = 3}); }, {"batch_size=3"});
  refused([&] { model.predict(x.rows(0, 1)); }, {"x has 1 row"});
  refused([&] { model.predict_on_batch(five); }, {"x has 5 rows"});
  refused([&] { model.train_on_batch(five, y5); }, {"x has 5 rows"});
  refused([&] { model.test_on_batch(five, y5); }, {"x has 5 rows"});
}

TEST(Stateful, TakesItsOwnBatchSizeWhereNoneIsGiven) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  EXPECT_EQ(model.fit(x, y, {.verbose = 0, .shuffle = false})["loss"].size(), 1u);
  EXPECT_EQ(Array(model.predict(x)).shape(), (Shape{6, 1}));
}

TEST(Stateful, ARestCanBeDroppedAndIsFineWhereItIsNotReached) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const Array x5 = x.rows(0, 5);
  const Array y5 = y.rows(0, 5);
  const History dropped = model.fit(x5, y5,
                                    {.verbose = 0,
                                     .validation_data = {x5, y5},
                                     .shuffle = false,
                                     .reset_states = ResetStates::each_epoch,
                                     .drop_remainder = true});
  start(model);
  const History four = model.fit(x.rows(0, 4), y.rows(0, 4),
                                 {.verbose = 0,
                                  .validation_data = {x.rows(0, 4), y.rows(0, 4)},
                                  .shuffle = false,
                                  .reset_states = ResetStates::each_epoch});
  EXPECT_EQ(dropped["loss"], four["loss"]);
  EXPECT_EQ(dropped["val_loss"], four["val_loss"]);
  EXPECT_NO_THROW(model.fit(x5, y5, {.verbose = 0, .shuffle = false, .steps_per_epoch = 2}));
  EXPECT_NO_THROW(model.predict(x5, {.steps = 2}));
  EXPECT_NO_THROW(model.evaluate(x5, y5, {.verbose = 0, .drop_remainder = true}));
}

TEST(Stateful, AStreamsBatchThatDoesNotFitIsRefusedBeforeItsStep) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const Dataset ragged = Dataset::from_arrays(x.rows(0, 5), y.rows(0, 5)).batch(batch);
  model.fit(ragged.take(2), {.verbose = 0});
  const NamedArrays after_two = model.states();
  start(model);
  model.reset_states();
  for (const std::string call : {"fit", "evaluate", "predict"}) {
    try {
      if (call == "fit") model.fit(ragged, {.verbose = 0});
      if (call == "evaluate") model.evaluate(ragged, {.verbose = 0});
      if (call == "predict") model.predict(ragged);
      ADD_FAILURE() << call;
    } catch (const StatefulError& error) {
      EXPECT_NE(std::string(error.what()).find("Dataset has 1 row"), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("drop_remainder"), std::string::npos) << error.what();
    }
    if (call != "fit") continue;
    for (const auto& [name, state] : after_two) EXPECT_EQ(max_abs_difference(model.states().at(name), state), 0.0);
  }
}

TEST(Stateful, SequenceIdsAreCheckedBeforeAnythingRuns) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const auto fit = [&](std::optional<ResetStates> reset, const Array& given) {
    model.fit(x, y, {.verbose = 0, .shuffle = false, .reset_states = reset, .sequence_ids = given});
  };
  EXPECT_THROW(fit(ResetStates::each_sequence, {}), ValueError);
  EXPECT_THROW(fit(ResetStates::each_epoch, Array::copy_of(ids)), ValueError);
  EXPECT_THROW(fit(ResetStates::each_sequence, Array::copy_of(ids).rows(0, 5)), ValueError);
  EXPECT_THROW(fit(ResetStates::each_sequence, wave({6}, 1)), ValueError);
  EXPECT_EQ(model.optimizer()->iterations().value().item<std::int64_t>(), 0);
}

TEST(Stateful, SequencesOfAStreamEndWhereThoseOfArraysDo) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const auto predicted = [&](const auto& data) {
    model.reset_states();
    return Array(
        model.predict(data, {.reset_states = ResetStates::each_sequence, .sequence_ids = Array::copy_of(ids)}));
  };
  const Array of_arrays = predicted(x);
  EXPECT_EQ(max_abs_difference(of_arrays, predicted(Dataset::from_arrays(x).batch(batch))), 0.0);
  EXPECT_THROW(predicted(Dataset::from_arrays(x).repeat(2).batch(batch)), ValueError);  // more rows than ids
}

// reset_states and states.

TEST(ResetStates, SetsLayersRowsAndValues) {
  Session session({.seed = 1, .threads = 1});
  Model model = compiled(series(session, layers::LSTM(3, {.return_sequences = true, .stateful = true, .name = "a"}),
                                layers::GRU(2, {.stateful = true, .name = "b"})));
  model.predict(x);
  const NamedArrays states = model.states();
  ASSERT_EQ(states.size(), 3u);
  const auto expect_states = [&](const std::function<bool(const std::string&, std::int64_t)>& is_zero) {
    for (const auto& [name, state] : model.states())
      for (std::int64_t row = 0; row < batch; ++row) {
        const Array zeros = Array::zeros({1, state.shape()[1]});
        const Array& wanted = is_zero(name, row) ? zeros : states.at(name).rows(row, row + 1);
        EXPECT_EQ(max_abs_difference(state.rows(row, row + 1), wanted), 0.0) << name << " row " << row;
      }
  };
  model.reset_states({.layers = {"b"}});
  expect_states([](const std::string& name, std::int64_t) { return name == "b/state_0"; });
  model.reset_states({.values = states});
  expect_states([](const std::string&, std::int64_t) { return false; });
  model.reset_states({.rows = {false, true}});
  expect_states([](const std::string&, std::int64_t row) { return row == 1; });
  model.reset_states(
      {.layers = {"a"}, .rows = {false, true}, .values = NamedArrays({{"a/state_1", states.at("a/state_1")}})});
  expect_states([](const std::string& name, std::int64_t row) { return row == 1 && name != "a/state_1"; });
  layers::reset_states(*model.get_layer("a"));
  expect_states([](const std::string& name, std::int64_t row) { return name != "b/state_0" || row == 1; });
  model.reset_states();
  expect_states([](const std::string&, std::int64_t) { return true; });
}

TEST(ResetStates, RefusesWhatDoesNotFitAndSetsNothing) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  model.predict(x);
  const NamedArrays states = model.states();
  EXPECT_THROW(model.reset_states({.layers = {"lstm", "dense"}}), KeyError);
  EXPECT_THROW(model.reset_states({.rows = {true}}), ShapeError);
  EXPECT_THROW(layers::reset_states(*model.get_layer("lstm"), {true, false, true}), ShapeError);
  EXPECT_THROW(model.reset_states({.values = NamedArrays({{"gru/state_0", wave({2, 3}, 1)}})}), KeyError);
  EXPECT_THROW(model.reset_states({.values = NamedArrays({{"lstm/state_0", wave({2, 4}, 1)}})}), ShapeError);
  for (const auto& [name, state] : states) EXPECT_EQ(max_abs_difference(model.states().at(name), state), 0.0);
}

TEST(ResetStates, FindsLayersByThoseAroundThem) {
  Session session({.seed = 1, .threads = 1});
  Model model = compiled(
      series(session, layers::Bidirectional(layers::GRU(2, {.stateful = true, .name = "gru"}), {.name = "both"})));
  model.predict(x);
  ASSERT_EQ(model.states().size(), 2u);
  model.reset_states({.layers = {"both"}});
  for (const auto& [name, state] : model.states())
    EXPECT_EQ(max_abs_difference(state, Array::zeros({batch, 2})), 0.0) << name;
}

// Validation, and runs inside of a fit.

TEST(Stateful, AValidationLeavesTheTrainingsStates) {
  const auto losses = [](bool validates, std::optional<ResetStates> reset) {
    Session session({.seed = 1, .threads = 1});
    Model model = lstm(session);
    FitOptions options{.epochs = 3, .verbose = 0, .shuffle = false, .reset_states = reset};
    if (validates) options.validation_data = {wave({4, 3, 2}, 9), wave({4, 1}, 9)};
    return model.fit(x, y, options)["loss"];
  };
  for (const ResetStates reset : {ResetStates::manual, ResetStates::each_epoch})
    EXPECT_EQ(losses(true, reset), losses(false, reset));
}

/// Evaluates and predicts after each batch.
class Asks : public Callback {
 public:
  void on_train_batch_end(std::int64_t /*batch*/, const Logs& /*logs*/) override {
    const NamedArrays before = model().states();
    model().predict(wave({2, 3, 2}, 5));
    model().predict(Dataset::from_arrays(wave({2, 3, 2}, 5)).batch(2));
    model().predict_on_batch(wave({2, 3, 2}, 5));
    model().evaluate(wave({2, 3, 2}, 5), wave({2, 1}, 5), {.verbose = 0});
    model().test_on_batch(wave({2, 3, 2}, 5), wave({2, 1}, 5));
    for (const auto& [name, state] : before) unchanged &= max_abs_difference(model().states().at(name), state) == 0.0;
  }
  bool unchanged = true;
};

TEST(Stateful, RunsInACallbackLeaveTheTrainingsStates) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  Asks asks;
  model.fit(x, y, {.verbose = 0, .callbacks = {borrow(asks)}, .shuffle = false});
  EXPECT_TRUE(asks.unchanged);
  EXPECT_EQ(session.memory().by_category.at(MemoryCategory::callbacks), 0);
}

TEST(Stateful, AValidationBeginsAtZeroWhereStatesAreReset) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const History history = model.fit(
      x, y, {.verbose = 0, .validation_data = {x, y}, .shuffle = false, .reset_states = ResetStates::each_epoch});
  model.reset_states();
  EXPECT_DOUBLE_EQ(history["val_loss"].back(), model.evaluate(x, y, {.verbose = 0}).at("loss"));
}

TEST(Stateful, AValidationsCopyOfTheStatesIsPlanned) {
  Session session({.seed = 1, .threads = 1});
  Model model = compiled(series(session, layers::LSTM(64, {.stateful = true})));
  const MemoryPlan plan = model.memory_plan({.batch_size = batch, .rows = 6, .validation = true});
  model.fit(x, y, {.verbose = 0, .validation_data = {x, y}, .shuffle = false});
  EXPECT_GE(plan.peak_bytes, session.memory().peak_bytes);
  EXPECT_LE(static_cast<double>(plan.peak_bytes), 1.02 * static_cast<double>(session.memory().peak_bytes));
}

TEST(Stateful, APlanIsForTheModelsOwnBatch) {
  Session session({.seed = 1, .threads = 1});
  Model model = compiled(series(session, layers::LSTM(64, {.stateful = true})));
  EXPECT_EQ(model.memory_plan().peak_bytes, model.memory_plan({.batch_size = batch, .rows = 6}).peak_bytes);
  EXPECT_THROW(model.memory_plan({.batch_size = batch + 1}), StatefulError);
}

// What is said, once.

const std::string of_epochs = "over the end of an epoch";
const std::string into_predict = "from training into predict";

TEST(CarriedStates, AreSaidOnceAtAnEpochsEnd) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const Messages messages;
  model.fit(x, y, {.epochs = 3, .verbose = 0, .shuffle = false});
  model.fit(x, y, {.epochs = 3, .verbose = 0, .shuffle = false});
  EXPECT_EQ(messages.with(of_epochs), 1u);
  EXPECT_EQ(messages.with("LSTM 'lstm'"), 1u);
}

TEST(CarriedStates, AreSaidFromOneFitIntoTheNext) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const Messages messages;
  model.fit(x, y, {.verbose = 0, .shuffle = false});
  EXPECT_EQ(messages.with(of_epochs), 0u);
  model.fit(x, y, {.verbose = 0, .shuffle = false});
  EXPECT_EQ(messages.with(of_epochs), 1u);
}

TEST(CarriedStates, AreSaidOnceFromFitIntoPredict) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const Messages messages;
  model.fit(x, y, {.verbose = 0, .shuffle = false});
  model.predict(x);
  model.predict(x);
  EXPECT_EQ(messages.with(into_predict), 1u);
  model.fit(x, y, {.verbose = 0, .shuffle = false, .reset_states = ResetStates::each_epoch});
  model.evaluate(x, y, {.verbose = 0});
  EXPECT_EQ(messages.with("carries states"), 1u);
}

TEST(CarriedStates, AreSaidOnceForALineThatModelsAreMadeAnewFor) {
  Session session({.seed = 1, .threads = 1});
  const Messages messages;
  for (int round = 0; round < 3; ++round) {
    Model model = lstm(session);
    model.fit(x, y, {.epochs = 2, .verbose = 0, .shuffle = false});
    session.clear();
  }
  EXPECT_EQ(messages.with(of_epochs), 1u);
}

/// Resets in the middle: as the guides of Keras write it.
class ResetsAfterEpochs : public Callback {
 public:
  void on_epoch_end(std::int64_t /*epoch*/, const Logs& /*logs*/) override { model().reset_states(); }
};

TEST(CarriedStates, ADecisionIsEnough) {
  const auto said = [](const std::function<void(Model&)>& run) {
    Session session({.seed = 1, .threads = 1});
    Model model = lstm(session);
    const Messages messages;
    run(model);
    return messages.with("carries states");
  };
  const auto fit = [](Model& model, std::optional<ResetStates> reset, CallbackList callbacks = {}) {
    model.fit(x, y,
              {.epochs = 2, .verbose = 0, .callbacks = std::move(callbacks), .shuffle = false, .reset_states = reset});
  };
  EXPECT_EQ(said([&](Model& model) { fit(model, ResetStates::manual); }), 0u);
  EXPECT_EQ(said([&](Model& model) { fit(model, ResetStates::each_epoch); }), 0u);
  EXPECT_EQ(said([&](Model& model) { fit(model, {}, {ResetsAfterEpochs()}); }), 0u);
  EXPECT_EQ(said([&](Model& model) {
              model.fit(x, y, {.verbose = 0, .shuffle = false});
              model.reset_states();
              model.predict(x);
              model.predict(x);  // a stream that goes on
            }),
            0u);
  EXPECT_EQ(said([&](Model& model) {
              model.fit(x, y, {.verbose = 0, .shuffle = false});
              layers::reset_states(*model.get_layer("lstm"));
              model.predict(x);
            }),
            0u);
  EXPECT_EQ(said([&](Model& model) {
              model.fit(x, y, {.verbose = 0, .shuffle = false});
              model.predict(x, {.reset_states = ResetStates::manual});
            }),
            0u);
}

// The same weights with other batches.

TEST(StatefulCopy, ComputesWhatTheModelDoes) {
  Session session({.seed = 1, .threads = 1});
  for (const Kind& kind : kinds) {
    Model model = compiled(kind.make(session));
    const Array data = rows_of(kind);
    model.fit(data, y, {.verbose = 0, .shuffle = false});
    model.reset_states();
    const Array first = model.predict(data.rows(0, 2));
    Model stateless = stateless_copy(model);
    EXPECT_TRUE(all_close(stateless.predict(data.rows(0, 2)), first, 1e-6, 1e-6)) << kind.name;
    EXPECT_EQ(stateless.states().size(), 0u) << kind.name;
    EXPECT_EQ(Array(stateless.predict(data.rows(0, 5))).shape()[0], 5) << kind.name;
    // Row 0's way alone, with a batch of one row; and back from the model without states.
    const Array second = model.predict(data.rows(2, 4));
    Model single = stateful_copy(model, 1);
    Model again = stateful_copy(stateless, 1);
    for (Model* const each : {&single, &again}) {
      EXPECT_TRUE(all_close(each->predict(data.rows(0, 1)), first.rows(0, 1), 1e-5, 1e-5)) << kind.name;
      EXPECT_TRUE(all_close(each->predict(data.rows(2, 3)), second.rows(0, 1), 1e-5, 1e-5)) << kind.name;
    }
    single.set_weights(model.get_weights());
  }
}

TEST(StatefulCopy, WeightsAreItsOwn) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  Model copy = stateful_copy(model, 3);
  const std::vector<Array> before = copy.get_weights();
  model.fit(x, y, {.verbose = 0, .shuffle = false});
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(max_abs_difference(copy.get_weights()[i], before[i]), 0.0);
  const Sequential dense(session, {layers::Input({2}), layers::Dense(1)});
  EXPECT_THROW(stateful_copy(dense, 2), ValueError);
  EXPECT_THROW(stateful_copy(model, 0), ValueError);
}

}  // namespace
