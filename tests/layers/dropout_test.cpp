#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/layers/regularization.h"
#include "layers/live.h"

namespace {

using namespace keratin;
using test::Live;
using test::wave;

std::int64_t zeros_in(const Array& array) {
  std::int64_t count = 0;
  for (const float value : array.data<float>()) count += value == 0.0f ? 1 : 0;
  return count;
}

TEST(Dropout, DoesNothingOutsideOfTraining) {
  const Array x = wave({4, 8});
  EXPECT_EQ(max_abs_difference(Live(layers::Dropout(0.5))(x), x), 0.0);
  EXPECT_EQ(max_abs_difference(Live(layers::Dropout(0.0))(x, true), x), 0.0);
}

TEST(Dropout, DropsItsShareAndScalesTheRest) {
  Live layer(layers::Dropout(0.25));
  const Array y = layer(Array::ones({100, 400}), true);
  for (const float value : y.data<float>()) ASSERT_TRUE(value == 0.0f || std::abs(value - 4.0f / 3) < 1e-6f) << value;
  const double share = static_cast<double>(zeros_in(y)) / 40000;
  EXPECT_NEAR(share, 0.25, 5 * std::sqrt(0.25 * 0.75 / 40000));
}

TEST(Dropout, DrawsAnewInEachCallAndTheSameInEachSession) {
  const Array x = Array::ones({10, 100});
  for (const ExecutionMode mode : {ExecutionMode::graph, ExecutionMode::eager}) {
    Live layer(layers::Dropout(0.5), mode);
    const Array first = layer(x, true);
    const Array second = layer(x, true);
    EXPECT_GT(max_abs_difference(first, second), 1.0);
    Live again(layers::Dropout(0.5));
    EXPECT_EQ(max_abs_difference(again(x, true), first), 0.0);
    EXPECT_EQ(max_abs_difference(again(x, true), second), 0.0);
  }
}

TEST(Dropout, DrawsByPathOrByItsOwnSeed) {
  const Array x = Array::ones({10, 100});
  const Array one = Live(layers::Dropout(0.5, {.name = "one"}))(x, true);
  const Array two = Live(layers::Dropout(0.5, {.name = "two"}))(x, true);
  EXPECT_GT(max_abs_difference(one, two), 1.0);
  const Array seeded = Live(layers::Dropout(0.5, {.seed = 3, .name = "one"}))(x, true);
  EXPECT_GT(max_abs_difference(one, seeded), 1.0);
  EXPECT_EQ(max_abs_difference(Live(layers::Dropout(0.5, {.seed = 3, .name = "two"}))(x, true), seeded), 0.0);
}

TEST(Dropout, SharesADrawAlongAxesOfTheNoise) {
  Live layer(layers::Dropout(0.5, {.noise_shape = Shape{-1, 1, 3}}));
  const Array y = layer(Array::ones({20, 5, 3}), true);
  for (std::int64_t row = 0; row < 20; ++row)
    for (std::int64_t column = 0; column < 3; ++column)
      for (std::int64_t step = 1; step < 5; ++step)
        ASSERT_EQ(y.at<float>({row, step, column}), y.at<float>({row, 0, column}));
  EXPECT_GT(zeros_in(y), 0);
  EXPECT_LT(zeros_in(y), 300);
  EXPECT_THROW(Live(layers::Dropout(0.5, {.noise_shape = Shape{-1, 2}}))(wave({4, 3}), true), ShapeError);
}

TEST(Dropout, CountsItsCallsOutsideOfTheWeights) {
  Live layer(layers::Dropout(0.5));
  layer(wave({2, 3}), true);
  layer(wave({2, 3}), true);
  layer(wave({2, 3}), false);
  EXPECT_TRUE(layer.layer->weights().empty());
  const std::vector<Variable> all = layer.layer->variables();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].value().item<std::int64_t>(), 2);
  EXPECT_EQ(all[0].category(), MemoryCategory::layer_state);
  EXPECT_FALSE(all[0].trainable());
}

TEST(Dropout, ChecksItsRate) {
  EXPECT_THROW(layers::Dropout(1.5), ValueError);
  EXPECT_THROW(Live(layers::Dropout(1.0))(Array::ones({2, 3}), true), ValueError);
  EXPECT_THROW(layers::Dropout(-0.1), ValueError);
  const auto again =
      layers::Dropout::from_config(layers::Dropout(0.25, {.noise_shape = Shape{-1, 1, 3}, .seed = 4}).config());
  EXPECT_EQ(again.config().get<double>("rate"), 0.25);
  EXPECT_EQ(again.config().get<int>("seed"), 4);
  EXPECT_EQ(again.config().at("noise_shape").as_list().size(), 3u);
}

}  // namespace
