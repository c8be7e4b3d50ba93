#include "keratin/metrics/confusion.h"

#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "metrics/confusion_counts.h"
#include "metrics/options.h"

namespace keratin::inline v0::metrics {
namespace {

/// One number where there is one threshold.
Tensor unlisted(const Tensor& numbers, std::size_t thresholds) {
  return thresholds == 1 ? ops::get_item(numbers, {0}) : numbers;
}

std::vector<double> precision_thresholds(const char* class_name, const PrecisionOptions& options) {
  if (options.top_k && *options.top_k < 1)
    throw ValueError(std::string(class_name) +
                     ": `top_k` must be positive. Received: top_k=" + std::to_string(*options.top_k));
  return checked_thresholds(class_name, options.thresholds, options.top_k ? negative_infinity : 0.5);
}

ConfusionRule precision_rule(const PrecisionOptions& options, std::span<const double> thresholds) {
  return {.thresholds = thresholds,
          .are_even = evenly_distributed(thresholds),
          .top_k = options.top_k,
          .class_id = options.class_id};
}

template <class T>
T at_threshold_from(const Config& config, std::string_view class_name, const char* bound_name) {
  double bound = 0.0;
  const auto options = options_from<AtThresholdOptions>(config, class_name, at_threshold_options, bound_name, bound);
  return T(bound, options);
}

}  // namespace

ConfigValue Thresholds::config() const {
  if (!is_given()) return {};
  if (!is_list_) return all_.front();
  return ConfigValue::List(all_.begin(), all_.end());
}

Thresholds Thresholds::from_config(const ConfigValue& config) {
  if (config.is_none()) return {};
  if (config.is_list()) return config.as<std::vector<double>>();
  return config.as_floating();
}

ConfusionCount::ConfusionCount(Kind kind, const char* class_name, ConfusionCountOptions options)
    : Metric(options.name, options.dtype),
      kind_(kind),
      options_(std::move(options)),
      thresholds_(checked_thresholds(class_name, options_.thresholds, 0.5)) {}

void ConfusionCount::build() {
  accumulator_ = add_state("accumulator", {static_cast<std::int64_t>(thresholds_.size())});
}

void ConfusionCount::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  ConfusionCounts counts;
  switch (kind_) {
    case Kind::true_positives:
      counts.true_positives = accumulator_;
      break;
    case Kind::false_positives:
      counts.false_positives = accumulator_;
      break;
    case Kind::true_negatives:
      counts.true_negatives = accumulator_;
      break;
    case Kind::false_negatives:
      counts.false_negatives = accumulator_;
      break;
  }
  const ConfusionRule rule{.thresholds = thresholds_, .are_even = evenly_distributed(thresholds_)};
  add_confusion(*this, counts, rule, y_true, y_pred, sample_weight);
}

Tensor ConfusionCount::result() const { return unlisted(accumulator_, thresholds_.size()); }

Config ConfusionCount::config() const { return described(*this, confusion_count_options, options_); }

TruePositives::TruePositives(ConfusionCountOptions options)
    : ConfusionCount(Kind::true_positives, "TruePositives", std::move(options)) {}
TruePositives TruePositives::from_config(const Config& config) {
  return TruePositives(options_from<ConfusionCountOptions>(config, "TruePositives", confusion_count_options));
}

FalsePositives::FalsePositives(ConfusionCountOptions options)
    : ConfusionCount(Kind::false_positives, "FalsePositives", std::move(options)) {}
FalsePositives FalsePositives::from_config(const Config& config) {
  return FalsePositives(options_from<ConfusionCountOptions>(config, "FalsePositives", confusion_count_options));
}

TrueNegatives::TrueNegatives(ConfusionCountOptions options)
    : ConfusionCount(Kind::true_negatives, "TrueNegatives", std::move(options)) {}
TrueNegatives TrueNegatives::from_config(const Config& config) {
  return TrueNegatives(options_from<ConfusionCountOptions>(config, "TrueNegatives", confusion_count_options));
}

FalseNegatives::FalseNegatives(ConfusionCountOptions options)
    : ConfusionCount(Kind::false_negatives, "FalseNegatives", std::move(options)) {}
FalseNegatives FalseNegatives::from_config(const Config& config) {
  return FalseNegatives(options_from<ConfusionCountOptions>(config, "FalseNegatives", confusion_count_options));
}

Precision::Precision(PrecisionOptions options)
    : Metric(options.name, options.dtype),
      options_(std::move(options)),
      thresholds_(precision_thresholds("Precision", options_)) {}

void Precision::build() {
  const Shape shape{static_cast<std::int64_t>(thresholds_.size())};
  true_positives_ = add_state("true_positives", shape);
  false_positives_ = add_state("false_positives", shape);
}

void Precision::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  const ConfusionCounts counts{.true_positives = true_positives_, .false_positives = false_positives_};
  add_confusion(*this, counts, precision_rule(options_, thresholds_), y_true, y_pred, sample_weight);
}

Tensor Precision::result() const { return unlisted(share(true_positives_, false_positives_), thresholds_.size()); }

Config Precision::config() const { return described(*this, precision_options, options_); }

