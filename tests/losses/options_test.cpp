// What the recorded cases don't show: dtypes, classes along other axes, functions, values outside of what is usual.
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/losses/losses.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "keratin/session/session.h"
#include "support/differences.h"

namespace {

using namespace keratin;
using losses::Reduction;

template <class F>
Array value_of(const F& f, const Array& y_true, const Array& y_pred) {
  Session session({.threads = 1});
  return session.function([&](const Tensor& y, const Tensor& x) { return Tensor(f(y, x)); })(y_true, y_pred);
}

Array row(std::vector<float> numbers) {
  const auto count = static_cast<std::int64_t>(numbers.size());
  return Array::copy_of(numbers).reshaped({1, count});
}

Array probabilities() {  // (2, 3, 2), of which sums are 1 along axis 1
  return Array::copy_of(std::vector<float>{0.2f, 0.6f, 0.3f, 0.3f, 0.5f, 0.1f, 0.7f, 0.2f, 0.1f, 0.4f, 0.2f, 0.4f})
      .reshaped({2, 3, 2});
}

TEST(LossDType, IsWhatTheLossIsComputedIn) {
  const Array y_true = row({0.0f});
  const Array y_pred = row({1.0f / 3.0f});
  for (const DType dtype : {bfloat16, float32, float64}) {
    const losses::MeanSquaredError loss({.dtype = dtype});
    for (const DType given : {int32, float32, float64})
      EXPECT_EQ(value_of(loss, y_true.astype(given), y_pred.astype(given)).dtype(), dtype);
  }
  const Array coarse = value_of(losses::MeanSquaredError({.dtype = bfloat16}), y_true, y_pred);
  EXPECT_NEAR(coarse.astype(float64).item<double>(), 1.0 / 9.0, 1e-2 / 9.0);
  EXPECT_NE(coarse.astype(float32).item<float>(), value_of(losses::MeanSquaredError(), y_true, y_pred).item<float>());
  for (const DType dtype : {int32, float16, complex64, boolean}) {
    EXPECT_THROW(losses::MeanSquaredError({.dtype = dtype}), ValueError);
    EXPECT_THROW(losses::Huber({.dtype = dtype}), ValueError);
  }
}

TEST(LossReduction, IsAName) {
  const losses::MeanAbsoluteError by_name({.reduction = "sum"});
  EXPECT_EQ(by_name.reduction(), Reduction::sum);
  EXPECT_EQ(losses::MeanAbsoluteError({.reduction = Reduction::mean}).reduction().name(), "mean");
  EXPECT_EQ(losses::MeanAbsoluteError().reduction(), Reduction::sum_over_batch_size);
  EXPECT_THROW(Reduction(name("average")), ValueError);
}

TEST(SparseCategoricalCrossentropy, TakesClassesAlongAnyAxis) {
  const Array classes = Array::copy_of({0, 2, 1, 0}).reshaped({2, 2});
  const auto last = [](const Tensor& x) { return ops::swapaxes(x, 1, 2); };
  for (const bool from_logits : {false, true})
    for (const std::optional<std::int64_t> ignored : {std::optional<std::int64_t>(), std::optional<std::int64_t>(2)}) {
      const losses::SparseCategoricalCrossentropy loss(
          {.from_logits = from_logits, .ignore_class = ignored, .reduction = "none", .axis = 1});
      const losses::SparseCategoricalCrossentropy of_last(
          {.from_logits = from_logits, .ignore_class = ignored, .reduction = "none"});
      const Array expected =
          value_of([&](const Tensor& y, const Tensor& x) { return of_last(y, last(x)); }, classes, probabilities());
      EXPECT_TRUE(all_close(value_of(loss, classes, probabilities()), expected, 1e-6, 1e-7));
      EXPECT_TRUE(all_close(value_of(loss, classes.reshaped({2, 1, 2}), probabilities()), expected, 1e-6, 1e-7));
    }
  // The logits of a softmax along that axis are used: a probability of 0 would be clipped.
  const auto of_softmax = [](const Tensor& y, const Tensor& x) {
    return losses::sparse_categorical_crossentropy(y, ops::softmax(x, 1), false, {}, 1);
  };
  const Array far = Array::copy_of(std::vector<float>{0.0f, 200.0f}).reshaped({1, 2, 1});
  EXPECT_FLOAT_EQ(value_of(of_softmax, Array::zeros({1, 1}, int32), far).item<float>(), 200.0f);
}

TEST(SparseCategoricalCrossentropy, LeavesOutAClassThatItsDTypeCannotHold) {
  const losses::SparseCategoricalCrossentropy ignoring({.ignore_class = -1, .reduction = "none"});
  const Array scores = Array::full({2, 256}, 1.0 / 256.0);
  const Array losses = value_of(ignoring, Array::copy_of({255, 3}).astype(uint8), scores);
  EXPECT_NEAR(losses.data<float>()[0], std::log(256.0), 1e-4) << "255 isn't -1";
  EXPECT_NEAR(losses.data<float>()[1], std::log(256.0), 1e-4);
}

TEST(SparseCategoricalCrossentropy, SetsAMaskOnWhatItGives) {
  Session session({.threads = 1});
  const auto f = session.function([](const Tensor& y, const Tensor& x) {
    const Tensor loss = losses::sparse_categorical_crossentropy(y, x, false, 1);
    return ops::cast(graph::builder_of(loss, "a mask").mask(loss), int32);
  });
  const Array mask = f(Array::copy_of({1, 0, 2}), Array::full({3, 3}, 1.0 / 3.0));
  EXPECT_TRUE(all_close(mask, Array::copy_of({0, 1, 1}), 0.0, 0.0)) << mask;
}

TEST(Circle, HasAGradientWhereASampleHasNoPartner) {
  const Array embeddings = Array::copy_of(std::vector<double>{0.6, 0.7, -0.8, 0.5, 0.1, -0.9}).reshaped({3, 2});
  const Array classes = Array::copy_of({0, 1, 2});
  Session session({.threads = 1});
  const auto f = session.function([](const Tensor& y, const Tensor& x) {
    const Tensor loss = losses::circle(y, x);
    return std::vector<Tensor>{loss, gradients(ops::sum(loss), {x})[0]};
  });
  const std::vector<Array> results = f.call(std::vector<Array>{classes, embeddings});
  EXPECT_TRUE(all_close(results[0], Array::zeros({3}, float64), 0.0, 0.0));
  EXPECT_TRUE(all_close(results[1], Array::zeros({3, 2}, float64), 0.0, 0.0)) << results[1];
}

TEST(Circle, TakesReferences) {
  const Array embeddings = Array::copy_of(std::vector<double>{0.6, 0.7, -0.8, 0.5}).reshaped({2, 2});
  const Array others = Array::copy_of(std::vector<double>{0.5, 0.8, -0.9, 0.3, 0.2, -0.9}).reshaped({3, 2});
  // The formula, pair by pair.
  const double gamma = 4.0;
  const double margin = 0.25;
  const std::vector<int> labels{0, 1};
  const std::vector<int> of_others{0, 1, 1};
  std::vector<double> expected;
  for (std::size_t i = 0; i < 2; ++i) {
    double positive = 0.0;
    double negative = 0.0;
    for (std::size_t j = 0; j < 3; ++j) {
      const auto at = [](const Array& a, std::size_t k) { return a.data<double>()[k]; };
      const double cosine =
          at(embeddings, 2 * i) * at(others, 2 * j) + at(embeddings, 2 * i + 1) * at(others, 2 * j + 1);
      const double d = std::max(1.0 - cosine, 0.0);
      if (labels[i] == of_others[j]) {
        positive += std::exp(-gamma * std::max(margin + d, 0.0) * (margin - d));
      } else {
        negative += std::exp(gamma * std::max(1.0 + margin - d, 0.0) * (1.0 - margin - d));
      }
    }
    expected.push_back(std::log1p(positive * negative));
  }
  Session session({.threads = 1});
  const auto f = session.function([&](std::span<const Tensor> x) {
    return std::vector<Tensor>{losses::circle(x[0], x[1], x[2], x[3], false, gamma, margin)};
  });
  const Array result =
      f.call(std::vector<Array>{Array::copy_of(labels), embeddings, Array::copy_of(of_others), others}).at(0);
  EXPECT_TRUE(all_close(result, Array::copy_of(expected), 1e-12, 1e-12)) << result;
}

TEST(CategoricalGeneralizedCrossEntropy, HasAGradientWhereAProbabilityIsZero) {
  const Array scores = Array::copy_of(std::vector<double>{0.0, 1.0, 0.25, 0.75}).reshaped({2, 2});
  Session session({.threads = 1});
  const auto f = session.function([](const Tensor& y, const Tensor& x) {
    return gradients(ops::sum(losses::categorical_generalized_cross_entropy(y, x, 0.5)), {x})[0];
  });
  const Array gradient = f(Array::copy_of({0, 0}), scores);
  EXPECT_TRUE(
      all_close(gradient, Array::copy_of(std::vector<double>{0.0, 0.0, -2.0, 0.0}).reshaped({2, 2}), 1e-12, 0.0))
      << gradient;
}

TEST(Ctc, CountsStepsThatAreNotKnownBefore) {
  const Array labels = Array::copy_of({1, 2, 0, 2, 0, 0}).reshaped({2, 3});
  const Array logits =
      Array::copy_of(std::vector<double>{0.5,  -0.2, 0.1, 0.3, 0.9, -0.7, -0.4, 0.2,  0.6, 0.1, 0.0, 0.4,
                                         -0.5, 0.8,  0.3, 0.2, 0.7, -0.1, 0.6,  -0.3, 0.5, 0.4, 0.1, -0.9})
          .reshaped({2, 4, 3});
  test::expect_gradient_as_differences(
      [&](const Tensor& x) { return losses::ctc(graph::builder_of(x, "labels").constant(labels), x); }, logits);
  EXPECT_THROW(value_of(losses::CTC(), labels.reshaped({6}), logits), ShapeError);
  EXPECT_THROW(value_of(losses::CTC(), labels, logits.reshaped({8, 3})), ShapeError);
}

TEST(LossFunctions, AreWhatTheClassesCall) {
  const Array y_true = row({1.0f, 0.0f, 1.0f});
  const Array y_pred = row({0.7f, 0.2f, 0.4f});
  const auto same = [&](const auto& function, const losses::Loss& loss) {
    EXPECT_TRUE(all_close(value_of(function, y_true, y_pred), value_of(loss, y_true, y_pred), 0.0, 0.0)) << loss.name();
  };
  const Reduction none = "none";
  same([](const Tensor& y, const Tensor& x) { return losses::huber(y, x, 0.5); },
       losses::Huber({.delta = 0.5, .reduction = none}));
  same([](const Tensor& y, const Tensor& x) { return losses::tversky(y, x, 0.3, 0.8, -1); },
       losses::Tversky({.alpha = 0.3, .beta = 0.8, .reduction = none, .axis = -1}));
  same([](const Tensor& y,
          const Tensor& x) { return losses::binary_focal_crossentropy(y, x, true, 0.4, 1.5, false, 0.1); },
       losses::BinaryFocalCrossentropy(
           {.apply_class_balancing = true, .alpha = 0.4, .gamma = 1.5, .label_smoothing = 0.1, .reduction = none}));
  same([](const Tensor& y, const Tensor& x) { return losses::mean_squared_error(ops::cast(y, int32), x); },
       losses::MeanSquaredError({.reduction = none}));
}

TEST(LossErrors, SayWhatDoesNotFit) {
  for (const double q : {0.0, 1.0, -1.0, std::nan("")})
    EXPECT_THROW(losses::CategoricalGeneralizedCrossEntropy({.q = q}), ValueError);
  EXPECT_THROW(losses::Huber({.delta = std::nan("")}), ValueError);
  EXPECT_THROW(losses::BinaryFocalCrossentropy({.label_smoothing = 2.0}), ValueError);
  EXPECT_THROW(losses::CategoricalFocalCrossentropy({.label_smoothing = -0.1}), ValueError);
  const Array scores = Array::full({4, 3}, 0.5);
  EXPECT_THROW(value_of(losses::BinaryFocalCrossentropy(), Array::ones({4, 1}), scores), ShapeError);
  EXPECT_THROW(value_of(losses::CategoricalFocalCrossentropy(), Array::ones({4, 2}), scores), ShapeError);
  EXPECT_THROW(value_of(losses::CategoricalGeneralizedCrossEntropy(), Array::ones({4, 3}), scores), ShapeError);
  EXPECT_THROW(value_of(losses::Circle(), Array::ones({5}, int32), scores), ShapeError);
  EXPECT_THROW(value_of(losses::Circle(), Array::ones({4, 3}, int32), scores), ShapeError);
  EXPECT_THROW(value_of(losses::Dice({.axis = 2}), scores, scores), ValueError);
  EXPECT_THROW(value_of(losses::CosineSimilarity({.axis = 2}), scores, scores), ValueError);
  EXPECT_THROW(value_of(losses::KLDivergence(), Array::ones({4, 2}), scores), ShapeError);
}

TEST(Losses, SayWhetherTargetsAreClassNumbers) {
  EXPECT_TRUE(losses::CategoricalGeneralizedCrossEntropy().takes_class_numbers());
  EXPECT_TRUE(losses::Circle().takes_class_numbers());
  EXPECT_TRUE(losses::CTC().takes_class_numbers());
  EXPECT_FALSE(losses::Hinge().takes_class_numbers());
}

}  // namespace
