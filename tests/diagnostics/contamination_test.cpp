// What contamination() finds, and that it leaves everything as it was.
#include "keratin/diagnostics/contamination.h"

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/diagnostics/contamination_monitor.h"
#include "keratin/layers/core.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/recurrent.h"
#include "keratin/layers/regularization.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;
using diagnostics::contamination;
using diagnostics::ContaminationReport;

const Array x = wave({8, 3, 2}, 1);
const Array y = wave({8, 1}, 2);

Model lstm(Session& session) {
  Sequential model(session, {layers::Input({3, 2}, {.batch_size = 2}),
                             layers::LSTM(4, {.return_sequences = true, .stateful = true, .name = "first"}),
                             layers::GRU(3, {.stateful = true, .name = "second"}), layers::Dense(1)});
  start(model);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  return model;
}

/// Subtracts the mean of the batch's rows: in inference too.
class Centred : public Layer {
 public:
  using Layer::call;
  Tensor call(const Tensor& input, const CallContext&) override { return input - ops::mean(input, 0); }
};

/// Adds how often it was called, which no reset_states() changes.
class Remembers : public Layer {
 public:
  using Layer::build;
  using Layer::call;
  void build(const Shape&) override { calls_ = add_variable("calls", {}, {.trainable = false}); }
  Tensor call(const Tensor& input, const CallContext&) override {
    const Tensor calls = calls_;
    calls_.assign(calls + 1.0);
    return input + calls;
  }

 private:
  Variable calls_;
};

TEST(Contamination, FindsTheLayersThatCarryStatesAndHowMuchTheyShift) {
  Session session({.seed = 1, .threads = 1});
  const Model model = lstm(session);
  const ContaminationReport report = contamination(model, x);
  ASSERT_EQ(report.layers.size(), 2u);
  EXPECT_EQ(report.layers[0].layer, "first");
  EXPECT_EQ(report.layers[0].class_name, "LSTM");
  EXPECT_EQ(report.layers[0].state_bytes, 2 * 2 * 4 * 4);
  EXPECT_EQ(report.layers[1].state_bytes, 2 * 3 * 4);
  for (const auto& layer : report.layers) {
    EXPECT_TRUE(layer.resettable);
    EXPECT_GT(layer.shift, 0.0);
  }
  ASSERT_EQ(report.batches.size(), 4u);
  EXPECT_EQ(report.batches[0].reset, 0.0);  // nothing came before it
  EXPECT_GT(report.batches[0].exchanged, 0.0);
  for (std::size_t k = 1; k < 4; ++k) EXPECT_GT(report.batches[k].reset, 0.0);
  EXPECT_GT(report.max_shift, 0.0);
  EXPECT_TRUE(report.mixing.empty());
  EXPECT_EQ(report.rows_shift, 0.0);
}

TEST(Contamination, ItsShiftsAreThoseOfPredictions) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  const ContaminationReport report = contamination(model, x);
  model.reset_states();
  const Array kept = model.predict(x);
  for (std::int64_t k = 1; k < 4; ++k) {
    model.reset_states();
    const Array anew = model.predict(x.rows(2 * k, 2 * k + 2));
    EXPECT_NEAR(report.batches[static_cast<std::size_t>(k)].reset,
                max_abs_difference(kept.rows(2 * k, 2 * k + 2), anew), 1e-7);
  }
}

TEST(Contamination, LeavesStatesWeightsMetricsAndTraces) {
  Session session({.seed = 1, .threads = 1});
  Sequential model(session, {layers::Input({3, 2}, {.batch_size = 2}), layers::LSTM(4, {.stateful = true}),
                             layers::BatchNormalization(), layers::Dropout(0.5), layers::Dense(1)});
  start(model);
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  model.fit(x, y, {.verbose = 0, .shuffle = false});
  const NamedArrays states = model.states();
  const std::vector<Array> weights = model.get_weights();
  const FunctionStats predictions = model.predict_stats();
  const std::int64_t bytes = session.memory().current_bytes;
  const GraphStats graph = session.graph();
  contamination(model, x);
  for (const auto& [name, state] : states) EXPECT_EQ(max_abs_difference(model.states().at(name), state), 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i)
    EXPECT_EQ(max_abs_difference(model.get_weights()[i], weights[i]), 0.0);
  EXPECT_EQ(model.predict_stats().calls, predictions.calls);
  EXPECT_EQ(session.memory().current_bytes, bytes);
  EXPECT_EQ(session.graph().functions, graph.functions);
  EXPECT_EQ(session.graph().variables, graph.variables);
  EXPECT_EQ(session.graph().traces, graph.traces);
}

