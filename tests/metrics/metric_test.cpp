#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/metrics/metrics.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/session/session.h"

namespace {

using namespace keratin;

/// The metric's result after one batch.
template <class M>
float result_of(const M& spec, const Array& y_true, const Array& y_pred) {
  Session session({.threads = 1});
  const auto metric = session.add(spec);
  const auto f = session.function([&](const Tensor& y, const Tensor& x) {
    metric->update_state(y, x, {});
    return metric->result();
  });
  return f(y_true, y_pred).template item<float>();
}

TEST(Metric, CountsRowsSoThatShortBatchesWeighLess) {
  Session session({.threads = 1});
  const auto metric = session.add(metrics::MeanSquaredError());
  const auto update = session.function([&](const Tensor& y, const Tensor& x) {
    metric->update_state(y, x, {});
    return metric->result();
  });
  const Array y_true = Array::random_normal({10, 3}, {.seed = 1});
  const Array y_pred = Array::random_normal({10, 3}, {.seed = 2});
  double expected = 0.0;
  for (std::size_t i = 0; i < 30; ++i) {
    const double error = double{y_true.data<float>()[i]} - double{y_pred.data<float>()[i]};
    expected += error * error / 30.0;
  }
  update(y_true.rows(0, 4), y_pred.rows(0, 4));
  update(y_true.rows(4, 8), y_pred.rows(4, 8));
  EXPECT_NEAR(update(y_true.rows(8, 10), y_pred.rows(8, 10)).item<double>(), expected, 1e-6);
  EXPECT_EQ(update.stats().traces, 1);
  EXPECT_EQ(metric->variables()[1].value().item<float>(), 10.0f);
}

TEST(Metric, StartsAnewAfterAReset) {
  Session session({.threads = 1});
  const auto metric = session.add(metrics::Mean({.name = "loss"}));
  EXPECT_EQ(metric->name(), "loss");
  const auto update = session.function([&](const Tensor& x) {
    metric->update_state(x, {}, {});
    return metric->result();
  });
  EXPECT_EQ(update(Array::copy_of({1.0f, 2.0f})).item<float>(), 1.5f);
  metric->reset_state();
  for (const Variable& state : metric->variables()) EXPECT_EQ(state.value().item<float>(), 0.0f);
  EXPECT_EQ(update(Array::copy_of({5.0f})).item<float>(), 5.0f);
  EXPECT_EQ(session.memory().by_category.at(MemoryCategory::metrics), 8);
}

TEST(Metric, OfAFunctionIsItsMean) {
  const auto own = metrics::custom("off_by_one", [](const Tensor& y, const Tensor& x) {
    return ops::cast(ops::equal(ops::abs(x - y), 1), float32);
  });
  EXPECT_EQ(own.name(), "off_by_one");
  EXPECT_EQ(result_of(own, Array::copy_of({1, 2, 3, 4}), Array::copy_of({2, 2, 2, 6})), 0.5f);
  EXPECT_THROW(metrics::custom("empty", {}), ValueError);
}

TEST(Accuracy, TakesTargetsOfAnyNumberType) {
  const Array scores = Array::copy_of({0.1f, 0.9f, 0.8f, 0.2f, 0.3f, 0.7f}).reshaped({3, 2});
  for (const DType dtype : {boolean, uint8, int32, int64, float32, float64}) {
    EXPECT_FLOAT_EQ(result_of(metrics::SparseCategoricalAccuracy(), Array::copy_of({1, 1, 1}).astype(dtype), scores),
                    2.0f / 3.0f);
    EXPECT_FLOAT_EQ(
        result_of(metrics::BinaryAccuracy(), Array::copy_of({0, 1, 1, 1, 0, 1}).astype(dtype), scores.reshaped({6})),
        5.0f / 6.0f);
  }
}

TEST(Accuracy, ATargetBetweenClassesIsNeverHit) {
  const Array scores = Array::copy_of({0.1f, 0.9f, 0.2f, 0.8f}).reshaped({2, 2});
  EXPECT_EQ(result_of(metrics::SparseCategoricalAccuracy(), Array::copy_of({1.5f, 1.0f}), scores), 0.5f);
  EXPECT_EQ(result_of(metrics::BinaryAccuracy(), Array::copy_of({0.5f, 1.0f}), Array::copy_of({0.9f, 0.9f})), 0.5f);
}

TEST(Accuracy, BinaryTakesAThresholdForLogitsToo) {
  const metrics::BinaryAccuracy spec({.threshold = 0.0});
  EXPECT_EQ(result_of(spec, Array::copy_of({1.0f, 0.0f}), Array::copy_of({0.1f, -0.1f})), 1.0f);
  EXPECT_THROW(metrics::BinaryAccuracy({.threshold = std::numeric_limits<double>::quiet_NaN()}), ValueError);
}

template <class M>
bool resolves_to(const MetricSpec& spec, const Shape& y_true, const Shape& y_pred) {
  return dynamic_cast<const M*>(spec.make(y_true, y_pred).get()) != nullptr;
}

TEST(MetricSpec, AccuracyIsResolvedByTheShapesAsInKeras) {
  for (const MetricSpec& spec : {MetricSpec("accuracy"), MetricSpec("acc")}) {
    EXPECT_TRUE(resolves_to<metrics::BinaryAccuracy>(spec, {-1, 1}, {-1, 1}));
    EXPECT_TRUE(resolves_to<metrics::BinaryAccuracy>(spec, {-1}, {-1, 1}));
    EXPECT_TRUE(resolves_to<metrics::SparseCategoricalAccuracy>(spec, {-1, 1}, {-1, 10}));
    EXPECT_TRUE(resolves_to<metrics::SparseCategoricalAccuracy>(spec, {-1}, {-1, 10}));
    EXPECT_TRUE(resolves_to<metrics::SparseCategoricalAccuracy>(spec, {-1, 5}, {-1, 5, 10}));
    EXPECT_TRUE(resolves_to<metrics::CategoricalAccuracy>(spec, {-1, 10}, {-1, 10}));
    EXPECT_EQ(spec.make({-1, 10}, {-1, 10})->name(), spec.name());
  }
}

TEST(MetricSpec, ANameIsTheMetricsName) {
  const Shape shape{-1, 3};
  for (const std::string_view each : metric_names)
    EXPECT_EQ(MetricSpec(name(std::string(each))).make(shape, shape)->name(), each);
  EXPECT_TRUE(resolves_to<metrics::MeanSquaredError>("mse", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::MeanAbsoluteError>("MAE", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::BinaryAccuracy>("binary_accuracy", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::BinaryCrossentropy>("bce", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::CategoricalCrossentropy>("categorical_crossentropy", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::SparseCategoricalCrossentropy>("SparseCategoricalCrossentropy", shape, shape));
  const MetricSpec own(metrics::Accuracy({.name = "exact"}));
  EXPECT_EQ(own.make(shape, shape)->name(), "exact");
  EXPECT_THROW(MetricSpec().make(shape, shape), ValueError);
  EXPECT_THROW(MetricSpec(name("acuracy")), ValueError);
}

TEST(Metric, RefusesWhatMakesNoSense) {
  EXPECT_THROW(metrics::SparseCategoricalCrossentropy({.label_smoothing = 0.1}), ValueError);
  EXPECT_THROW(metrics::CategoricalCrossentropy({.label_smoothing = 2.0}), ValueError);
  Session session({.threads = 1});
  const auto metric = session.add(metrics::Mean());
  const auto update = session.function([&](const Tensor& x, const Tensor& weight) {
    metric->update_state(x, {}, weight);
    return metric->result();
  });
  EXPECT_THROW(update(Array::ones({4, 3}), Array::ones({4, 2})), ShapeError) << "weights that don't broadcast";
}

}  // namespace
