// States as values: many streams, one model.
#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/conv_lstm.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/recurrent.h"
#include "keratin/layers/reshaping.h"
#include "keratin/layers/wrappers.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/training/model_config.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

Model started(Model model) {
  start(model);
  return model;
}

/// Steps first … last−1 of sequences (rows, steps, …).
Array steps(const Array& x, std::int64_t first, std::int64_t last) {
  std::vector<float> numbers;
  const Array plain = x.contiguous();
  const std::span<const float> all = plain.data<float>();
  const std::int64_t each = x.size() / (x.shape()[0] * x.shape()[1]);
  for (std::int64_t row = 0; row < x.shape()[0]; ++row) {
    const auto begin = all.begin() + (row * x.shape()[1] + first) * each;
    numbers.insert(numbers.end(), begin, begin + (last - first) * each);
  }
  Shape shape = x.shape();
  shape[1] = last - first;
  return Array::copy_of(numbers).reshaped(shape);
}

template <class... L>
Model series(Session& session, std::optional<std::int64_t> batch, L... layer) {
  return started(Sequential(session, {layers::Input({-1, 2}, {.batch_size = batch}), layer...}));
}

/// A sequence in parts with a stream's states gives what the whole sequence gives.
void expect_goes_on(Model model, const Array& x) {
  const Array whole = stateless_copy(model).predict(x);
  const std::int64_t rows = x.shape()[0];
  StreamState state = model.initial_state(rows);
  model.predict(steps(x, 0, 1), state);
  model.predict(steps(x, 1, 3), state);
  const Array last = model.predict(steps(x, 3, x.shape()[1]), state);
  EXPECT_TRUE(all_close(last, whole, 1e-5, 1e-5)) << last << whole;
}

TEST(StreamStates, GoOnWhereTheyWere) {
  Session session({.seed = 1, .threads = 1});
  const Array x = wave({3, 5, 2}, 1);
  for (const bool stateful : {false, true}) {
    const std::optional<std::int64_t> batch = stateful ? std::optional<std::int64_t>(4) : std::nullopt;
    expect_goes_on(series(session, batch, layers::SimpleRNN(3, {.stateful = stateful})), x);
    expect_goes_on(series(session, batch, layers::LSTM(3, {.stateful = stateful}), layers::Dense(2)), x);
    expect_goes_on(series(session, batch, layers::GRU(3, {.stateful = stateful, .reset_after = false})), x);
    expect_goes_on(series(session, batch, layers::LSTM(3, {.return_sequences = true, .stateful = stateful}),
                          layers::GRU(2, {.stateful = stateful})),
                   x);
    expect_goes_on(
        series(session, batch, layers::RNN({layers::LSTMCell(2), layers::GRUCell(3)}, {.stateful = stateful})), x);
    expect_goes_on(started(Sequential(session, {layers::Input({-1, 4, 1}, {.batch_size = batch}),
                                                layers::ConvLSTM1D(2, 2, {.stateful = stateful})})),
                   wave({3, 5, 4, 1}, 2));
  }
}

TEST(StreamStates, GoOnInNestedModelsAndOverEagerCalls) {
  Session session({.seed = 1, .threads = 1});
  const Sequential inner(session, {layers::Input({-1, 2}), layers::GRU(3, {.return_sequences = true})});
  const Tensor in = session.input({-1, 2});
  Model model = started(Model(in, layers::LSTM(2)(inner(in))));
  expect_goes_on(model, wave({2, 5, 2}, 1));
  model.compile({.loss = "mse", .run_eagerly = true});
  expect_goes_on(model, wave({2, 5, 2}, 1));
}

TEST(StreamStates, AMaskedStepChangesNothing) {
  Session session({.seed = 1, .threads = 1});
  Array x = wave({2, 4, 2}, 1);
  std::fill_n(x.mutable_data<float>().begin() + 2, 2, 0.0f);  // row 0, step 1
  std::fill_n(x.mutable_data<float>().begin() + 8, 4, 0.0f);  // row 1, steps 0 and 1
  const auto gapless = [&](std::int64_t row, std::int64_t first) { return steps(x.rows(row, row + 1), first, 4); };
  Model model = series(session, {}, layers::Masking({.mask_value = 0.0}), layers::LSTM(3));
  StreamState state = model.initial_state(2);
  model.predict(steps(x, 0, 2), state);
  const Array last = model.predict(steps(x, 2, 4), state);
  StreamState first_row = model.initial_state();
  model.predict(steps(x.rows(0, 1), 0, 1), first_row);
  EXPECT_TRUE(all_close(last.rows(0, 1), model.predict(gapless(0, 2), first_row), 1e-6, 1e-6));
  StreamState second_row = model.initial_state();
  EXPECT_TRUE(all_close(last.rows(1, 2), model.predict(gapless(1, 2), second_row), 1e-6, 1e-6));
}