TEST(Contamination, FindsNothingInAModelWithoutStates) {
  Session session({.seed = 1, .threads = 1});
  Sequential model(session, {layers::Input({3, 2}), layers::GRU(4), layers::Dropout(0.5), layers::Dense(1)});
  start(model);
  const ContaminationReport report = contamination(model, x, {.batch_size = 4});
  EXPECT_TRUE(report.layers.empty());
  EXPECT_EQ(report.max_shift, 0.0);
  EXPECT_TRUE(report.mixing.empty());
  EXPECT_EQ(report.batches.size(), 2u);
}

TEST(Contamination, FindsWhatMixesRows) {
  Session session({.seed = 1, .threads = 1});
  Sequential model(session, {layers::Input({3, 2}), layers::GRU(4), layers::BatchNormalization({.name = "norm"}),
                             layers::Dense(3), Centred(), layers::LayerNormalization()});
  start(model);
  const ContaminationReport report = contamination(model, x, {.batch_size = 4});
  ASSERT_EQ(report.mixing.size(), 2u);
  EXPECT_EQ(report.mixing[0].layer, "norm");
  EXPECT_TRUE(report.mixing[0].training);
  EXPECT_EQ(report.mixing[1].class_name, "Centred");
  EXPECT_FALSE(report.mixing[1].training);
  EXPECT_GT(report.rows_shift, 0.0);
  EXPECT_GT(report.rows_shift_in_training, 0.0);
}

TEST(Contamination, FindsAnOperationBetweenLayersThatMixesRows) {
  Session session({.seed = 1, .threads = 1});
  const Tensor in = session.input({3});
  const Tensor hidden = layers::Dense(4)(in);
  Model model(in, layers::Dense(1)(hidden - ops::mean(hidden, 0)));
  start(model);
  const ContaminationReport report = contamination(model, wave({8, 3}, 1), {.batch_size = 4});
  EXPECT_TRUE(report.mixing.empty());
  EXPECT_GT(report.rows_shift, 0.0);
  std::ostringstream text;
  text << report;
  EXPECT_NE(text.str().find("an operation between layers mixes the rows"), std::string::npos) << text.str();
}

TEST(Contamination, FindsVariablesThatNoResetChanges) {
  Session session({.seed = 1, .threads = 1});
  const Sequential model(session, {layers::Input({2}), Remembers()});
  const ContaminationReport report = contamination(model, wave({8, 2}, 1), {.batch_size = 4});
  ASSERT_EQ(report.layers.size(), 1u);
  EXPECT_EQ(report.layers[0].class_name, "Remembers");
  EXPECT_FALSE(report.layers[0].resettable);
  EXPECT_DOUBLE_EQ(report.max_shift, 1.0);
}

TEST(Contamination, OneBatchIsRunTwiceAndOneRowHasNoNeighbours) {
  Session session({.seed = 1, .threads = 1});
  Sequential model(session, {layers::Input({3, 2}, {.batch_size = 1}), layers::LSTM(4, {.stateful = true})});
  start(model);
  const ContaminationReport report = contamination(model, x.rows(0, 1));
  EXPECT_EQ(report.batches.size(), 2u);
  EXPECT_GT(report.max_shift, 0.0);
  std::ostringstream text;
  text << report;
  EXPECT_NE(text.str().find("does not show with one row"), std::string::npos) << text.str();
}

TEST(Contamination, PrintsWhatItFound) {
  Session session({.seed = 1, .threads = 1});
  const Model model = lstm(session);
  std::ostringstream text;
  text << contamination(model, x, {.batches = 2});
  for (const std::string part : {"2 batches of 2 rows", "first (LSTM) carries 64 B from batch to batch",
                                 "with states reset", "no layer mixes the rows"})
    EXPECT_NE(text.str().find(part), std::string::npos) << part << " in " << text.str();
}

