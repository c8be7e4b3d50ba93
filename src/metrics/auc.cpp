#include "keratin/metrics/auc.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/session/session.h"
#include "losses/common.h"
#include "metrics/confusion_counts.h"
#include "metrics/options.h"
#include "metrics/shapes.h"
#include "ops/epsilon.h"

namespace keratin::inline v0::metrics {
namespace {

using losses::divide_no_nan;

/// From one threshold to the next: without the last, and without the first.
Tensor lower(const Tensor& x) { return ops::get_item(x, {ops::Slice{{}, -1}}); }
Tensor upper(const Tensor& x) { return ops::get_item(x, {ops::Slice{1}}); }

/// A point of the curve for each threshold.
struct Curve {
  Tensor x;
  Tensor y;
};

Curve receiver_operating(const Tensor& tp, const Tensor& fp, const Tensor& tn, const Tensor& fn) {
  return {share(fp, tn), share(tp, fn)};
}

Curve precision_recall(const Tensor& tp, const Tensor& fp, const Tensor& fn) { return {share(tp, fn), share(tp, fp)}; }

/// Gains over the classifier that always says yes: Flach and Kull, "Precision-Recall-Gain curves", 2015.
Curve precision_recall_gain(const Tensor& tp, const Tensor& fp, const Tensor& tn, const Tensor& fn) {
  const Tensor odds = divide_no_nan(tp + fn, tn + fp);
  const Tensor none_found = ops::equal(tp, 0.0);
  const Tensor recall_gain = ops::where(none_found, 0.0, 1.0 - odds * divide_no_nan(fn, tp));
  const Tensor precision_gain = ops::where(none_found, 1.0, 1.0 - odds * divide_no_nan(fp, tp));
  return {ops::maximum(recall_gain, 0.0), precision_gain};
}

Tensor heights(const Tensor& y, AUCSummationMethod method) {
  switch (method) {
    case AUCSummationMethod::majoring:
      return ops::maximum(lower(y), upper(y));
    case AUCSummationMethod::minoring:
      return ops::minimum(lower(y), upper(y));
    default:
      return (lower(y) + upper(y)) / 2.0;
  }
}

std::vector<double> auc_thresholds(const AUCOptions& options) {
  std::vector<double> all;
  if (options.thresholds.is_given()) {
    if (!options.thresholds.all().empty()) all = checked_thresholds("AUC", options.thresholds, 0.0);
    std::sort(all.begin(), all.end());
    all.insert(all.begin(), 0.0);
    all.push_back(1.0);
  } else {
    if (options.num_thresholds < 2)
      throw ValueError("AUC: `num_thresholds` must be at least 2. Received: num_thresholds=" +
                       std::to_string(options.num_thresholds));
    all = even_thresholds(options.num_thresholds);
  }
  return all;
}

}  // namespace

AUC::AUC(AUCOptions options)
    : Metric(options.name, options.dtype), options_(std::move(options)), thresholds_(auc_thresholds(options_)) {
  are_even_ = !options_.thresholds.is_given() || evenly_distributed(thresholds_);
  if (options_.thresholds.is_given())
    options_.thresholds = std::vector<double>(thresholds_.begin() + 1, thresholds_.end() - 1);
  // Scores of 0 and 1 lie between the first and the last.
  thresholds_.front() = -ops::epsilon;
  thresholds_.back() = 1.0 + ops::epsilon;
  options_.num_thresholds = static_cast<std::int64_t>(thresholds_.size());
  if (options_.num_labels && *options_.num_labels == 0) options_.num_labels.reset();
  if (options_.num_labels && !options_.multi_label)
    throw ValueError("AUC: `num_labels` is for `multi_label` alone. Received: num_labels=" +
                     std::to_string(*options_.num_labels) + ", multi_label=False");
}

void AUC::build() {
  true_positives_ = false_positives_ = true_negatives_ = false_negatives_ = {};
  if (!options_.multi_label) build_counts({options_.num_thresholds});
  if (options_.num_labels) build_counts({options_.num_thresholds, *options_.num_labels});
}

void AUC::build_counts(const Shape& shape) {
  true_positives_ = add_state("true_positives", shape);
  false_positives_ = add_state("false_positives", shape);
  true_negatives_ = add_state("true_negatives", shape);
  false_negatives_ = add_state("false_negatives", shape);
}

void AUC::build_like(const Metric& other) { build_counts(dynamic_cast<const AUC&>(other).true_positives_.shape()); }

void AUC::check_labels(const Shape& y_pred) const {
  const std::int64_t labels = y_pred.rank() < 2 ? 1 : y_pred.back();
  const auto weighted = static_cast<std::int64_t>(options_.label_weights.size());
  std::string reason;
  if (options_.multi_label && (y_pred.rank() != 2 || labels < 0))
    reason = "with `multi_label`, y_pred must have the shape (batch, labels)";
  else if (options_.num_labels && *options_.num_labels != labels)
    reason = "y_pred must have the `num_labels` columns that were given, " + std::to_string(*options_.num_labels);
  else if (weighted > 0 && weighted != labels)
    reason = "`label_weights` has a number for each column of y_pred, and has " + std::to_string(weighted);
  if (!reason.empty())
    throw ShapeError("'" + path() + "': " + reason + ". Received: y_pred " + to_string(y_pred), path());
}

Tensor AUC::label_weights() const { return constant(Array::copy_of(options_.label_weights).astype(dtype())); }

void AUC::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  check_labels(y_pred.shape());
  if (true_positives_.is_empty()) build_counts({options_.num_thresholds, y_pred.shape().back()});
  ConfusionRule rule{.thresholds = thresholds_, .are_even = are_even_, .multi_label = options_.multi_label};
  if (!options_.multi_label && !options_.label_weights.empty()) rule.label_weights = label_weights();
  add_confusion(*this, {true_positives_, false_positives_, true_negatives_, false_negatives_}, rule, y_true,
                options_.from_logits ? ops::sigmoid(y_pred) : y_pred, sample_weight);
}

