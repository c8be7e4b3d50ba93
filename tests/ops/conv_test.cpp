#include "ops/conv.h"

#include <array>
#include <cmath>
#include <limits>
#include <memory_resource>

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/gradients.h"
#include "keratin/core/error.h"
#include "keratin/ops/conv.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "ops/registry.h"
#include "support/evaluate.h"

namespace {

using namespace keratin;

/// A graph that is current, with inputs made on the way.
struct Traced {
  graph::Builder builder{std::pmr::get_default_resource()};
  graph::Builder::Current current{builder};
  Tensor input(const Shape& shape, DType dtype = float32) { return builder.input({dtype, shape}, "x"); }
  std::vector<Array> run(const std::vector<Tensor>& results, const std::vector<Array>& inputs, int threads = 1) {
    builder.finish(results);
    return test::evaluate(builder.graph(), inputs, {.threads = threads}).outputs;
  }
};

struct Case {
  const char* name;
  Shape x;
  Shape kernel;
  Sizes strides = 1;
  Padding padding = "valid";
  Sizes dilation = 1;
};

/// Large enough to be cut for threads, by batch items and by rows.
const std::vector<Case> large{
    {"several_items", {5, 20, 18, 8}, {3, 3, 8, 24}, 1, "same"},
    {"one_item", {1, 40, 30, 6}, {3, 3, 6, 32}, {2, 1}, "same"},
    {"one_item_dilated", {1, 40, 33, 6}, {4, 3, 6, 32}, 1, "same", 5},
    {"one_long_item", {1, 4000, 6}, {9, 6, 32}, 2, "same"},
    {"one_item_without_padding", {1, 41, 31, 6}, {5, 3, 6, 32}, 3},
    {"groups", {4, 20, 18, 32}, {3, 3, 8, 64}, 1, "same"},
    {"depthwise", {1, 60, 60, 40}, {5, 5, 1, 40}, {2, 2}, "same"},
    {"volume", {2, 9, 10, 11, 6}, {3, 2, 3, 6, 16}, {2, 1, 1}, "same"},
    {"more_padding_than_input", {1, 3, 300, 16}, {15, 3, 16, 32}, 1, "same"},
};

/// A convolution, the gradients of it, and those of a sum of their squares: a gradient of each gradient.
std::vector<Tensor> everything(const Case& c, const Tensor& x, const Tensor& kernel) {
  const Tensor y = ops::conv(x, kernel, c.strides, c.padding, "channels_last", c.dilation);
  const std::array inputs{x, kernel};
  const auto first = graph::gradients(ops::sum(y * y), inputs, ops::gradient_ops());
  const Tensor squares = ops::sum(first[0] * first[0]) + ops::sum(first[1] * first[1]);
  const auto second = graph::gradients(squares, inputs, ops::gradient_ops());
  return {y, first[0], first[1], second[0], second[1]};
}

std::vector<Array> results_of(const Case& c, DType dtype, int threads) {
  Traced traced;
  const Tensor x = traced.input(c.x, dtype);
  const Tensor kernel = traced.input(c.kernel, dtype);
  const std::vector<Tensor> results = everything(c, x, kernel);
  const Array values = Array::random_uniform(c.x, {.seed = 1}).astype(float32).astype(dtype);
  const Array weights = Array::random_uniform(c.kernel, {.seed = 2}).astype(float32).astype(dtype);
  return traced.run(results, {values, weights}, threads);
}

/// |a − b| relative to the largest |b|.
double distance(const Array& a, const Array& b) {
  const Array wide = a.astype(float64);
  double largest = 0;
  double difference = 0;
  for (std::size_t i = 0; i < wide.data<double>().size(); ++i) {
    largest = std::max(largest, std::abs(b.data<double>()[i]));
    difference = std::max(difference, std::abs(wide.data<double>()[i] - b.data<double>()[i]));
  }
  return difference / largest;
}

// float32 is oneDNN's, float64 is plain loops, which the harness compares with differences.
TEST(Conv, ThreadsAndPrecisionsAgree) {
  for (const Case& c : large) {
    const std::vector<Array> expected = results_of(c, float64, 2);
    for (const int threads : {1, 2, 3}) {
      const std::vector<Array> results = results_of(c, float32, threads);
      for (std::size_t i = 0; i < results.size(); ++i) {
        ASSERT_EQ(results[i].shape(), expected[i].shape());
        EXPECT_LT(distance(results[i], expected[i]), 1e-5) << c.name << ", result " << i << ", threads " << threads;
      }
    }
  }
}

TEST(Conv, AnUnknownImageSizeIsResolvedWhenItRuns) {
  Traced traced;
  const Tensor x = traced.input({-1, -1, -1, 2});
  const Tensor kernel = traced.input({3, 2, 2, 4});
  const Tensor same = ops::conv(x, kernel, 2, "same");
  const Tensor transposed = ops::conv_transpose(same, kernel, 2, "same", 1);
  EXPECT_EQ(same.shape(), (Shape{-1, -1, -1, 4}));
  const auto run = [&](const Shape& shape) {
    return traced.run({same, transposed}, {Array::ones(shape), Array::ones({3, 2, 2, 4})});
  };
  EXPECT_EQ(run({3, 7, 6, 2})[0].shape(), (Shape{3, 4, 3, 4}));
  EXPECT_EQ(run({1, 4, 4, 2})[1].shape(), (Shape{1, 4, 3, 2}));
  EXPECT_EQ(run({0, 4, 4, 2})[0].shape(), (Shape{0, 2, 2, 4}));
  const Tensor valid = ops::conv(x, kernel);
  EXPECT_THROW(traced.run({valid}, {Array::ones({1, 2, 9, 2}), Array::ones({3, 2, 2, 4})}), ShapeError);
}

TEST(Conv, NothingInNothingOut) {
  Traced traced;
  const Tensor x = traced.input({2, 0, 5, 3});
  const Tensor kernel = traced.input({2, 2, 3, 4});
  const Tensor y = ops::conv(x, kernel, 1, "same");
  EXPECT_EQ(y.shape(), (Shape{2, 0, 5, 4}));
  EXPECT_EQ(ops::max_pool(x, 2).shape(), (Shape{2, 0, 2, 3}));
  const auto gradients = graph::gradients(ops::sum(y), std::array{kernel}, ops::gradient_ops());
  const Array gradient = traced.run({gradients[0]}, {Array::zeros({2, 0, 5, 3}), Array::ones({2, 2, 3, 4})})[0];
  EXPECT_EQ(gradient.shape(), (Shape{2, 2, 3, 4}));
  for (const float each : gradient.data<float>()) EXPECT_EQ(each, 0.0f);
}

template <class E, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing of that type was thrown";
}

