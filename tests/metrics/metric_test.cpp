#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/core/error.h"
#include "keratin/metrics/metrics.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
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
  for (const MetricSpec& spec : {MetricSpec("accuracy"), MetricSpec("acc"), MetricSpec("Accuracy")}) {
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
  for (const std::string_view each : metric_names) {
    const MetricSpec spec(name(std::string(each)));
    EXPECT_EQ(spec.make(shape, shape)->name(), each);
    EXPECT_EQ(to_string(spec.config()), to_string(ConfigValue(std::string(each))));
    EXPECT_EQ(MetricSpec::from_config(spec.config()).name(), each);
  }
  EXPECT_TRUE(resolves_to<metrics::MeanSquaredError>("mse", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::MeanAbsoluteError>("MAE", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::MeanAbsolutePercentageError>("mape", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::MeanSquaredLogarithmicError>("MSLE", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::BinaryCrossentropy>("bce", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::AUC>("auc", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::BinaryIoU>("binary_io_u", shape, shape));
  EXPECT_TRUE(resolves_to<metrics::FBetaScore>("f_beta_score", shape, shape));
  const MetricSpec own(metrics::Accuracy({.name = "exact"}));
  EXPECT_EQ(own.make()->name(), "exact");
  EXPECT_THROW(MetricSpec().make(shape, shape), ValueError);
  EXPECT_THROW(MetricSpec(name("acuracy")), ValueError);
}

TEST(MetricSpec, NoneFunctionsAndClassesAreReadAndWritten) {
  EXPECT_TRUE(MetricSpec::from_config({}).is_empty());
  EXPECT_TRUE(MetricSpec().config().is_none());
  const auto function = [](const char* name) {
    return Config{
        {"module", "builtins"}, {"class_name", "function"}, {"config", name}, {"registered_name", "function"}};
  };
  for (const char* const each : {"mean_squared_error", "huber", "binary_accuracy", "pearson_correlation"}) {
    const MetricSpec spec = MetricSpec::from_config(function(each));
    EXPECT_EQ(spec.make()->name(), each);
    EXPECT_EQ(to_string(spec.config()), to_string(ConfigValue(function(each))));
  }
  const Config wrapper{{"name", "error"}, {"dtype", "float32"}, {"fn", function("mean_squared_error")}};
  const MetricSpec wrapped = MetricSpec::from_config(Config{{"class_name", "MeanMetricWrapper"}, {"config", wrapper}});
  EXPECT_EQ(to_string(wrapped.object()->config()), to_string(ConfigValue(wrapper)));
  const MetricSpec own = metrics::custom("off", [](const Tensor& y, const Tensor& x) { return ops::abs(x - y); });
  EXPECT_EQ(to_string(own.config()), to_string(ConfigValue(function("off"))));
  const auto object = [](const char* name, const Config& config) {
    return Config{{"class_name", name}, {"config", config}};
  };
  EXPECT_THROW(MetricSpec::from_config(function("off")), ValueError);
  EXPECT_THROW(MetricSpec::from_config(object("MeanMetricWrapper", {})), ValueError);
  EXPECT_THROW(MetricSpec::from_config(object("WithinOne", {})), ValueError) << "a class of the user's";
  EXPECT_THROW(MetricSpec::from_config(object("AUC", {{"points", 3}})), ValueError) << "no such option";
  EXPECT_THROW(MetricSpec::from_config(object("AUC", {{"curve", "round"}})), ValueError);
  EXPECT_THROW(MetricSpec::from_config(object("IoU", {{"num_classes", 3}})), ValueError) << "no target_class_ids";
}

TEST(MetricSpec, WeightsOfLabelsComeAsAListOrAsKerasTensor) {
  const Config tensor{{"class_name", "__tensor__"},
                      {"config", Config{{"value", ConfigValue::List{0.5, 2.0}}, {"dtype", "float32"}}}};
  const MetricSpec spec =
      MetricSpec::from_config(Config{{"class_name", "AUC"}, {"config", Config{{"label_weights", tensor}}}});
  EXPECT_EQ(to_string(spec.object()->config().at("label_weights")), "[0.5, 2]");
}

TEST(MetricSpec, ATypeIsKeptAndCounted) {
  Session session({.threads = 1});
  const auto dtype_of_state = [&](const MetricSpec& spec) { return spec.add_to(session)->variables().front().dtype(); };
  EXPECT_EQ(dtype_of_state(metrics::Mean()), float32);
  EXPECT_EQ(dtype_of_state(metrics::Mean({.dtype = float64})), float64);
  EXPECT_EQ(dtype_of_state(metrics::MeanSquaredError({.dtype = float64})), float64);
  EXPECT_EQ(dtype_of_state(metrics::MeanIoU(2)), int64);
  EXPECT_EQ(dtype_of_state(metrics::MeanIoU(2, {.dtype = float32})), float32);
  EXPECT_EQ(dtype_of_state(metrics::AUC({.dtype = float64})), float32) << "as in Keras";
  const auto mean = session.add(metrics::Mean({.dtype = float64}));
  mean->update_state(Array::copy_of({1.0, 1e-12}));
  EXPECT_EQ(mean->value().dtype(), float64);
  EXPECT_EQ(mean->value().item<double>(), (1.0 + 1e-12) / 2.0);
  EXPECT_THROW(metrics::Mean({.dtype = float16}), ValueError) << "nothing computes in it";
  EXPECT_THROW(metrics::Mean({.dtype = keratin::string}), ValueError);
}

TEST(MetricSpec, NamesComeFromTheClassAndAreCountedByTheSession) {
  Session session({.threads = 1});
  EXPECT_EQ(session.add(metrics::AUC())->name(), "auc");
  EXPECT_EQ(session.add(metrics::AUC())->name(), "auc_1");
  EXPECT_EQ(session.add(metrics::OneHotMeanIoU(2))->name(), "one_hot_mean_io_u");
  EXPECT_EQ(session.add(metrics::Mean())->name(), "mean");
  EXPECT_EQ(session.add(metrics::LogCoshError())->name(), "logcosh");
}

/// A metric as a user writes it, which says nothing of its name, its dtype or its description.
class LargestError : public Metric {
 public:
  using Metric::update_state;
  void build() override { largest_ = add_state("largest"); }
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& /*sample_weight*/) override {
    largest_.assign(ops::maximum(largest_, ops::max(ops::abs(y_true - y_pred))));
  }
  Tensor result() const override { return largest_; }

 private:
  Variable largest_;
};

TEST(Metric, OfTheUsersOwnClassIsOneOfItsOwn) {
  Session session({.threads = 1});
  const auto metric = session.add(LargestError());
  metric->update_state(Array::copy_of({1.0f, 2.0f}), Array::copy_of({1.5f, 5.0f}));
  metric->update_state(Array::copy_of({1.0f}), Array::copy_of({1.0f}));
  EXPECT_EQ(metric->value().item<float>(), 3.0f);
  EXPECT_EQ(metric->name(), "largest_error");
  EXPECT_EQ(to_string(MetricSpec(LargestError()).config()),
            "{'module': None, 'class_name': 'LargestError', 'config': {'name': 'largest_error', 'dtype': 'float32'}, "
            "'registered_name': 'LargestError'}");
}

TEST(Metric, ANumberOnArraysNeedsASessionAndNoFunction) {
  metrics::AUC spec;
  EXPECT_THROW(spec.update_state(Array::ones({2}), Array::ones({2})), ValueError);
  EXPECT_THROW(spec.value(), ValueError);
  Session session({.threads = 1});
  const auto metric = session.add(metrics::Mean());
  const auto inside = session.function([&](const Tensor& x) {
    metric->update_state(Array::ones({2}));
    return x;
  });
  EXPECT_THROW(inside(Array::ones({2})), ValueError);
  EXPECT_THROW(session.add(metrics::R2Score())->value(), ValueError) << "no batch has said how many outputs there are";
  EXPECT_THROW(session.add(metrics::F1Score())->value(), ValueError);
  EXPECT_THROW(session.add(metrics::AUC({.multi_label = true}))->value(), ValueError);
}

TEST(Metric, MergesItsLikeAlone) {
  Session session({.threads = 1});
  const auto metric = session.add(metrics::Precision({.thresholds = 0.5}));
  const auto filled = session.add(metrics::Precision({.thresholds = 0.5, .name = "other"}));
  filled->update_state(Array::copy_of({1.0f, 0.0f}), Array::copy_of({0.9f, 0.8f}));
  const auto with = [&](Handle<Metric> other) { metric->merge_state({filled, other}); };
  EXPECT_THROW(with(session.add(metrics::Recall({.thresholds = 0.5}))), ValueError);
  EXPECT_THROW(with(session.add(metrics::Precision({.thresholds = 0.4}))), ValueError);
  EXPECT_THROW(with({}), ValueError);
  EXPECT_EQ(metric->variables()[0].value().item<float>(), 0.0f) << "nothing was merged before the error";
  metric->merge_state({filled});
  EXPECT_EQ(metric->value().item<float>(), 0.5f);
  const auto inside = session.function([&] {
    metric->merge_state({filled});
    return metric->variables()[0];
  });
  EXPECT_EQ(inside().item<float>(), 2.0f);
}

TEST(Metric, CountsLargeBatchesByBucketsAsByComparing) {
  const Array y_true = Array::random_uniform({5000}, {.seed = 1}).astype(float32);
  const Array y_pred = Array::random_uniform({5000}, {.seed = 2});
  std::vector<float> labels(5000);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = y_true.data<float>()[i] > 0.5f ? 1.0f : 0.0f;
  std::vector<double> thresholds;
  for (int i = 1; i < 199; ++i) thresholds.push_back(static_cast<double>(i) / 199.0);
  thresholds.push_back(0.5);  // so that they aren't even
  Session session({.threads = 1});
  const auto even = session.add(metrics::AUC());
  const auto other = session.add(metrics::AUC({.thresholds = thresholds}));
  for (const auto& metric : {even, other}) metric->update_state(Array::copy_of(labels), y_pred);
  EXPECT_NEAR(even->value().item<float>(), other->value().item<float>(), 1e-4f);
}

TEST(Metric, CountsScoresThatAreNoNumbersAsNegative) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Session session({.threads = 1});
  const auto metric = session.add(metrics::TruePositives({.thresholds = {0.0, 0.5, 1.0}}));
  metric->update_state(Array::copy_of({1.0f, 1.0f}), Array::copy_of({nan, 0.7f}));
  const Array counts = metric->value();
  EXPECT_EQ(std::vector<float>(counts.data<float>().begin(), counts.data<float>().end()),
            (std::vector<float>{1.0f, 1.0f, 0.0f}));
}

TEST(Metric, RefusesOptionsThatMakeNoSense) {
  using namespace metrics;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(metrics::CategoricalCrossentropy({.label_smoothing = 2.0}), ValueError);
  EXPECT_THROW(metrics::BinaryCrossentropy({.label_smoothing = -1.0}), ValueError);
  EXPECT_THROW(TopKCategoricalAccuracy({.k = 0}), ValueError);
  EXPECT_THROW(SparseTopKCategoricalAccuracy({.k = -1}), ValueError);
  EXPECT_THROW(TruePositives({.thresholds = 1.5}), ValueError);
  EXPECT_THROW(TrueNegatives({.thresholds = {0.1, -0.1}}), ValueError);
  EXPECT_THROW(FalsePositives({.thresholds = nan}), ValueError);
  EXPECT_THROW(FalseNegatives({.thresholds = std::vector<double>()}), ValueError);
  EXPECT_THROW(Precision({.thresholds = -0.5}), ValueError);
  EXPECT_THROW(Recall({.top_k = 0}), ValueError);
  EXPECT_THROW(SensitivityAtSpecificity(1.1), ValueError);
  EXPECT_THROW(SpecificityAtSensitivity(-0.1), ValueError);
  EXPECT_THROW(PrecisionAtRecall{nan}, ValueError);
  EXPECT_THROW(RecallAtPrecision(0.5, {.num_thresholds = 0}), ValueError);
  EXPECT_THROW(AUC({.num_thresholds = 1}), ValueError);
  EXPECT_THROW(AUC({.num_labels = 2}), ValueError);
  EXPECT_THROW(AUC({.thresholds = {0.2, 1.2}}), ValueError);
  EXPECT_THROW(FBetaScore({.beta = 0.0}), ValueError);
  EXPECT_THROW(FBetaScore({.threshold = 0.0}), ValueError);
  EXPECT_THROW(F1Score({.threshold = 1.5}), ValueError);
  EXPECT_THROW(R2Score({.num_regressors = -1}), ValueError);
  EXPECT_THROW(IoU(3, {0, 3}), ValueError);
  EXPECT_THROW(IoU(3, {-1}), ValueError);
  EXPECT_THROW(IoU(3, {}), ValueError);
  EXPECT_THROW(MeanIoU(0), ValueError);
  EXPECT_THROW(BinaryIoU({.target_class_ids = {2}}), ValueError);
}

TEST(Metric, RefusesShapesThatDontFit) {
  Session session({.threads = 1});
  const auto update = [&](const MetricSpec& spec, const Shape& y_true, const Shape& y_pred) {
    spec.add_to(session)->update_state(Array::ones(y_true), Array::ones(y_pred));
  };
  EXPECT_THROW(update(metrics::R2Score(), {4}, {4}), ShapeError);
  EXPECT_THROW(update(metrics::R2Score(), {4, 2}, {4, 3}), ShapeError);
  EXPECT_THROW(update(metrics::F1Score(), {4}, {4, 3}), ShapeError);
  EXPECT_THROW(update(metrics::Precision(), {4, 3}, {4, 2}), ShapeError);
  EXPECT_THROW(update(metrics::Precision({.class_id = 1}), {4}, {4}), ShapeError);
  EXPECT_THROW(update(metrics::AUC({.multi_label = true}), {4}, {4}), ShapeError);
  EXPECT_THROW(update(metrics::AUC({.multi_label = true, .num_labels = 2}), {4, 3}, {4, 3}), ShapeError);
  EXPECT_THROW(update(metrics::AUC({.label_weights = {1.0, 2.0}}), {4, 3}, {4, 3}), ShapeError);
  const auto mean = session.add(metrics::Mean());
  EXPECT_THROW(mean->update_state(Array::ones({4, 3}), Array::ones({4, 2})), ShapeError) << "weights don't broadcast";
  EXPECT_THROW(mean->update_state(Array::ones({4}), Array::ones({4}), Array::ones({4})), ValueError) << "two weights";
}

}  // namespace
