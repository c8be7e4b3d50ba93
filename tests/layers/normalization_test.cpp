#include "keratin/layers/normalization.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/preprocessing.h"
#include "layers/data/keras_values.h"
#include "layers/live.h"

namespace {

using namespace keratin;
using namespace keratin::test::keras;
using test::array_of;
using test::expect_close;
using test::Live;
using test::wave;

Array absolute(Array array, double offset) {
  for (float& value : array.mutable_data<float>()) value = std::abs(value) + static_cast<float>(offset);
  return array;
}

TEST(BatchNormalization, GivesKerasValuesInBothModes) {
  for (const ExecutionMode mode : {ExecutionMode::graph, ExecutionMode::eager}) {
    Live layer(layers::BatchNormalization({.momentum = 0.9, .epsilon = 0.01}), mode);
    const Array x = wave({4, 3}, 2.0);
    layer.layer->compute_output_shape(std::vector<Shape>{{-1, 3}});
    layer.layer->set_weights({wave({3}, 0.5, 1.0), wave({3}, 0.3), wave({3}, 0.1), absolute(wave({3}), 0.5)});
    expect_close(layer(x), inference);
    expect_close(layer(x, true), training);
    expect_close(layer.layer->get_weights()[2], moving_mean);
    expect_close(layer.layer->get_weights()[3], moving_variance);
    expect_close(layer(x), after);
  }
}

TEST(BatchNormalization, WorksAlongAnyAxis) {
  Live layer(layers::BatchNormalization({.axis = 1, .scale = false}));
  expect_close(layer(wave({2, 3, 4}, 2.0), true), axis1_training);
  const std::vector<Array> weights = layer.layer->get_weights();
  ASSERT_EQ(weights.size(), 3u);  // beta and the moving ones
  expect_close(weights[1], axis1_mean);
  expect_close(weights[2], axis1_variance);
}

TEST(BatchNormalization, LeavesMaskedRowsOut) {
  Live layer{layers::BatchNormalization()};
  const std::vector<bool> bits = {true, true, false, true, false, false};
  const Array mask = Array::copy_of(bits).reshaped({2, 3});
  FunctionHandle function = layer.session.function(
      [&](const Tensor& x, const Tensor& m) { return layer.layer(x, {.training = true, .mask = m}); });
  const std::vector<Array> inputs = {wave({2, 3, 2}, 2.0), mask};
  expect_close(function.call(inputs).front(), masked_training);
  expect_close(layer.layer->get_weights()[2], masked_mean);
  expect_close(layer.layer->get_weights()[3], masked_variance);
}

TEST(BatchNormalization, KeepsItsStatisticsWhileItIsFrozen) {
  Live layer{layers::BatchNormalization()};
  const Array x = wave({4, 3}, 2.0, 1.0);
  const Array inferred = layer(x);
  EXPECT_EQ(layer.layer->trainable_variables().size(), 2u);
  EXPECT_EQ(layer.layer->non_trainable_variables().size(), 2u);
  layer.layer->set_trainable(false);
  expect_close(layer(x, true), inferred);
  EXPECT_EQ(max_abs_difference(layer.layer->get_weights()[2], Array::zeros({3})), 0.0);
  EXPECT_TRUE(layer.layer->trainable_variables().empty());
  EXPECT_EQ(layer.layer->non_trainable_variables().size(), 4u);
  layer.layer->set_trainable(true);
  EXPECT_GT(max_abs_difference(layer(x, true), inferred), 0.1);
  EXPECT_EQ(layer.layer->trainable_variables().size(), 2u);
}

TEST(BatchNormalization, IsTracedAnewWhenFrozen) {
  Session session({.seed = 1, .threads = 1});
  auto layer = session.add(layers::BatchNormalization());
  auto step = session.function([&](const Tensor& x) { return layer(x, {.training = true}); });
  const Array x = wave({4, 3}, 2.0, 1.0);
  const Array trained = step(x);
  layer->set_trainable(false);
  EXPECT_GT(max_abs_difference(step(x), trained), 0.1);
  EXPECT_EQ(step.stats().traces, 2);
}

TEST(BatchNormalization, ChecksItsOptionsAndInputs) {
  EXPECT_THROW(layers::BatchNormalization({.momentum = 1.5}), ValueError);
  EXPECT_THROW(layers::BatchNormalization({.epsilon = 0.0}), ValueError);
  EXPECT_THROW(Live(layers::BatchNormalization({.axis = 2}))(wave({2, 3})), ValueError);
  Live layer{layers::BatchNormalization()};
  layer(wave({2, 3}));
  EXPECT_THROW(layer(wave({2, 4})), ShapeError);
  EXPECT_THROW(layer(wave({2, 2, 3})), ShapeError);
}

TEST(LayerNormalization, GivesKerasValues) {
  Live last_axis{layers::LayerNormalization()};
  last_axis.layer->compute_output_shape(std::vector<Shape>{{-1, 5}});
  last_axis.layer->set_weights({wave({5}, 0.5, 1.0), wave({5}, 0.3)});
  expect_close(last_axis(wave({2, 5}, 3.0)), last);

  Live both(layers::LayerNormalization({.axis = {1, 2}, .epsilon = 0.1}));
  both.layer->compute_output_shape(std::vector<Shape>{{-1, 3, 2}});
  both.layer->set_weights({wave({3, 2}, 0.5, 1.0), wave({3, 2}, 0.3)});
  expect_close(both(wave({2, 3, 2}, 3.0)), two_axes);

  Live inner(layers::LayerNormalization({.axis = 1, .center = false}));
  inner.layer->compute_output_shape(std::vector<Shape>{{-1, 3, 2}});
  inner.layer->set_weights({wave({3}, 0.5, 1.0)});
  expect_close(inner(wave({2, 3, 2}, 3.0)), middle);
}

TEST(LayerNormalization, ChecksItsInputs) {
  EXPECT_THROW(layers::LayerNormalization({.epsilon = -1.0}), ValueError);
  Live layer{layers::LayerNormalization()};
  layer(wave({2, 5}));
  EXPECT_THROW(layer(wave({2, 4})), ShapeError);
  EXPECT_THROW(layer(wave({2, 2, 5})), ShapeError);
}

TEST(Normalization, AdaptsAsKerasDoes) {
  const Array x = wave({5, 3}, 4.0);
  Live layer{layers::Normalization()};
  layer.layer->adapt(x);
  expect_close(layer(x), adapted);
  expect_close(layer.layer->get_weights()[0], adapted_mean);
  expect_close(layer.layer->get_weights()[1], adapted_variance);
  EXPECT_TRUE(layer.layer->trainable_variables().empty());

  Live all(layers::Normalization({.axis = {}}));
  all.layer->adapt(x);
  expect_close(all(x), adapted_all);

  const Array cube = wave({2, 3, 4}, 4.0);
  Live inner(layers::Normalization({.axis = 1}));
  inner.layer->adapt(cube);
  expect_close(inner(cube), adapted_axis1);
}

TEST(Normalization, AdaptsAnewToOtherData) {
  Live layer{layers::Normalization()};
  layer.layer->adapt(wave({5, 3}, 4.0));
  layer.layer->adapt(wave({50, 3}, 1.0, 10.0));
  const Array y = layer(array_of({10, 10, 10}, {1, 3}));
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_LT(std::abs(y.at<double>({0, i})), 0.2);
  EXPECT_THROW(layer.layer->adapt(wave({5, 4})), ShapeError);
}

TEST(Normalization, TakesNumbersThatAreKnown) {
  Live layer(layers::Normalization({.mean = {1, 2, 3}, .variance = {4, 0.25, 0}, .invert = true}));
  expect_close(layer(wave({5, 3}, 4.0)), inverted);
  EXPECT_TRUE(layer.layer->weights().empty());
  EXPECT_THROW(layer.layer->adapt(wave({5, 3})), ValueError);

  Live one(layers::Normalization({.mean = {2}, .variance = {4}}));
  expect_close(one(array_of({2, 4}, {1, 2})), array_of({0, 1}, {1, 2}));

  EXPECT_THROW(layers::Normalization({.mean = {1}}), ValueError);
  EXPECT_THROW(Live(layers::Normalization({.mean = {1, 2}, .variance = {1, 2}}))(wave({5, 3})), ShapeError);
}

TEST(Normalization, ComesBackFromItsDescription) {
  const auto again = layers::Normalization::from_config(
      layers::Normalization({.mean = {1, 2, 3}, .variance = {4, 0.25, 0}, .invert = true}).config());
  expect_close(Live(again)(wave({5, 3}, 4.0)), inverted);
  const Config batch = layers::BatchNormalization({.axis = 1, .momentum = 0.5, .scale = false}).config();
  const Config batch_again = layers::BatchNormalization::from_config(batch).config();
  EXPECT_EQ(batch_again.get<int>("axis"), 1);
  EXPECT_EQ(batch_again.get<double>("momentum"), 0.5);
  EXPECT_FALSE(batch_again.get<bool>("scale"));
  const Config layer = layers::LayerNormalization({.axis = {1, 2}, .center = false}).config();
  EXPECT_EQ(layers::LayerNormalization::from_config(layer).config().get<std::vector<int>>("axis"),
            (std::vector<int>{1, 2}));
}

}  // namespace