TEST(StreamStates, DontTouchTheModelsStatesAndEachOther) {
  Session session({.seed = 1, .threads = 1});
  Model model = series(session, 2, layers::LSTM(3, {.stateful = true, .name = "lstm"}));
  const Array x = wave({2, 3, 2}, 1);
  const Array clean = model.predict(x);
  const NamedArrays before = model.states();
  StreamState alice = model.initial_state();
  StreamState bob = model.initial_state();
  ASSERT_EQ(alice.rows(), 2);
  const Array a1 = model.predict(x, alice);
  EXPECT_EQ(max_abs_difference(a1, clean), 0.0);
  EXPECT_EQ(max_abs_difference(model.predict(x, bob), a1), 0.0);
  EXPECT_GT(max_abs_difference(model.predict(x, alice), a1), 0.0);
  for (const auto& [name, state] : before) EXPECT_EQ(max_abs_difference(model.states().at(name), state), 0.0);
}

TEST(StreamStates, AreOneTraceForAllOfThem) {
  Session session({.seed = 1, .threads = 1});
  Model model = series(session, {}, layers::GRU(3), layers::Dense(1));
  const GraphStats before = session.graph();
  std::vector<StreamState> states;
  for (std::int64_t rows = 1; rows <= 3; ++rows) states.push_back(model.initial_state(rows));
  for (int round = 0; round < 5; ++round)
    for (StreamState& state : states) model.predict(wave({state.rows(), 4, 2}, round), state);
  EXPECT_EQ(session.graph().traces - before.traces, 1);
  EXPECT_EQ(session.graph().plans - before.plans, 3);
}

TEST(StreamStates, ACopyGoesItsOwnWay) {
  Session session({.seed = 1, .threads = 1});
  Model model = series(session, {}, layers::LSTM(3));
  const Array x = wave({1, 3, 2}, 1);
  StreamState state = model.initial_state();
  model.predict(x, state);
  StreamState copy = state;
  StreamState restored(state.arrays());
  const Array next = model.predict(x, state);
  EXPECT_EQ(max_abs_difference(model.predict(x, copy), next), 0.0);
  EXPECT_EQ(max_abs_difference(model.predict(x, restored), next), 0.0);
}

TEST(StreamStates, AreTakenFromTheModelsStatesAndGivenBack) {
  Session session({.seed = 1, .threads = 1});
  Model model = series(session, 2, layers::LSTM(3, {.stateful = true}));
  const Array x = wave({2, 3, 2}, 1);
  model.predict(x);
  StreamState state(model.states());
  const Array by_stream = model.predict(x, state);
  EXPECT_EQ(max_abs_difference(by_stream, model.predict(x)), 0.0);
  model.reset_states({.values = state.arrays()});
  EXPECT_EQ(max_abs_difference(model.predict(x, state), model.predict(x)), 0.0);
}

TEST(StreamStates, HaveStatesForEachCallOfALayer) {
  Session session({.seed = 1, .threads = 1});
  const Tensor a = session.input({-1, 2}, {.name = "a"});
  const Tensor b = session.input({-1, 2}, {.name = "b"});
  auto shared = session.add(layers::GRU(3, {.name = "gru"}));
  Model model = started(Model({a, b}, layers::Concatenate()({shared(a), shared(b)})));
  StreamState state = model.initial_state();
  ASSERT_EQ(state.arrays().size(), 2u);
  EXPECT_TRUE(state.arrays().contains("gru/state_0"));
  EXPECT_TRUE(state.arrays().contains("gru/call_1/state_0"));
  const Array x = wave({1, 4, 2}, 1);
  const Array z = wave({1, 4, 2}, 2);
  model.predict({steps(x, 0, 2), steps(z, 0, 2)}, state);
  const Array last = model.predict({steps(x, 2, 4), steps(z, 2, 4)}, state);
  EXPECT_TRUE(all_close(last, model.predict({x, z}), 1e-6, 1e-6));
}