Tensor AUC::total_of(const Tensor& areas) const {
  if (!options_.multi_label) return ops::sum(areas);
  const Tensor by_label = ops::sum(areas, {0});
  if (options_.label_weights.empty()) return ops::mean(by_label);
  const Tensor weights = label_weights();
  return divide_no_nan(ops::sum(by_label * weights), ops::sum(weights));
}

/// Davis and Goadrich, "The relationship between precision-recall and ROC curves", 2006: between two points, true
/// positives grow in proportion to all positives.
Tensor AUC::interpolated_precision_recall() const {
  const Tensor true_positives = true_positives_;
  const Tensor positives = true_positives + false_positives_;
  const Tensor gained = lower(true_positives) - upper(true_positives);
  const Tensor slope = divide_no_nan(gained, ops::maximum(lower(positives) - upper(positives), 0.0));
  const Tensor intercept = upper(true_positives) - slope * upper(positives);
  const Tensor are_both = ops::logical_and(ops::greater(lower(positives), 0.0), ops::greater(upper(positives), 0.0));
  const Tensor ratio = ops::where(are_both, divide_no_nan(lower(positives), ops::maximum(upper(positives), 0.0)), 1.0);
  const Tensor all_true = ops::maximum(upper(true_positives) + upper(false_negatives_), 0.0);
  return divide_no_nan(slope * (gained + intercept * ops::log(ratio)), all_true);
}

Tensor AUC::result() const {
  if (true_positives_.is_empty()) fail_without_batch(*this);
  const bool is_interpolated = options_.summation_method == AUCSummationMethod::interpolation;
  if (options_.curve == AUCCurve::PR && is_interpolated) return total_of(interpolated_precision_recall());
  Curve curve;
  switch (options_.curve) {
    case AUCCurve::ROC:
      curve = receiver_operating(true_positives_, false_positives_, true_negatives_, false_negatives_);
      break;
    case AUCCurve::PR:
      curve = precision_recall(true_positives_, false_positives_, false_negatives_);
      break;
    default:
      curve = precision_recall_gain(true_positives_, false_positives_, true_negatives_, false_negatives_);
  }
  return total_of((lower(curve.x) - upper(curve.x)) * heights(curve.y, options_.summation_method));
}

Config AUC::config() const {
  Config config = described(*this, auc_options, options_);
  if (options_.label_weights.empty()) config.set("label_weights", {});
  return config;
}

AUC AUC::from_config(const Config& config) {
  Config read;
  for (const auto& [name, value] : config.entries()) {
    const bool is_weights = name == "label_weights";
    if (is_weights && value.is_none()) continue;
    // Keras describes the weights as a tensor, which holds the list.
    read.set(name, is_weights && value.is_config() ? value.as_config().at("config").as_config().at("value") : value);
  }
  return AUC(options_from<AUCOptions>(read, "AUC", auc_options));
}

}  // namespace keratin::inline v0::metrics
