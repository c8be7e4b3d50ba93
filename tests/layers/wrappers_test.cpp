// Bidirectional and TimeDistributed against Keras's values, and what they do beyond.
#include "keratin/layers/wrappers.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/core.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/regularization.h"
#include "layers/recurrent_case.h"

namespace {

using namespace keratin;
using test::expect_recorded;
using test::Live;
using test::wave;

TEST(Bidirectional, MatchesKeras) {
  for (const char* const mode : {"concat", "sum", "mul", "ave", "none"}) {
    const layers::BidirectionalOptions options{.merge_mode = name(mode)};
    expect_recorded(std::string("bidirectional_") + mode,
                    layers::Bidirectional(layers::LSTM(3, {.return_sequences = true}), options));
    expect_recorded(std::string("bidirectional_") + mode + "_masked", layers::Bidirectional(layers::GRU(3), options),
                    {.masked = true});
  }
  expect_recorded("bidirectional_sequences_masked", layers::Bidirectional(layers::LSTM(3, {.return_sequences = true})),
                  {.masked = true});
  expect_recorded("bidirectional_states", layers::Bidirectional(layers::LSTM(3, {.return_state = true})),
                  {.states = 4});
  expect_recorded("bidirectional_stateful", layers::Bidirectional(layers::GRU(3, {.stateful = true})), {.calls = 3});
  expect_recorded(
      "bidirectional_backward",
      layers::Bidirectional(layers::GRU(3, {.return_sequences = true}),
                            {.backward_layer = layers::SimpleRNN(
                                 3, {.activation = "relu", .return_sequences = true, .go_backwards = true})}));
}

TEST(Bidirectional, RefusesLayersThatDoNotFit) {
  EXPECT_THROW(layers::Bidirectional(layers::Dense(3)), ValueError);
  EXPECT_THROW(layers::Bidirectional(layers::LSTM(3, {.go_backwards = true})), ValueError);
  EXPECT_THROW(layers::Bidirectional(layers::LSTM(3), {.backward_layer = layers::LSTM(3)}), ValueError);
  EXPECT_THROW(layers::Bidirectional(layers::LSTM(3), {.backward_layer = layers::LSTM(
                                                           3, {.return_sequences = true, .go_backwards = true})}),
               ValueError);
}

TEST(Bidirectional, IsDescribedAsByKeras) {
  const layers::Bidirectional layer(layers::LSTM(3, {.name = "lstm"}), {.merge_mode = "none"});
  const Config config = layer.config();
  EXPECT_TRUE(config.at("merge_mode").is_none());
  const Config& forward = config.at("layer").as_config();
  const Config& backward = config.at("backward_layer").as_config();
  EXPECT_EQ(forward.get<std::string>("class_name"), "LSTM");
  EXPECT_EQ(forward.at("config").as_config().get<std::string>("name"), "forward_lstm");
  EXPECT_FALSE(forward.at("config").as_config().get<bool>("go_backwards"));
  EXPECT_EQ(backward.at("config").as_config().get<std::string>("name"), "backward_lstm");
  EXPECT_TRUE(backward.at("config").as_config().get<bool>("go_backwards"));
  const layers::Bidirectional again = layers::Bidirectional::from_config(config);
  EXPECT_EQ(to_string(ConfigValue(again.config())), to_string(ConfigValue(config)));
}

TEST(TimeDistributed, MatchesKeras) {
  expect_recorded("time_distributed_dense", layers::TimeDistributed(layers::Dense(2, {.activation = "tanh"})));
  expect_recorded("time_distributed_lstm", layers::TimeDistributed(layers::LSTM(2)), {.input = {2, 3, 4, 3}});
}

// As in Keras, each step of a training batch updates the statistics.
TEST(TimeDistributed, TrainsBatchNormalizationStepByStep) {
  Live<layers::TimeDistributed> layer{layers::TimeDistributed(layers::BatchNormalization({.momentum = 0.5}))};
  const Array x = wave({4, 2, 3});
  layer(x, true);
  Live<layers::BatchNormalization> alone{layers::BatchNormalization({.momentum = 0.5})};
  for (std::int64_t t = 0; t < 2; ++t) {
    Array step = Array::empty({4, 3});
    for (std::size_t i = 0; i < 12; ++i)
      step.mutable_data<float>()[i] = x.data<float>()[(i / 3) * 6 + static_cast<std::size_t>(t) * 3 + i % 3];
    alone(step, true);
  }
  const std::vector<Array> given = layer.layer->get_weights();
  const std::vector<Array> expected = alone.layer->get_weights();
  ASSERT_EQ(given.size(), expected.size());
  for (std::size_t i = 0; i < given.size(); ++i) test::expect_close(given[i], expected[i], 1e-6);
}

TEST(TimeDistributed, DropsDifferentlyInEachStep) {
  Live<layers::TimeDistributed> layer{layers::TimeDistributed(layers::Dropout(0.5))};
  const Array y = layer(Array::ones({1, 2, 64}), true);
  int differ = 0;
  for (std::size_t i = 0; i < 64; ++i) differ += y.data<float>()[i] != y.data<float>()[64 + i] ? 1 : 0;
  EXPECT_GT(differ, 10);
}

TEST(TimeDistributed, RefusesInputsAndMasksThatDoNotFit) {
  Live<layers::TimeDistributed> layer{layers::TimeDistributed(layers::Dense(2))};
  EXPECT_THROW(layer(wave({2, 3})), ShapeError);
  const auto function =
      layer.session.function([&](const Tensor& x, const Tensor& mask) { return layer.layer(x, {.mask = mask}); });
  EXPECT_THROW(function(wave({2, 3, 4}), Array::ones({2, 5}, boolean)), ShapeError);
}

}  // namespace
