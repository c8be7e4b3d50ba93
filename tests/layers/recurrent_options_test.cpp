// What recurrent layers do beyond single values: dropout, states, shapes, cells of the user's, errors.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/constraints/constraint.h"
#include "keratin/core/error.h"
#include "keratin/layers/conv_lstm.h"
#include "keratin/layers/core.h"
#include "keratin/layers/recurrent.h"
#include "keratin/layers/wrappers.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/operators.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/training/model.h"
#include "layers/live.h"

namespace {

using namespace keratin;
using test::expect_close;
using test::Live;
using test::wave;

Array identity(std::int64_t n) {
  Array array = Array::zeros({n, n});
  for (std::int64_t i = 0; i < n; ++i) array.mutable_data<float>()[static_cast<std::size_t>(i * n + i)] = 1.0f;
  return array;
}

template <class E, class F>
void expect_error(F f, const std::vector<std::string>& parts) {
  try {
    f();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const E& error) {
    for (const std::string& part : parts)
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << part << "\nin " << error.what();
  }
}

// Dropout: with kernels that are the identity, or 0, the outputs are the masks.

constexpr std::int64_t width = 400;

Live<layers::SimpleRNN> linear_rnn(layers::SimpleRNNOptions options) {
  options.activation = "linear";
  options.use_bias = false;
  options.return_sequences = true;
  return Live<layers::SimpleRNN>(layers::SimpleRNN(width, std::move(options)));
}

template <class T>
void set_identity(Live<T>& live, bool of_inputs) {
  const Shape input{2, 3, width};
  live.layer->ensure_built(std::span(&input, 1));
  const Array zeros = Array::zeros({width, width});
  live.layer->set_weights({of_inputs ? identity(width) : zeros, of_inputs ? zeros : identity(width)});
}

float at(const Array& y, std::int64_t row, std::int64_t step, std::int64_t i) {
  return y.data<float>()[static_cast<std::size_t>((row * 3 + step) * width + i)];
}

TEST(RecurrentDropout, IsDrawnOnceForAllStepsOfABatch) {
  Live<layers::SimpleRNN> live = linear_rnn({.dropout = 0.25});
  set_identity(live, true);
  const Array ones = Array::ones({2, 3, width});
  expect_close(live(ones), ones);  // not in inference
  const Array first = live(ones, true);
  const Array second = live(ones, true);
  int dropped = 0;
  int differ = 0;
  for (std::int64_t i = 0; i < width; ++i) {
    EXPECT_TRUE(at(first, 0, 0, i) == 0.0f || std::abs(at(first, 0, 0, i) - 4.0f / 3.0f) < 1e-6f);
    for (std::int64_t step = 1; step < 3; ++step) EXPECT_EQ(at(first, 0, step, i), at(first, 0, 0, i));
    dropped += at(first, 0, 0, i) == 0.0f ? 1 : 0;
    differ += at(first, 0, 0, i) != at(first, 1, 0, i) || at(first, 0, 0, i) != at(second, 0, 0, i) ? 1 : 0;
  }
  EXPECT_NEAR(dropped, 100, 45);  // five deviations
  EXPECT_GT(differ, 100);
}

TEST(RecurrentDropout, OfStatesIsTheSameInAllSteps) {
  Live<layers::SimpleRNN> live = linear_rnn({.recurrent_dropout = 0.5});
  set_identity(live, false);
  const auto function = live.session.function([&](const Tensor& x, const Tensor& h) {
    return live.layer(x, {.training = true, .initial_state = {h}});
  });
  const Array y = function(Array::ones({2, 3, width}), Array::ones({2, width}));
  int dropped = 0;
  for (std::int64_t i = 0; i < width; ++i) {
    dropped += at(y, 0, 0, i) == 0.0f ? 1 : 0;
    for (std::int64_t step = 0; step < 3; ++step)
      EXPECT_FLOAT_EQ(at(y, 0, step, i), at(y, 0, 0, i) == 0.0f ? 0.0f : std::pow(2.0f, static_cast<float>(step + 1)));
  }
  EXPECT_NEAR(dropped, 200, 50);
}

template <class T, class Options>
void expect_same_step_by_step(Options options) {
  options.return_sequences = true;
  Options stepwise = options;
  stepwise.unroll = true;
  Live<T> all{T(3, options)};
  Live<T> each{T(3, stepwise)};
  const Array x = wave({2, 4, 3});
  all(x);
  each(x);
  each.layer->set_weights(all.layer->get_weights());
  for (int i = 0; i < 2; ++i) expect_close(all(x, true), each(x, true), 2e-6);
}

TEST(RecurrentDropout, IsTheSameAllAtOnceAndStepByStep) {
  expect_same_step_by_step<layers::LSTM>(layers::LSTMOptions{.dropout = 0.5, .seed = 3});
  expect_same_step_by_step<layers::GRU>(layers::GRUOptions{.dropout = 0.5, .seed = 3});
  expect_same_step_by_step<layers::SimpleRNN>(layers::SimpleRNNOptions{.dropout = 0.5, .seed = 3});
  expect_same_step_by_step<layers::LSTM>(layers::LSTMOptions{.dropout = 0.25, .recurrent_dropout = 0.5, .seed = 3});
  expect_same_step_by_step<layers::GRU>(layers::GRUOptions{.dropout = 0.25, .recurrent_dropout = 0.5, .seed = 3});
  expect_same_step_by_step<layers::GRU>(layers::GRUOptions{.recurrent_dropout = 0.5, .seed = 3, .reset_after = false});
  expect_same_step_by_step<layers::SimpleRNN>(layers::SimpleRNNOptions{.recurrent_dropout = 0.5, .seed = 3});
}

TEST(RecurrentDropout, ReachesEveryCellAndStaysOutOfInference) {
  const auto check = [](auto spec, const Shape& input) {
    Live live{std::move(spec)};
    const Array x = wave(input);
    const Array quiet = live(x);
    expect_close(live(x), quiet);
    EXPECT_FALSE(all_close(live(x, true), quiet, 1e-4, 1e-4));
    EXPECT_FALSE(all_close(live(x, true), live(x, true), 1e-4, 1e-4));
  };
  check(layers::LSTM(4, {.dropout = 0.5, .recurrent_dropout = 0.5}), {2, 4, 3});
  check(layers::GRU(4, {.recurrent_dropout = 0.5}), {2, 4, 3});
  check(layers::GRU(4, {.recurrent_dropout = 0.5, .reset_after = false}), {2, 4, 3});
  check(layers::RNN({layers::LSTMCell(3), layers::GRUCell(4, {.dropout = 0.5})}), {2, 4, 3});
  check(layers::ConvLSTM1D(2, 2, {.dropout = 0.5}), {2, 3, 5, 2});
  check(layers::ConvLSTM1D(2, 2, {.recurrent_dropout = 0.5}), {2, 3, 5, 2});
}

// States.

TEST(StatefulRnn, KeepsItsStatesUntilTheyAreReset) {
  Session session{{.seed = 1, .threads = 1}};
  const Tensor x = session.input({4, 3}, {.batch_size = 2});
  const Tensor y = layers::LSTM(3, {.stateful = true, .name = "lstm"})(x);
  Model model(x, y);
  const Array data = wave({2, 4, 3});
  const Array first = model.predict(data, {.batch_size = 2});
  EXPECT_FALSE(all_close(model.predict(data, {.batch_size = 2}), first, 1e-3, 1e-3));
  model.reset_states();
  expect_close(model.predict(data, {.batch_size = 2}), first);
}

TEST(StatefulRnn, NeedsABatchSizeThatItKnows) {
  Session session;
  expect_error<ValueError>(
      [&] { layers::LSTM(3, {.stateful = true, .name = "lstm"})(session.input({4, 3})); },
      {"LSTM 'lstm'", "batch_size", "(None, 4, 3)"});
}

TEST(StatefulRnn, RefusesABatchThatDoesNotFit) {
  Live<layers::GRU> live{layers::GRU(3, {.stateful = true})};
  const Shape input{4, 2, 3};
  live.layer->ensure_built(std::span(&input, 1));
  expect_error<StatefulError>([&] { live(wave({3, 2, 3})); }, {"4 rows", "batch 3", "drop or pad", "leave out stateful"});
  expect_error<StatefulError>([&] { live(wave({1, 2, 3})); }, {"4 rows", "batch 1"});
}

// Shapes.

TEST(Recurrent, ShapesOfSequencesWhoseLengthIsNotKnown) {
  Session session;
  const Tensor x = session.input({-1, 3});
  const auto shape = [&](auto layer) { return std::move(layer)(x).shape(); };
  EXPECT_EQ(shape(layers::LSTM(4)), (Shape{-1, 4}));
  EXPECT_EQ(shape(layers::LSTM(4, {.return_sequences = true, .go_backwards = true})), (Shape{-1, -1, 4}));
  EXPECT_EQ(shape(layers::RNN({layers::LSTMCell(4), layers::GRUCell(5)}, {.return_sequences = true})),
            (Shape{-1, -1, 5}));
  EXPECT_EQ(shape(layers::Bidirectional(layers::GRU(4, {.return_sequences = true}))), (Shape{-1, -1, 8}));
  EXPECT_EQ(shape(layers::TimeDistributed(layers::Dense(2))), (Shape{-1, -1, 2}));
}

TEST(Recurrent, AModelTakesSequencesOfAnyLength) {
  Session session{{.seed = 1, .threads = 1}};
  const Tensor x = session.input({-1, 3});
  const Tensor y = layers::TimeDistributed(layers::Dense(2))(
      layers::Bidirectional(layers::LSTM(4, {.return_sequences = true}))(x));
  Model model(x, layers::GRU(3)(y));
  EXPECT_EQ(Array(model.predict(wave({2, 5, 3}))).shape(), (Shape{2, 3}));
  EXPECT_EQ(Array(model.predict(wave({2, 7, 3}))).shape(), (Shape{2, 3}));
}

// A cell of the user's: it adds up, and remembers how much twice over.

class Adding : public layers::RNNCell {
 public:
  explicit Adding(std::int64_t units) : units_(units) {}
  std::vector<std::int64_t> state_size() const override { return {units_, 1}; }
  void build(const Shape& input) override { kernel_ = add_weight("kernel", {input.back(), units_}); }
  layers::CellStep step(const Tensor& input, std::span<const Tensor> states, const CallContext&) override {
    const Tensor sum = states[0] + ops::matmul(input, kernel_);
    return {sum * 2.0, {sum, states[1] + 1.0}};
  }
  Config config() const override { return {{"units", units_}}; }