TEST(StreamStates, LeaveStatesThatTheGraphGivesAlone) {
  Session session({.seed = 1, .threads = 1});
  const Tensor x = session.input({-1, 2});
  const Tensor given = session.input({3});
  Model model = started(Model({x, given}, layers::GRU(3)(x, {.initial_state = {given}})));
  EXPECT_THROW(model.initial_state(), ValueError);
}

TEST(StreamStates, BeginAnewInEachStepOfTimeDistributed) {
  Session session({.seed = 1, .threads = 1});
  Model model = started(Sequential(
      session, {layers::Input({-1, 3, 2}), layers::TimeDistributed(layers::LSTM(2)), layers::GRU(3, {.name = "gru"})}));
  EXPECT_EQ(model.initial_state().arrays().size(), 1u);
  expect_goes_on(model, wave({2, 5, 3, 2}, 1));
}

template <class E, class F>
void expect(const F& f, const std::string& part) {
  try {
    f();
    ADD_FAILURE() << "no exception with " << part;
  } catch (const E& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(StreamStates, RefuseStatesThatDontFitAndKeepThem) {
  Session session({.seed = 1, .threads = 1});
  Model model = series(session, {}, layers::LSTM(3, {.name = "lstm"}));
  StreamState state = model.initial_state(2);
  model.predict(wave({2, 3, 2}, 1), state);
  const NamedArrays before = state.arrays();
  expect<ShapeError>([&] { model.predict(wave({3, 3, 2}, 1), state); }, "initial_state(rows)");
  expect<ShapeError>([&] { model.predict(wave({2, 3, 5}, 1), state); }, "(None, None, 2)");
  StreamState other(NamedArrays({{"gru/state_0", wave({2, 3}, 1)}}));
  expect<KeyError>([&] { model.predict(wave({2, 3, 2}, 1), other); }, "'lstm/state_0'");
  StreamState part(NamedArrays({{"lstm/state_0", wave({2, 3}, 1)}}));
  expect<KeyError>([&] { model.predict(wave({2, 3, 2}, 1), part); }, "lstm/state_1");
  StreamState empty;
  expect<ValueError>([&] { model.predict(wave({2, 3, 2}, 1), empty); }, "initial_state()");
  expect<ValueError>([&] { model.initial_state(0); }, "1 or more");
  for (const auto& [name, array] : before) EXPECT_EQ(max_abs_difference(state.arrays().at(name), array), 0.0);
  Sequential dense(session, {layers::Input({2}), layers::Dense(1)});
  expect<ValueError>([&] { dense.initial_state(); }, "no recurrent layer");
}

/// A layer that counts its calls in a variable of its own.
class Counts : public Layer {
 public:
  using Layer::build;
  using Layer::call;
  void build(const Shape& input) override { count_ = add_variable("count", {input[0], 1}, {.trainable = false}); }
  Tensor call(const Tensor& x, const CallContext&) override {
    const Tensor count = count_;
    count_.assign(count + 1.0);
    return x + count;
  }
  std::vector<Variable> states() const override { return {count_}; }

 private:
  Variable count_;
};

TEST(StreamStates, NameALayerWhoseStatesTheyCannotHold) {
  Session session({.seed = 1, .threads = 1});
  Sequential model(session, {layers::Input({2}, {.batch_size = 2}), Counts()});
  expect<ValueError>([&] { model.initial_state(); }, "Counts 'counts'");
  // As a stateful layer of a model it is reset and guarded like the library's own.
  const Array x = Array::zeros({2, 2});
  EXPECT_EQ(Array(model.predict(x)).at<float>({0, 0}), 0.0f);
  EXPECT_EQ(Array(model.predict(x)).at<float>({0, 0}), 1.0f);
  model.reset_states();
  EXPECT_EQ(Array(model.predict(x)).at<float>({0, 0}), 0.0f);
  EXPECT_THROW(model.predict(Array::zeros({3, 2})), StatefulError);
}

TEST(StreamStates, MoveBetweenThreadsWithTheSession) {
  Session session({.seed = 1, .threads = 1});
  Model model = series(session, {}, layers::LSTM(3));
  const Array x = wave({1, 3, 2}, 1);
  StreamState state = model.initial_state();
  StreamState same = state;
  const Array here = model.predict(x, state);
  Array there;
  std::thread([&] { there = model.predict(x, same); }).join();
  EXPECT_EQ(max_abs_difference(here, there), 0.0);
}

}  // namespace