TEST(Contamination, RefusesDataThatFillsNoBatch) {
  Session session({.seed = 1, .threads = 1});
  const Model model = lstm(session);
  EXPECT_THROW(contamination(model, x, {.batch_size = 3}), StatefulError);
  EXPECT_THROW(contamination(model, x.rows(0, 1)), StatefulError);
  const Sequential dense(session, {layers::Input({2}), layers::Dense(1)});
  EXPECT_THROW(contamination(dense, wave({4, 2}, 1), {.batch_size = 8}), ValueError);
  EXPECT_THROW(contamination(dense, wave({4, 2}, 1), {.batch_size = 0}), ValueError);
}

// The monitor.

diagnostics::CarriedStates watched(std::optional<ResetStates> reset, const Array& ids, bool given_to_fit = true) {
  Session session({.seed = 1, .threads = 1});
  Model model = lstm(session);
  diagnostics::ContaminationMonitor monitor({.sequence_ids = ids, .log = false});
  model.fit(x, y,
            {.epochs = 2,
             .verbose = 0,
             .callbacks = {borrow(monitor)},
             .shuffle = false,
             .reset_states = reset,
             .sequence_ids = given_to_fit ? ids : Array()});
  return monitor.seen();
}

TEST(ContaminationMonitor, CountsWhatIsCarried) {
  const diagnostics::CarriedStates kept = watched(ResetStates::manual, {});
  EXPECT_EQ(kept.layers, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(kept.batches, 8);
  EXPECT_EQ(kept.carried_batches, 6);
  EXPECT_EQ(kept.carried_epochs, 1);
  EXPECT_FALSE(kept.carried_into_fit);
  EXPECT_GT(kept.largest_state, 0.0);
  const diagnostics::CarriedStates each_epoch = watched(ResetStates::each_epoch, {});
  EXPECT_EQ(each_epoch.carried_epochs, 0);
  EXPECT_EQ(each_epoch.carried_batches, 6);
}

TEST(ContaminationMonitor, CountsSequencesThatStatesOutlive) {
  const Array ids = Array::copy_of(std::vector<std::int64_t>{1, 5, 1, 6, 2, 6, 2, 6});
  EXPECT_EQ(watched(ResetStates::each_sequence, ids).carried_rows, 0);
  // Two sequences end inside of an epoch, and two rows begin the second one with the first one's states.
  EXPECT_EQ(watched(ResetStates::manual, ids, false).carried_rows, 2 * 2 + 2);
}

TEST(ContaminationMonitor, FindsTheRowsOfEpochsThatGoOnAndOfExecutions) {
  // Rows in pairs: a sequence ends in the middle of the data, and one at its end.
  const Array ids = Array::copy_of(std::vector<std::int64_t>{1, 5, 1, 5, 2, 5, 2, 5});
  const auto carried = [&](std::int64_t steps, std::int64_t per_execution) {
    Session session({.seed = 1, .threads = 1});
    Model model = lstm(session);
    model.compile({.optimizer = "sgd", .loss = "mse", .steps_per_execution = per_execution});
    diagnostics::ContaminationMonitor monitor({.sequence_ids = ids, .log = false});
    model.fit(x, y,
              {.epochs = 2,
               .verbose = 0,
               .callbacks = {borrow(monitor)},
               .shuffle = false,
               .steps_per_epoch = steps,
               .reset_states = ResetStates::manual});
    return monitor.seen().carried_rows;
  };
  EXPECT_EQ(carried(0, 1), 1 + 2 + 1) << "within each epoch, and both rows where the data begins anew";
  EXPECT_EQ(carried(2, 1), 1) << "the second epoch goes on in the data";
  EXPECT_EQ(carried(3, 1), 1) << "its one batch is the data's last";
  EXPECT_EQ(carried(0, 2), 1 + 2 + 1) << "executions begin with the batches 0 and 2";
}

TEST(ContaminationMonitor, NamesWhatMixesRowsInTraining) {
  Session session({.seed = 1, .threads = 1});
  Sequential model(session, {layers::Input({2}), layers::BatchNormalization({.name = "norm"}), layers::Dense(1)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  diagnostics::ContaminationMonitor monitor;
  model.fit(wave({8, 2}, 1), y, {.batch_size = 4, .verbose = 0, .callbacks = {borrow(monitor)}});
  EXPECT_EQ(monitor.seen().mixing, std::vector<std::string>{"norm"});
  EXPECT_TRUE(monitor.seen().layers.empty());
  std::ostringstream text;
  text << monitor.seen();
  EXPECT_NE(text.str().find("2 batches, no layer keeps states"), std::string::npos) << text.str();
}

}  // namespace