Precision Precision::from_config(const Config& config) {
  return Precision(options_from<PrecisionOptions>(config, "Precision", precision_options));
}

Recall::Recall(RecallOptions options)
    : Metric(options.name, options.dtype),
      options_(std::move(options)),
      thresholds_(precision_thresholds("Recall", options_)) {}

void Recall::build() {
  const Shape shape{static_cast<std::int64_t>(thresholds_.size())};
  true_positives_ = add_state("true_positives", shape);
  false_negatives_ = add_state("false_negatives", shape);
}

void Recall::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  const ConfusionCounts counts{.true_positives = true_positives_, .false_negatives = false_negatives_};
  add_confusion(*this, counts, precision_rule(options_, thresholds_), y_true, y_pred, sample_weight);
}

Tensor Recall::result() const { return unlisted(share(true_positives_, false_negatives_), thresholds_.size()); }

Config Recall::config() const { return described(*this, precision_options, options_); }

Recall Recall::from_config(const Config& config) {
  return Recall(options_from<RecallOptions>(config, "Recall", precision_options));
}

BestAtThreshold::BestAtThreshold(const char* class_name, Rate wanted, Rate bounded, const char* bound_name,
                                 double bound, AtThresholdOptions options)
    : Metric(options.name, options.dtype),
      wanted_(wanted),
      bounded_(bounded),
      bound_name_(bound_name),
      bound_(bound),
      options_(std::move(options)) {
  if (!is_share(bound))
    throw ValueError(std::string(class_name) + ": `" + bound_name + "` must lie in [0, 1]. Received: " + bound_name +
                     "=" + std::to_string(bound));
  if (options_.num_thresholds < 1)
    throw ValueError(std::string(class_name) + ": `num_thresholds` must be positive. Received: num_thresholds=" +
                     std::to_string(options_.num_thresholds));
  thresholds_ = options_.num_thresholds == 1 ? std::vector<double>{0.5} : even_thresholds(options_.num_thresholds);
}

void BestAtThreshold::build() {
  const Shape shape{options_.num_thresholds};
  true_positives_ = add_state("true_positives", shape);
  false_positives_ = add_state("false_positives", shape);
  true_negatives_ = add_state("true_negatives", shape);
  false_negatives_ = add_state("false_negatives", shape);
}

void BestAtThreshold::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  const ConfusionCounts counts{true_positives_, false_positives_, true_negatives_, false_negatives_};
  const ConfusionRule rule{
      .thresholds = thresholds_, .are_even = options_.num_thresholds > 1, .class_id = options_.class_id};
  add_confusion(*this, counts, rule, y_true, y_pred, sample_weight);
}

Tensor BestAtThreshold::rate(Rate which) const {
  switch (which) {
    case Rate::precision:
      return share(true_positives_, false_positives_);
    case Rate::recall:
      return share(true_positives_, false_negatives_);
    case Rate::specificity:
      break;
  }
  return share(true_negatives_, false_positives_);
}

Tensor BestAtThreshold::result() const {
  // Rates aren't negative: 0 stands for where the bound isn't reached.
  return ops::max(ops::where(ops::greater_equal(rate(bounded_), bound_), rate(wanted_), 0.0));
}

Config BestAtThreshold::config() const { return described(*this, at_threshold_options, options_, bound_name_, bound_); }

SensitivityAtSpecificity::SensitivityAtSpecificity(double specificity, AtThresholdOptions options)
    : BestAtThreshold("SensitivityAtSpecificity", Rate::recall, Rate::specificity, "specificity", specificity,
                      std::move(options)) {}
SensitivityAtSpecificity SensitivityAtSpecificity::from_config(const Config& config) {
  return at_threshold_from<SensitivityAtSpecificity>(config, "SensitivityAtSpecificity", "specificity");
}

SpecificityAtSensitivity::SpecificityAtSensitivity(double sensitivity, AtThresholdOptions options)
    : BestAtThreshold("SpecificityAtSensitivity", Rate::specificity, Rate::recall, "sensitivity", sensitivity,
                      std::move(options)) {}
SpecificityAtSensitivity SpecificityAtSensitivity::from_config(const Config& config) {
  return at_threshold_from<SpecificityAtSensitivity>(config, "SpecificityAtSensitivity", "sensitivity");
}

PrecisionAtRecall::PrecisionAtRecall(double recall, AtThresholdOptions options)
    : BestAtThreshold("PrecisionAtRecall", Rate::precision, Rate::recall, "recall", recall, std::move(options)) {}
PrecisionAtRecall PrecisionAtRecall::from_config(const Config& config) {
  return at_threshold_from<PrecisionAtRecall>(config, "PrecisionAtRecall", "recall");
}

RecallAtPrecision::RecallAtPrecision(double precision, AtThresholdOptions options)
    : BestAtThreshold("RecallAtPrecision", Rate::recall, Rate::precision, "precision", precision, std::move(options)) {}
RecallAtPrecision RecallAtPrecision::from_config(const Config& config) {
  return at_threshold_from<RecallAtPrecision>(config, "RecallAtPrecision", "precision");
}

}  // namespace keratin::inline v0::metrics
