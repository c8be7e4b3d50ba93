#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "core/class_name.h"
#include "core/spec_table.h"
#include "graph/custom_function.h"
#include "keratin/core/error.h"
#include "keratin/losses/losses.h"
#include "keratin/metrics/metrics.h"
#include "keratin/session/session.h"
#include "losses/common.h"
#include "metrics/options.h"
#include "session/core.h"

namespace keratin::inline v0 {
namespace metrics {
namespace {

using Entry = core::SpecEntry<MetricSpec>;

/// A class with a from_config, or one that has a name and a dtype alone.
template <class T>
constexpr Entry entry(std::string_view class_name, std::string_view name, std::string_view alias = {},
                      std::string_view other_alias = {}) {
  const auto make = [](const Config& config) -> MetricSpec {
    if constexpr (requires { T::from_config(config); }) {
      return T::from_config(config);
    } else {
      return T(options_from<NameOptions>(config, core::class_name(typeid(T)), name_options));
    }
  };
  return {class_name, name, alias, make, other_alias};
}

constexpr Entry entries[] = {
    entry<Sum>("Sum", "sum"),
    entry<Mean>("Mean", "mean"),
    entry<MeanMetricWrapper>("MeanMetricWrapper", "mean_metric_wrapper"),
    entry<Accuracy>("Accuracy", "accuracy"),
    entry<BinaryAccuracy>("BinaryAccuracy", "binary_accuracy"),
    entry<CategoricalAccuracy>("CategoricalAccuracy", "categorical_accuracy"),
    entry<SparseCategoricalAccuracy>("SparseCategoricalAccuracy", "sparse_categorical_accuracy"),
    entry<TopKCategoricalAccuracy>("TopKCategoricalAccuracy", "top_k_categorical_accuracy"),
    entry<SparseTopKCategoricalAccuracy>("SparseTopKCategoricalAccuracy", "sparse_top_k_categorical_accuracy"),
    entry<BinaryCrossentropy>("BinaryCrossentropy", "binary_crossentropy", "bce", "BCE"),
    entry<CategoricalCrossentropy>("CategoricalCrossentropy", "categorical_crossentropy"),
    entry<SparseCategoricalCrossentropy>("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"),
    entry<KLDivergence>("KLDivergence", "kl_divergence"),
    entry<Poisson>("Poisson", "poisson"),
    entry<Hinge>("Hinge", "hinge"),
    entry<SquaredHinge>("SquaredHinge", "squared_hinge"),
    entry<CategoricalHinge>("CategoricalHinge", "categorical_hinge"),
    entry<MeanSquaredError>("MeanSquaredError", "mean_squared_error", "mse", "MSE"),
    entry<RootMeanSquaredError>("RootMeanSquaredError", "root_mean_squared_error"),
    entry<MeanAbsoluteError>("MeanAbsoluteError", "mean_absolute_error", "mae", "MAE"),
    entry<MeanAbsolutePercentageError>("MeanAbsolutePercentageError", "mean_absolute_percentage_error", "mape", "MAPE"),
    entry<MeanSquaredLogarithmicError>("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", "msle", "MSLE"),
    entry<LogCoshError>("LogCoshError", "log_cosh_error"),
    entry<CosineSimilarity>("CosineSimilarity", "cosine_similarity"),
    entry<PearsonCorrelation>("PearsonCorrelation", "pearson_correlation"),
    entry<ConcordanceCorrelation>("ConcordanceCorrelation", "concordance_correlation"),
    entry<R2Score>("R2Score", "r2_score"),
    entry<FBetaScore>("FBetaScore", "f_beta_score"),
    entry<F1Score>("F1Score", "f1_score"),
    entry<AUC>("AUC", "auc"),
    entry<Precision>("Precision", "precision"),
    entry<Recall>("Recall", "recall"),
    entry<TruePositives>("TruePositives", "true_positives"),
    entry<FalsePositives>("FalsePositives", "false_positives"),
    entry<TrueNegatives>("TrueNegatives", "true_negatives"),
    entry<FalseNegatives>("FalseNegatives", "false_negatives"),
    entry<SensitivityAtSpecificity>("SensitivityAtSpecificity", "sensitivity_at_specificity"),
    entry<SpecificityAtSensitivity>("SpecificityAtSensitivity", "specificity_at_sensitivity"),
    entry<PrecisionAtRecall>("PrecisionAtRecall", "precision_at_recall"),
    entry<RecallAtPrecision>("RecallAtPrecision", "recall_at_precision"),
    entry<IoU>("IoU", "io_u"),
    entry<BinaryIoU>("BinaryIoU", "binary_io_u"),
    entry<MeanIoU>("MeanIoU", "mean_io_u"),
    entry<OneHotIoU>("OneHotIoU", "one_hot_io_u"),
    entry<OneHotMeanIoU>("OneHotMeanIoU", "one_hot_mean_io_u"),
};

constexpr core::SpecTable<MetricSpec> table{"a metric", "keras.metrics", entries,
                                            graph::custom_function<MetricSpec, ::keratin::detail::TwoTensors>};

/// Functions of `keras.metrics` that aren't losses too: what their classes take the mean of.
template <class T>
MeanMetricWrapper::Function values_of(T metric) {
  return [metric = std::move(metric)](const Tensor& y_true, const Tensor& y_pred) {
    return metric.values(y_true, y_pred);
  };
}

MeanMetricWrapper::Function function_named(const std::string& name) {
  if (auto own = core::custom_named<MeanMetricWrapper::Function>(name)) return std::move(*own);
  if (std::ranges::count(loss_names, name) > 0) {
    std::shared_ptr<const losses::Loss> loss = LossSpec(RuntimeName{name}).make();
    return [loss](const Tensor& y_true, const Tensor& y_pred) { return loss->call(y_true, y_pred); };
  }
  if (name == "binary_accuracy") return values_of(BinaryAccuracy());
  if (name == "categorical_accuracy") return values_of(CategoricalAccuracy());
  if (name == "sparse_categorical_accuracy") return values_of(SparseCategoricalAccuracy());
  if (name == "top_k_categorical_accuracy") return values_of(TopKCategoricalAccuracy());
  if (name == "sparse_top_k_categorical_accuracy") return values_of(SparseTopKCategoricalAccuracy());
  if (name == "pearson_correlation") return values_of(PearsonCorrelation());
  if (name == "concordance_correlation") return values_of(ConcordanceCorrelation());
  core::refuse_function(name, "Neither keras.losses nor keras.metrics has a function of this name that the library " +
                                  ("knows. Received: '" + name + "'"));
}

/// "accuracy" by the shapes.
std::unique_ptr<Metric> resolved_accuracy(const Shape& y_true, const Shape& y_pred, const std::string& name) {
  switch (losses::classes_by_shapes(y_true, y_pred)) {
    case losses::Classes::binary:
      return std::make_unique<BinaryAccuracy>(BinaryAccuracyOptions{.name = name});
    case losses::Classes::sparse:
      return std::make_unique<SparseCategoricalAccuracy>(NameOptions{.name = name});
    case losses::Classes::categorical:
      break;
  }
  return std::make_unique<CategoricalAccuracy>(NameOptions{.name = name});
}

bool is_function(const ConfigValue& config) {
  return config.is_config() && config.as_config().contains("class_name") &&
         config.as_config().get<std::string>("class_name") == "function";
}

}  // namespace

MeanMetricWrapper MeanMetricWrapper::of_function(const std::string& name) {
  return {function_named(name), {.name = core::name_of_function(name)}, name};
}

Config MeanMetricWrapper::config() const {
  Config config = Metric::config();
  config.set("fn", core::function_config(function_name_.empty() ? name() : function_name_));
  return config;
}

MeanMetricWrapper MeanMetricWrapper::from_config(const Config& config) {
  const ConfigValue fn = config.contains("fn") ? config.at("fn") : ConfigValue();
  if (!is_function(fn))
    throw ValueError("MeanMetricWrapper: `fn` must be the object of a function. Received: fn=" + to_string(fn));
  Config rest;
  for (const auto& [option, value] : config.entries())
    if (option != "fn") rest.set(option, value);
  auto options = options_from<MeanMetricWrapperOptions>(rest, "MeanMetricWrapper", name_options);
  const auto name = fn.as_config().get<std::string>("config");
  return {function_named(name), std::move(options), name};
}

}  // namespace metrics

std::unique_ptr<Metric> MetricSpec::make(const Shape& y_true, const Shape& y_pred) const {
  if (is_empty()) throw ValueError("A metric was asked for where none is given");
  if (name() == nullptr) return clone();
  const std::string wanted = name();
  for (const std::string_view accuracy : {"accuracy", "Accuracy", "acc", "Acc", "ACC"})
    if (wanted == accuracy) return metrics::resolved_accuracy(y_true, y_pred, wanted);
  return metrics::table.find(wanted)->make({{"name", wanted}}).clone();
}

Handle<Metric> MetricSpec::add_to(Session& session, const Shape& y_true, const Shape& y_pred,
                                  std::source_location where) const {
  auto metric = make(y_true, y_pred);
  Metric* const raw = metric.get();
  session::Core& core = *session::Inner::core(session);
  return {core.adopt(std::move(metric), nullptr, SourceLine(where)), raw};
}

MetricSpec MetricSpec::of_function(const std::string& name, detail::TwoTensors function) {
  return metrics::MeanMetricWrapper(std::move(function), {.name = core::name_of_function(name)}, name);
}

ConfigValue MetricSpec::config() const {
  if (name() != nullptr) return name();
  const auto* const wrapper = dynamic_cast<const metrics::MeanMetricWrapper*>(object());
  // A function by itself, as Keras has it: a mean of its own name.
  if (wrapper != nullptr && wrapper->dtype() == float32 &&
      wrapper->name() == core::name_of_function(wrapper->function_name()))
    return core::function_config(wrapper->function_name());
  return metrics::table.config(*this);
}

MetricSpec MetricSpec::from_config(const ConfigValue& config) {
  if (metrics::is_function(config))
    return metrics::MeanMetricWrapper::of_function(config.as_config().get<std::string>("config"));
  return metrics::table.from_config(config);
}

}  // namespace keratin::inline v0