 private:
  std::int64_t units_;
  Variable kernel_;
};

TEST(RnnOfAUsersCell, RunsStepByStep) {
  Live<layers::RNN> live{layers::RNN(Adding(2), {.return_sequences = true, .return_state = true})};
  const Shape input{1, 3, 2};
  live.layer->ensure_built(std::span(&input, 1));
  live.layer->set_weights({identity(2)});
  const auto function = live.session.function([&](std::span<const Tensor> x) { return live.layer->invoke_all(x); });
  const Array x = test::array_of({1, 2, 3, 4, 5, 6}, input);
  const std::vector<Array> results = function.call(std::span<const Array>(&x, 1));
  ASSERT_EQ(results.size(), 3U);
  expect_close(results[0], {2, 4, 8, 12, 18, 24});
  expect_close(results[1], {9, 12});
  expect_close(results[2], {3});
}

TEST(RnnOfAUsersCell, StandsInAStack) {
  Live<layers::RNN> live{layers::RNN({Adding(2), layers::GRUCell(3), Adding(4)})};
  EXPECT_EQ(live(wave({2, 3, 5})).shape(), (Shape{2, 4}));
  EXPECT_EQ(live.layer->cell().state_size(), (std::vector<std::int64_t>{2, 1, 3, 4, 1}));
}

TEST(RnnCell, IsCalledAlone) {
  Live<layers::LSTMCell> cell{layers::LSTMCell(3)};
  const auto function = cell.session.function(
      [&](std::span<const Tensor> x) { return cell.layer->invoke_all(x, {.training = true}); });
  const std::vector<Array> inputs{wave({2, 4}), wave({2, 3}), wave({2, 3})};
  const std::vector<Array> results = function.call(inputs);
  ASSERT_EQ(results.size(), 3U);
  expect_close(results[0], results[1]);
  expect_error<ValueError>([&] { function.call(std::span(inputs).first(2)); }, {"2 states", "2 tensors"});
}

// Options.

TEST(Recurrent, WeightsHaveTheirPenaltiesAndConstraints) {
  Live<layers::LSTM> live{layers::LSTM(3, {.kernel_regularizer = "l2",
                                           .recurrent_regularizer = "l1",
                                           .bias_regularizer = "l2",
                                           .kernel_constraint = "non_neg"})};
  live(wave({2, 3, 4}));
  EXPECT_EQ(live.layer->constraints().size(), 1U);
  const auto penalties = live.session.function([&](const Tensor&) { return live.layer->regularization_losses(); });
  const Array x = wave({1});
  EXPECT_EQ(penalties.call(std::span<const Array>(&x, 1)).size(), 3U);
}

TEST(Recurrent, TheForgetGateStartsOpen) {
  Live<layers::LSTM> live{layers::LSTM(2)};
  live(wave({1, 2, 3}));
  expect_close(live.layer->get_weights()[2], {0, 0, 1, 1, 0, 0, 0, 0});
  Live<layers::LSTM> shut{layers::LSTM(2, {.unit_forget_bias = false})};
  shut(wave({1, 2, 3}));
  expect_close(shut.layer->get_weights()[2], std::vector<double>(8, 0.0));
}

TEST(Recurrent, AFrozenLayerHasFrozenWeights) {
  Live<layers::Bidirectional> live{layers::Bidirectional(layers::LSTM(2), {.trainable = false})};
  live(wave({1, 2, 3}));
  EXPECT_TRUE(live.layer->trainable_variables().empty());
  EXPECT_EQ(live.layer->weights().size(), 6U);
}

template <class T>
void expect_described(const T& layer) {
  const Config config = layer.config();
  EXPECT_EQ(to_string(ConfigValue(T::from_config(config).config())), to_string(ConfigValue(config)));
}

TEST(Recurrent, DescriptionsGiveTheSameLayer) {
  expect_described(layers::SimpleRNN(3, {.activation = "relu", .dropout = 0.5, .go_backwards = true}));
  expect_described(layers::LSTM(3, {.unit_forget_bias = false, .recurrent_dropout = 0.25, .seed = 4, .stateful = true}));
  expect_described(layers::GRU(3, {.kernel_regularizer = "l2", .reset_after = false, .zero_output_for_mask = true}));
  expect_described(layers::RNN({layers::LSTMCell(3), layers::GRUCell(2)}, {.return_state = true}));
  expect_described(layers::ConvLSTM2D(3, {2, 3}, {.strides = 2, .padding = "same", .data_format = "channels_first"}));
  expect_described(layers::TimeDistributed(layers::Dense(3)));
}

TEST(Recurrent, ComputesInOtherDtypes) {
  const auto run = [](const char* policy, auto spec) {
    Live live{std::move(spec)};
    live.layer->take_common({{"dtype", policy}});
    return live(wave({2, 3, 4}));
  };
  const Array reference = run("float32", layers::LSTM(3));
  EXPECT_EQ(run("float64", layers::LSTM(3)).dtype(), float64);
  for (const char* const policy : {"mixed_bfloat16", "mixed_float16"}) {
    const Array y = run(policy, layers::LSTM(3));
    EXPECT_EQ(y.dtype(), std::string(policy) == "mixed_float16" ? float16 : bfloat16);
    expect_close(y.astype(float32), reference, 0.03);
  }
}

// Errors.

TEST(RecurrentErrors, OfOptions) {
  expect_error<ValueError>([] { layers::LSTM(0); }, {"LSTM: `units` must be positive", "units=0"});
  expect_error<ValueError>([] { layers::GRUCell(-1); }, {"GRUCell", "units=-1"});
  expect_error<ValueError>([] { layers::SimpleRNN(2, {.dropout = 1.5}); }, {"SimpleRNN: `dropout`", "1.5"});
  expect_error<ValueError>([] { layers::GRU(2, {.recurrent_dropout = -0.5}); }, {"`recurrent_dropout`"});
  expect_error<ValueError>([] { layers::RNN(layers::Dense(2)); }, {"RNN: `cell`", "Dense"});
  expect_error<ValueError>([] { layers::StackedRNNCells({}); }, {"one cell at least"});
  expect_error<ValueError>([] { layers::ConvLSTM2D(2, 3, {.padding = "causal"}); }, {"ConvLSTM2D: `padding`"});
  expect_error<ValueError>([] { layers::ConvLSTM1D(2, 3, {.strides = 2, .dilation_rate = 2}); }, {"`dilation_rate`"});
}

TEST(RecurrentErrors, OfInputs) {
  Live<layers::LSTM> live{layers::LSTM(2)};
  expect_error<ShapeError>([&] { live(wave({2, 3})); }, {"rank"});
  Live<layers::LSTM> flat{layers::LSTM(2)};
  expect_error<ShapeError>([&] { flat(wave({2, 3, 4, 5})); }, {"(batch, steps, features)"});
  Live<layers::ConvLSTM1D> small{layers::ConvLSTM1D(2, 5)};
  expect_error<ShapeError>([&] { small(wave({2, 3, 4, 2})); }, {"smaller than the kernel"});
  Live<layers::GRU> none{layers::GRU(2)};
  expect_error<ShapeError>([&] { none(Array::zeros({2, 0, 3})); }, {"one step at least"});
}

TEST(RecurrentErrors, OfStatesAndMasks) {
  Live<layers::LSTM> live{layers::LSTM(2)};
  const auto with_states = live.session.function(
      [&](const Tensor& x, const Tensor& h) { return live.layer(x, {.initial_state = {h}}); });
  expect_error<ValueError>([&] { with_states(wave({2, 3, 4}), wave({2, 2})); }, {"2 states", "1 tensors"});
  const auto with_both = live.session.function(
      [&](const Tensor& x, const Tensor& h) { return live.layer(x, {.initial_state = {h, h}}); });
  expect_error<ShapeError>([&] { with_both(wave({2, 3, 4}), wave({2, 3})); }, {"initial state 0", "(None, 2)"});
  expect_error<ShapeError>([&] { with_both(wave({2, 3, 4}), wave({1, 2})); }, {"1 rows", "batch 2"});
  const auto with_mask =
      live.session.function([&](const Tensor& x, const Tensor& mask) { return live.layer(x, {.mask = mask}); });
  expect_error<ShapeError>([&] { with_mask(wave({2, 3, 4}), Array::ones({2, 4}, boolean)); }, {"(batch, steps)"});
}

}  // namespace
