// Gradients of layers against central differences. Other families have their rows in files of their own.
#include <vector>

#include <gtest/gtest.h>

#include "keratin/layers/activation.h"
#include "keratin/layers/conv_lstm.h"
#include "keratin/layers/core.h"
#include "keratin/layers/function.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/normalization.h"
#include "keratin/layers/preprocessing.h"
#include "keratin/layers/recurrent.h"
#include "keratin/layers/regularization.h"
#include "keratin/layers/reshaping.h"
#include "keratin/layers/wrappers.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "layers/gradient_harness.h"
#include "layers/live.h"

namespace {

using namespace keratin;
using test::check_gradients;
using test::mask_of;
using test::wave;

const Array steps = mask_of({true, true, false, true, false, false}, {2, 3});
const Array other_steps = mask_of({false, true, false, true, true, false}, {2, 3});

TEST(LayerGradients, Core) {
  check_gradients({
      {.name = "Dense", .layer = layers::Dense(3, {.activation = "tanh"}), .inputs = {{4, 5}}},
      {.name = "Dense softmax", .layer = layers::Dense(2, {.activation = "softmax"}), .inputs = {{2, 3, 4}}},
      {.name = "Dense with penalties",
       .layer = layers::Dense(3, {.use_bias = false, .kernel_regularizer = "l2", .activity_regularizer = "l2"}),
       .inputs = {{4, 5}}},
      {.name = "Activation", .layer = layers::Activation("gelu"), .inputs = {{2, 3}}},
      {.name = "Identity", .layer = layers::Identity(), .inputs = {{2, 3}}},
      {.name = "Masking", .layer = layers::Masking({.mask_value = 0.5}), .inputs = {{2, 3, 2}}},
      {.name = "Function",
       .layer = layers::Function([](const Tensor& a, const Tensor& b) {
         return std::vector<Tensor>{a * b, ops::sin(a)};
       }),
       .inputs = {{2, 3}, {2, 3}}},
  });
}

TEST(LayerGradients, Normalizations) {
  check_gradients({
      {.name = "BatchNormalization", .layer = layers::BatchNormalization(), .inputs = {{5, 3}}},
      {.name = "BatchNormalization along 1", .layer = layers::BatchNormalization({.axis = 1}), .inputs = {{3, 2, 4}}},
      {.name = "BatchNormalization masked",
       .layer = layers::BatchNormalization(),
       .inputs = {{2, 3, 2}},
       .masks = {steps}},
      {.name = "LayerNormalization", .layer = layers::LayerNormalization(), .inputs = {{3, 5}}},
      {.name = "LayerNormalization of two axes",
       .layer = layers::LayerNormalization({.axis = {1, 2}}),
       .inputs = {{2, 3, 2}}},
      {.name = "GroupNormalization", .layer = layers::GroupNormalization({.groups = 2}), .inputs = {{2, 3, 2, 4}}},
      {.name = "GroupNormalization, channels first",
       .layer = layers::GroupNormalization({.groups = 2, .axis = 1}),
       .inputs = {{2, 6, 3}}},
      {.name = "RMSNormalization", .layer = layers::RMSNormalization(), .inputs = {{2, 3, 4}}},
      {.name = "UnitNormalization", .layer = layers::UnitNormalization({.axis = {1, 2}}), .inputs = {{2, 3, 2}}},
      {.name = "SpectralNormalization",
       .layer = layers::SpectralNormalization(layers::Dense(3), {.power_iterations = 2}),
       .inputs = {{2, 4}},
       .weights = false},
      {.name = "Normalization",
       .layer = layers::Normalization({.mean = {1}, .variance = {4}, .invert = true}),
       .inputs = {{3, 4}}},
      {.name = "Rescaling", .layer = layers::Rescaling({0.5, 2.0, -1.0}, {.offset = 1.0}), .inputs = {{2, 3}}},
  });
}

TEST(LayerGradients, Regularizations) {
  check_gradients({
      {.name = "Dropout", .layer = layers::Dropout(0.4), .inputs = {{3, 5}}},
      {.name = "Dropout with noise_shape",
       .layer = layers::Dropout(0.4, {.noise_shape = Shape{-1, 1, 4}}),
       .inputs = {{3, 2, 4}}},
      {.name = "SpatialDropout1D", .layer = layers::SpatialDropout1D(0.4), .inputs = {{2, 3, 4}}},
      {.name = "SpatialDropout2D",
       .layer = layers::SpatialDropout2D(0.4, {.data_format = DataFormat::channels_first}),
       .inputs = {{2, 4, 2, 2}}},
      {.name = "SpatialDropout3D", .layer = layers::SpatialDropout3D(0.4), .inputs = {{2, 2, 1, 2, 3}}},
      {.name = "GaussianDropout", .layer = layers::GaussianDropout(0.3), .inputs = {{3, 5}}},
      {.name = "GaussianNoise", .layer = layers::GaussianNoise(0.3), .inputs = {{3, 5}}},
      {.name = "AlphaDropout", .layer = layers::AlphaDropout(0.3), .inputs = {{3, 5}}},
      {.name = "ActivityRegularization",
       .layer = layers::ActivityRegularization({.l1 = 0.1, .l2 = 0.2}),
       .inputs = {{3, 5}}},
  });
}

TEST(LayerGradients, Activations) {
  check_gradients({
      {.name = "ReLU",
       .layer = layers::ReLU({.max_value = 1.0, .negative_slope = 0.1, .threshold = 0.4}),
       .inputs = {{2, 3}}},
      {.name = "LeakyReLU", .layer = layers::LeakyReLU(), .inputs = {{2, 3}}},
      {.name = "ELU", .layer = layers::ELU({.alpha = 0.7}), .inputs = {{2, 3}}},
      {.name = "PReLU", .layer = layers::PReLU({.alpha_initializer = "random_uniform"}), .inputs = {{2, 3, 2}}},
      {.name = "PReLU with shared axes",
       .layer = layers::PReLU({.alpha_initializer = "random_uniform", .shared_axes = {1}}),
       .inputs = {{2, 3, 2}}},
      {.name = "Softmax", .layer = layers::Softmax({.axis = 1}), .inputs = {{2, 3, 2}}},
      {.name = "Softmax masked", .layer = layers::Softmax(), .inputs = {{2, 3}}, .masks = {steps}},
      {.name = "Softmax of two axes", .layer = layers::Softmax({.axis = {1, 2}}), .inputs = {{2, 3, 2}}},
  });
}

TEST(LayerGradients, Reshaping) {
  check_gradients({
      {.name = "Flatten", .layer = layers::Flatten({.data_format = DataFormat::channels_first}), .inputs = {{2, 3, 2}}},
      {.name = "Reshape", .layer = layers::Reshape({-1, 2}), .inputs = {{2, 3, 4}}},
      {.name = "Permute", .layer = layers::Permute({2, 1}), .inputs = {{2, 3, 2}}},
      {.name = "RepeatVector", .layer = layers::RepeatVector(3), .inputs = {{2, 3}}},
  });
}

TEST(LayerGradients, Merging) {
  check_gradients({
      {.name = "Add", .layer = layers::Add(), .inputs = {{2, 3}, {2, 4, 3}, {2, 4, 1}}},
      {.name = "Subtract", .layer = layers::Subtract(), .inputs = {{2, 3}, {2, 1}}},
      {.name = "Multiply",
       .layer = layers::Multiply(),
       .inputs = {{2, 3, 2}, {2, 3, 2}},
       .masks = {steps, other_steps}},
      {.name = "Average", .layer = layers::Average(), .inputs = {{2, 3}, {2, 3}, {2, 3}}},
      {.name = "Maximum", .layer = layers::Maximum(), .inputs = {{2, 3, 2}, {2, 3, 2}}, .masks = {steps, other_steps}},
      {.name = "Minimum", .layer = layers::Minimum(), .inputs = {{2, 3, 2}, {2, 3, 1}}, .masks = {steps}},
      {.name = "Concatenate",
       .layer = layers::Concatenate({.axis = 1}),
       .inputs = {{2, 3, 2}, {2, 1, 2}},
       .masks = {steps}},
      {.name = "Dot", .layer = layers::Dot({2, 1}), .inputs = {{2, 2, 3}, {2, 3, 2}}},
      {.name = "Dot of unit vectors", .layer = layers::Dot(1, {.normalize = true}), .inputs = {{2, 3}, {2, 3}}},
      {.name = "Dot of many axes", .layer = layers::Dot({2, -2}), .inputs = {{2, 2, 3, 2}, {2, 2, 3, 2}}},
  });
}

TEST(LayerGradients, Recurrent) {
  check_gradients({
      {.name = "SimpleRNN", .layer = layers::SimpleRNN(3, {.return_sequences = true}), .inputs = {{2, 3, 2}}},
      {.name = "LSTM backwards",
       .layer = layers::LSTM(2, {.return_sequences = true, .go_backwards = true}),
       .inputs = {{2, 3, 2}}},
      {.name = "LSTM unrolled",
       .layer = layers::LSTM(2, {.activation = "softsign", .unroll = true}),
       .inputs = {{2, 3, 2}}},
      {.name = "LSTM with a mask, states in and out",
       .layer = layers::LSTM(2, {.return_sequences = true, .return_state = true}),
       .inputs = {{2, 3, 2}},
       .masks = {steps},
       .initial_state = {{2, 2}, {2, 2}}},
      {.name = "GRU", .layer = layers::GRU(2), .inputs = {{2, 3, 2}}, .masks = {steps}},
      {.name = "GRU, reset before",
       .layer = layers::GRU(2, {.use_bias = false, .reset_after = false}),
       .inputs = {{2, 3, 2}}},
      {.name = "GRU unrolled", .layer = layers::GRU(2, {.unroll = true}), .inputs = {{2, 3, 2}}},
      {.name = "GRU with dropouts",
       .layer = layers::GRU(2, {.dropout = 0.3, .recurrent_dropout = 0.3}),
       .inputs = {{2, 3, 2}}},
      {.name = "RNN of cells",
       .layer = layers::RNN(std::vector<LayerSpec>{layers::GRUCell(2), layers::LSTMCell(3)}),
       .inputs = {{2, 3, 2}}},
      {.name = "Bidirectional",
       .layer = layers::Bidirectional(layers::GRU(2, {.return_sequences = true})),
       .inputs = {{2, 3, 2}},
       .masks = {steps}},
      {.name = "TimeDistributed",
       .layer = layers::TimeDistributed(layers::Dense(2, {.activation = "tanh"})),
       .inputs = {{2, 3, 2}}},
      {.name = "LSTM with dropouts, in both directions",
       .layer = layers::Bidirectional(layers::LSTM(2, {.dropout = 0.3, .recurrent_dropout = 0.3})),
       .inputs = {{2, 3, 2}}},
      {.name = "ConvLSTM1D with dropouts",
       .layer = layers::ConvLSTM1D(2, 2, {.dropout = 0.3, .recurrent_dropout = 0.3}),
       .inputs = {{1, 2, 4, 2}}},
      {.name = "ConvLSTM2D",
       .layer = layers::ConvLSTM2D(1, 2, {.padding = "same", .return_sequences = true}),
       .inputs = {{2, 3, 2, 3, 1}},
       .masks = {steps}},
  });
}

}  // namespace