void expect_has(const std::string& text, std::initializer_list<std::string> parts) {
  for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
}

TEST(Conv, ErrorsSayWhatWasReceived) {
  Traced traced;
  const Tensor x = traced.input({2, 5, 6, 4});
  const Tensor kernel = traced.input({3, 3, 4, 8});
  expect_has(message_of<ValueError>([&] { ops::conv(x, kernel, 0); }), {"conv", "`strides`", "strides=0"});
  expect_has(message_of<ValueError>([&] { ops::conv(x, kernel, {1, 1, 1}); }), {"`strides`", "2", "3 numbers"});
  expect_has(message_of<ValueError>([&] { ops::conv(x, kernel, 1, "causal"); }), {"conv", "causal", "Conv1D"});
  expect_has(message_of<ValueError>([&] { ops::conv(x, kernel, 1, name("sane")); }), {"sane", "Did you mean 'same'"});
  expect_has(message_of<ValueError>([&] { Sizes({1, 2, 3, 4}); }), {"three", "4 sizes"});
  expect_has(message_of<ShapeError>([&] {
               ops::conv(x, traced.input({3, 3, 3, 8}));
             }),
             {"conv", "channels", "f32[2,5,6,4]", "f32[3,3,3,8]"});
  expect_has(message_of<ShapeError>([&] { ops::conv(x, traced.input({3, 3, 2, 5})); }), {"groups"});
  expect_has(message_of<ShapeError>([&] { ops::conv(x, traced.input({3, 4, 8})); }), {"as many dimensions"});
  expect_has(message_of<ShapeError>([&] { ops::conv(x, traced.input({6, 3, 4, 8})); }), {"larger", "padding=same"});
  expect_has(message_of<ShapeError>([&] { ops::conv(traced.input({2, 5}), kernel); }), {"spatial", "(2, 5)"});
  expect_has(message_of<DTypeError>([&] {
               ops::conv(traced.input({2, 5, 6, 4}, int32), traced.input({3, 3, 4, 8}, int32));
             }),
             {"conv", "int32"});
  expect_has(message_of<ShapeError>([&] { ops::conv_transpose(x, kernel); }), {"conv_transpose", "last dimension"});
  const Tensor transposed = traced.input({3, 3, 8, 4});
  expect_has(message_of<ShapeError>([&] { ops::conv_transpose(x, transposed, 2, "valid", 2); }), {"output_padding"});
  expect_has(message_of<ValueError>([&] { ops::conv_transpose(x, transposed, 2, "valid", -1); }),
             {"output_padding", "at least 0"});
  expect_has(message_of<ShapeError>([&] {
               ops::depthwise_conv(x, traced.input({3, 3, 5, 1}));
             }),
             {"depthwise_conv", "(2, 5, 6, 4)", "(3, 3, 5, 1)"});
}

