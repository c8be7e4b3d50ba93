#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/losses/losses.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/session/session.h"

namespace {

using namespace keratin;

/// The loss of the arrays, in a function of its own.
Array value_of(const losses::Loss& loss, const Array& y_true, const Array& y_pred) {
  Session session({.threads = 1});
  return session.function([&](const Tensor& y, const Tensor& x) { return loss(y, x); })(y_true, y_pred);
}

TEST(Crossentropy, IsTheLogarithmOfTheNumberOfClassesWhereAllAreAlike) {
  for (const std::int64_t classes : {2, 3, 10}) {
    const double expected = std::log(static_cast<double>(classes));
    const Array y_true = Array::zeros({5}, int32);
    const Array logits = Array::full({5, classes}, 7.0);
    const losses::SparseCategoricalCrossentropy from_logits({.from_logits = true});
    EXPECT_NEAR(value_of(from_logits, y_true, logits).item<double>(), expected, 1e-6);
    const Array probabilities = Array::full({5, classes}, 1.0 / static_cast<double>(classes));
    EXPECT_NEAR(value_of(losses::SparseCategoricalCrossentropy(), y_true, probabilities).item<double>(), expected,
                1e-6);
  }
  const Array half = Array::full({5, 2}, 0.5);
  EXPECT_NEAR(value_of(losses::BinaryCrossentropy(), Array::ones({5, 2}), half).item<double>(), std::log(2.0), 1e-6);
}

TEST(Crossentropy, OfASoftmaxHasProbabilitiesLessTargetsAsGradient) {
  Session session({.threads = 1});
  const losses::CategoricalCrossentropy loss({.reduction = losses::Reduction::sum});
  const auto f = session.function([&](const Tensor& y, const Tensor& x) {
    const Tensor p = ops::softmax(x);
    return ops::max(ops::abs(gradients(loss(y, p), std::vector<Tensor>{x}).at(0) - (p - y)));
  });
  // A probability that underflows to 0 would have no gradient if its logits weren't used.
  const Array y_true = Array::copy_of({1.0f, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f}).reshaped({2, 3});
  const Array logits = Array::copy_of({-200.0f, 200.0f, 0.0f, 0.5f, 1.0f, -0.5f}).reshaped({2, 3});
  EXPECT_LT(f(y_true, logits).item<double>(), 1e-6);
}

TEST(Crossentropy, TakesClassNumbersOfAnyNumberType) {
  const Array probabilities = Array::copy_of({0.2f, 0.3f, 0.5f, 0.6f, 0.3f, 0.1f}).reshaped({2, 3});
  const losses::SparseCategoricalCrossentropy loss;
  const double expected = -(std::log(0.5) + std::log(0.6)) / 2.0;
  for (const DType dtype : {uint8, int32, int64, float32}) {
    const Array classes = Array::copy_of({2, 0}).astype(dtype);
    EXPECT_NEAR(value_of(loss, classes, probabilities).item<double>(), expected, 1e-6);
    EXPECT_NEAR(value_of(loss, classes.reshaped({2, 1}), probabilities).item<double>(), expected, 1e-6);
  }
}

TEST(Loss, ComputesInFloat32WhateverTheOutputsAreBesidesFloat64) {
  const losses::MeanSquaredError loss;
  const Array y_true = Array::copy_of({1, 2}).reshaped({2, 1});
  const Array y_pred = Array::copy_of({3, 5}).reshaped({2, 1});
  for (const DType dtype : {int32, uint8, bfloat16, float32, float64}) {
    const Array result = value_of(loss, y_true, y_pred.astype(dtype));
    EXPECT_EQ(result.dtype(), dtype == float64 ? float64 : float32);
    EXPECT_EQ(result.item<double>(), 6.5);
  }
}

TEST(Loss, OfAFunctionGetsTargetsInTheOutputsDType) {
  const auto own = losses::custom(
      "own",
      [](const Tensor& y, const Tensor& x) {
        return ops::mean(ops::abs(x - y), -1) + ops::cast(y.dtype() == float32, float32);
      },
      losses::Reduction::sum);
  EXPECT_EQ(own.name(), "own");
  const Array result =
      value_of(own, Array::copy_of({1, 2}).reshaped({2, 1}), Array::copy_of({3.5f, 5.0f}).reshaped({2, 1}));
  EXPECT_EQ(result.item<double>(), 5.5 + 2.0);
}

TEST(Loss, OneTraceServesAllBatchSizes) {
  Session session({.threads = 1});
  const losses::MeanSquaredError loss;
  const auto f =
      session.function([&](const Tensor& y, const Tensor& x, const Tensor& weight) { return loss(y, x, weight); });
  for (const std::int64_t rows : {4, 1, 7})
    EXPECT_FLOAT_EQ(f(Array::zeros({rows, 2}), Array::full({rows, 2}, 3.0), Array::full({rows}, 0.5)).item<float>(),
                    4.5f);
  EXPECT_EQ(f.stats().traces, 1);
}

TEST(Loss, SaysWhetherTargetsAreClassNumbers) {
  EXPECT_TRUE(losses::SparseCategoricalCrossentropy().takes_class_numbers());
  EXPECT_FALSE(losses::CategoricalCrossentropy().takes_class_numbers());
  EXPECT_FALSE(losses::BinaryCrossentropy().takes_class_numbers());
  EXPECT_FALSE(losses::MeanSquaredError().takes_class_numbers());
}

TEST(LossSpec, ANameStandsForKerassLossOfThatName) {
  const auto is = []<class T>(const LossSpec& spec, const T&) {
    return dynamic_cast<const T*>(spec.make().get()) != nullptr;
  };
  EXPECT_TRUE(is("mse", losses::MeanSquaredError()));
  EXPECT_TRUE(is("MeanSquaredError", losses::MeanSquaredError()));
  EXPECT_TRUE(is("mean_absolute_error", losses::MeanAbsoluteError()));
  EXPECT_TRUE(is("MAE", losses::MeanAbsoluteError()));
  EXPECT_TRUE(is("bce", losses::BinaryCrossentropy()));
  EXPECT_TRUE(is("categorical_crossentropy", losses::CategoricalCrossentropy()));
  EXPECT_TRUE(is(name("sparse_categorical_crossentropy"), losses::SparseCategoricalCrossentropy()));
  EXPECT_TRUE(is(losses::MeanSquaredError({.name = "own"}), losses::MeanSquaredError()));
  EXPECT_EQ(LossSpec(losses::MeanSquaredError({.name = "own"})).make()->name(), "own");
  EXPECT_EQ(LossSpec("mse").make()->name(), "mean_squared_error");
  EXPECT_THROW(LossSpec().make(), ValueError);
  EXPECT_THROW(LossSpec(name("msee")), ValueError);
}

TEST(Loss, RefusesOptionsThatMakeNoSense) {
  for (const double smoothing : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(losses::CategoricalCrossentropy({.label_smoothing = smoothing}), ValueError);
    EXPECT_THROW(losses::BinaryCrossentropy({.label_smoothing = smoothing}), ValueError);
  }
  EXPECT_THROW(losses::custom("empty", {}), ValueError);
}

TEST(Loss, RefusesShapesThatDoNotFit) {
  const Array scores = Array::full({4, 3}, 0.5);
  EXPECT_THROW(value_of(losses::BinaryCrossentropy(), Array::ones({4, 1}), scores), ShapeError) << "no broadcast";
  EXPECT_THROW(value_of(losses::CategoricalCrossentropy(), Array::ones({4, 2}), scores), ShapeError);
  EXPECT_THROW(value_of(losses::SparseCategoricalCrossentropy(), Array::ones({4, 3}), scores), ShapeError);
  EXPECT_THROW(value_of(losses::SparseCategoricalCrossentropy({.axis = 0}), Array::ones({4}), scores), ShapeError);
  EXPECT_THROW(value_of(losses::MeanSquaredError(), Array::ones({4, 2}), scores), ShapeError);
}

}  // namespace
