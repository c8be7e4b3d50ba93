// Convolutions with a normalization behind them, in inference: what Keras gives, from predict and from a Predictor.
#include <vector>

#include <gtest/gtest.h>

#include "keratin/layers/activation.h"
#include "keratin/layers/convolutional.h"
#include "keratin/layers/core.h"
#include "keratin/layers/merging.h"
#include "keratin/layers/normalization.h"
#include "keratin/serving/predictor.h"
#include "keratin/session/session.h"
#include "keratin/training/model.h"
#include "layers/data/keras_shaping.h"
#include "layers/live.h"

namespace {

using namespace keratin;
using namespace keratin::test::keras;
using test::expect_close;
using test::wave;

void expect_recorded(Model& model, const std::vector<double>& expected) {
  std::vector<Array> weights;
  for (const Array& weight : model.get_weights())
    weights.push_back(wave(weight.shape(), 0.3, weight.rank() > 1 ? 0.1 : 0.8));
  model.set_weights(weights);
  const Array x = wave({1, 3, 4, 2});
  const Array predicted = model.predict(x);
  expect_close(predicted, expected);
  EXPECT_EQ(max_abs_difference(Array(model.freeze().predict(x)), predicted), 0.0);
}

template <class L>
void expect_recorded(const L& layer, const std::vector<double>& expected) {
  Session session({.seed = 1});
  const Tensor x = session.input({3, 4, 2});
  Model model({x}, {layers::ReLU()(layers::BatchNormalization()(L(layer)(x)))});
  expect_recorded(model, expected);
}

TEST(NormalizedConvolution, GivesKerasValues) {
  expect_recorded(layers::Conv2D(3, {3, 2}, {.use_bias = false}), normalized_bare);
  expect_recorded(layers::Conv2D(3, 3, {.strides = 2, .padding = "same"}), normalized_biased);
  expect_recorded(layers::Conv2D(4, 2, {.groups = 2, .use_bias = false}), normalized_grouped);
  expect_recorded(layers::DepthwiseConv2D(3, {.padding = "same", .depth_multiplier = 2, .use_bias = false}),
                  normalized_depthwise);
  expect_recorded(layers::SeparableConv2D(3, 2, {.use_bias = false}), normalized_separable);
  expect_recorded(layers::Conv2DTranspose(2, 2, {.strides = 2, .use_bias = false}), normalized_transposed);
  expect_recorded(layers::Dense(3), normalized_dense);
}

TEST(NormalizedConvolution, GivesKerasValuesWhereTheConvolutionIsReadTwice) {
  Session session({.seed = 1});
  const Tensor x = session.input({3, 4, 2});
  const Tensor h = layers::Conv2D(3, 2)(x);
  Model model({x}, {layers::Add()({h, layers::BatchNormalization()(h)})});
  expect_recorded(model, normalized_read_twice);
}

}  // namespace