TEST(Pool, ErrorsSayWhatWasReceived) {
  Traced traced;
  const Tensor x = traced.input({2, 5, 6, 4});
  expect_has(message_of<ValueError>([&] { ops::max_pool(x, 0); }), {"max_pool", "`pool_size`", "pool_size=0"});
  expect_has(message_of<ValueError>([&] { ops::max_pool(x, {}); }), {"max_pool", "`pool_size`", "0 numbers"});
  expect_has(message_of<ValueError>([&] { ops::average_pool(x, 2, -1); }), {"average_pool", "strides=-1"});
  expect_has(message_of<ShapeError>([&] { ops::max_pool(x, 6); }), {"max_pool", "larger", "f32[2,5,6,4]"});
  expect_has(message_of<ValueError>([&] { ops::adaptive_max_pool(x, 0); }), {"adaptive_max_pool", "output_size=0"});
  expect_has(message_of<DTypeError>([&] { ops::average_pool(traced.input({2, 5, 6, 4}, int32), 2); }), {"int32"});
  expect_has(message_of<DTypeError>([&] { ops::max_pool(traced.input({2, 5, 6, 4}, int64), 2); }), {"int64"});
}

TEST(Pool, TheMaximumOfNaNIsNaN) {
  for (const DType dtype : {float32, float64}) {
    Traced traced;
    const Tensor x = traced.input({1, 6, 1}, dtype);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Array values = Array::copy_of(std::vector{1.0, nan, nan, 3.0, 4.0, 5.0}).reshaped({1, 6, 1}).astype(dtype);
    const Array y = traced.run({ops::max_pool(x, 2)}, {values})[0].astype(float64);
    EXPECT_TRUE(std::isnan(y.data<double>()[0]));
    EXPECT_TRUE(std::isnan(y.data<double>()[1]));
    EXPECT_EQ(y.data<double>()[2], 5.0);
  }
}

// TensorFlow's choice, which the harness can't see.
TEST(Pool, OfEqualElementsTheFirstGetsTheGradient) {
  Traced traced;
  const Tensor x = traced.input({1, 4, 1});
  const auto gradients = graph::gradients(ops::sum(ops::max_pool(x, 4)), std::array{x}, ops::gradient_ops());
  const Array dx =
      traced.run({gradients[0]}, {Array::copy_of(std::vector{1.0f, 2.0f, 2.0f, 0.0f}).reshaped({1, 4, 1})})[0];
  EXPECT_EQ(dx.data<float>()[1], 1.0f);
  EXPECT_EQ(dx.data<float>()[2], 0.0f);
}

}  // namespace
