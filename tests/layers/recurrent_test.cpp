// Recurrent layers against Keras's values.
#include "keratin/layers/recurrent.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/layers/conv_lstm.h"
#include "layers/recurrent_case.h"

namespace {

using namespace keratin;
using test::expect_recorded;
using test::RecurrentCall;

/// Every variant of a kind that record_keras_recurrent.py has. `tweak` changes the options of each.
template <class T, class Options, class Tweak>
void check_kind(const std::string& kind, std::size_t states, const Options& base, ExecutionMode mode, Tweak tweak) {
  const auto layer = [&](auto change) {
    Options options = base;
    change(options);
    tweak(options);
    return T(3, options);
  };
  const auto expect = [&](const char* variant, RecurrentCall call, auto change) {
    call.mode = mode;
    expect_recorded(kind + "_" + variant, layer(change), call);
  };
  const RecurrentCall plain;
  const RecurrentCall masked{.masked = true};
  const RecurrentCall with_state{.states = states};
  const RecurrentCall both{.masked = true, .states = states};
  expect("all", plain, [](Options& o) { o.return_sequences = o.return_state = true; });
  expect("last", plain, [](Options& o) { o.use_bias = false; });
  expect("backwards", plain, [](Options& o) { o.go_backwards = o.return_sequences = true; });
  for (const char* const activation : {"softsign", "elu"})
    expect(activation, plain, [&](Options& o) {
      o.return_sequences = true;
      o.activation = name(activation);
      if constexpr (requires { o.recurrent_activation; }) o.recurrent_activation = "hard_sigmoid";
    });
  expect("masked", masked, [](Options& o) { o.return_sequences = o.return_state = true; });
  expect("masked_last", masked, [](Options&) {});
  expect("masked_backwards", masked, [](Options& o) { o.go_backwards = o.return_sequences = true; });
  expect("masked_zero", masked,
         [](Options& o) { o.return_sequences = o.return_state = o.zero_output_for_mask = true; });
  expect("masked_zero_last", masked, [](Options& o) { o.zero_output_for_mask = true; });
  expect("masked_zero_backwards", masked,
         [](Options& o) { o.go_backwards = o.return_sequences = o.zero_output_for_mask = true; });
  expect("state", with_state, [](Options& o) { o.return_sequences = o.return_state = true; });
  expect("masked_state", both, [](Options& o) { o.return_sequences = o.return_state = true; });
  expect("masked_state_last", both, [](Options& o) { o.go_backwards = true; });
  expect("stateful", {.calls = 3}, [](Options& o) { o.stateful = o.return_sequences = true; });
}

template <class Tweak>
void check_all_kinds(ExecutionMode mode, Tweak tweak) {
  check_kind<layers::SimpleRNN>("simple", 1, layers::SimpleRNNOptions(), mode, tweak);
  check_kind<layers::LSTM>("lstm", 2, layers::LSTMOptions(), mode, tweak);
  check_kind<layers::GRU>("gru", 1, layers::GRUOptions(), mode, tweak);
  check_kind<layers::GRU>("gru_before", 1, layers::GRUOptions{.reset_after = false}, mode, tweak);
}

TEST(Recurrent, MatchesKeras) {
  check_all_kinds(ExecutionMode::graph, [](auto&) {});
}

TEST(Recurrent, StepByStepMatchesKeras) {
  check_all_kinds(ExecutionMode::graph, [](auto& options) { options.unroll = true; });
}

TEST(Recurrent, MatchesKerasEagerly) {
  check_all_kinds(ExecutionMode::eager, [](auto&) {});
  check_all_kinds(ExecutionMode::eager, [](auto& options) { options.unroll = true; });
}

std::vector<LayerSpec> three_cells() { return {layers::LSTMCell(2), layers::GRUCell(4), layers::SimpleRNNCell(3)}; }

TEST(Recurrent, CellsMatchKeras) {
  expect_recorded("stacked",
                  layers::RNN(three_cells(), {.return_sequences = true, .return_state = true, .go_backwards = true}));
  expect_recorded("stacked_masked", layers::RNN(layers::StackedRNNCells(three_cells()), {.return_sequences = true}),
                  {.masked = true});
  expect_recorded(
      "one_cell",
      layers::RNN(layers::GRUCell(3, {.reset_after = false}), {.return_state = true, .zero_output_for_mask = true}),
      {.masked = true});
}

TEST(Recurrent, ConvLSTMMatchesKeras) {
  const Shape one{2, 3, 6, 2};
  const Shape two{2, 3, 5, 4, 2};
  expect_recorded("conv_lstm_1d", layers::ConvLSTM1D(2, 3, {.return_sequences = true, .return_state = true}),
                  {.input = one});
  expect_recorded("conv_lstm_1d_strided",
                  layers::ConvLSTM1D(3, 2, {.strides = 2, .padding = "same", .go_backwards = true}), {.input = one});
  expect_recorded("conv_lstm_1d_dilated", layers::ConvLSTM1D(2, 2, {.dilation_rate = 2, .return_sequences = true}),
                  {.input = one});
  expect_recorded("conv_lstm_2d", layers::ConvLSTM2D(2, {3, 2}, {.padding = "same", .return_sequences = true}),
                  {.input = two, .masked = true});
  expect_recorded(
      "conv_lstm_2d_strided",
      layers::ConvLSTM2D(
          3, 2, {.strides = {2, 1}, .activation = "relu", .recurrent_activation = "hard_sigmoid", .use_bias = false}),
      {.input = two});
  expect_recorded("conv_lstm_2d_state", layers::ConvLSTM2D(2, 2, {.return_state = true}),
                  {.input = two, .states = 2, .state = {2, 4, 3, 2}});
  expect_recorded("conv_lstm_2d_stateful", layers::ConvLSTM2D(2, 2, {.stateful = true}), {.input = two, .calls = 2});
  expect_recorded("conv_lstm_3d", layers::ConvLSTM3D(2, 2, {.return_sequences = true}), {.input = {1, 2, 3, 4, 3, 2}});
}

}  // namespace
