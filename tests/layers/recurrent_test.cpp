// Recurrent layers against Keras's values.
#include "keratin/layers/recurrent.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

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

}  // namespace
