#include "metrics/confusion_counts.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/creation.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "keratin/session/session.h"
#include "losses/common.h"
#include "metrics/shapes.h"
#include "ops/epsilon.h"
#include "ops/like.h"

namespace keratin::inline v0::metrics {
namespace {

/// A batch: of one shape, float32. Weights may be empty.
struct Batch {
  Tensor is_true;  ///< 0 or 1
  Tensor scores;
  Tensor weights;
};

/// Weights that broadcast against the entries: a number for each row gets a dimension of 1 for the columns.
Tensor aligned(const Tensor& weights, std::size_t rank) {
  const Tensor longer = ops::expand_dims(ops::cast(weights, float32), {-1});
  return longer.rank() == rank + 1 ? ops::squeeze(longer, {-1}) : longer;
}

/// All but the k largest of each row set to negative_infinity.
Tensor largest(const Tensor& scores, std::int64_t k) {
  const std::int64_t classes = scores.shape().back();
  const Tensor kept = ops::sum(ops::one_hot(ops::top_k(scores, k).indices, classes), {-2});
  return scores * kept + negative_infinity * (1.0 - kept);
}

Tensor of_class(const Metric& metric, const Tensor& x, std::int64_t class_id) {
  if (x.rank() < 2)
    throw ShapeError("'" + metric.path() +
                         "': with `class_id`, y_true and y_pred have the shape (batch, …, classes). Received: " +
                         to_string(x.shape()),
                     metric.path());
  return ops::get_item(x, {ops::ellipsis, class_id, ops::newaxis});
}

Batch prepared(const Metric& metric, const ConfusionRule& rule, const Tensor& y_true, const Tensor& y_pred,
               const Tensor& sample_weight) {
  auto [scores, target] = losses::to_same_rank(ops::cast(y_pred, float32), ops::cast(y_true, float32));
  check_same_shape(metric, target, scores);
  if (rule.top_k) scores = largest(scores, *rule.top_k);
  if (rule.class_id) {
    target = of_class(metric, target, *rule.class_id);
    scores = of_class(metric, scores, *rule.class_id);
  }
  Tensor weights = sample_weight.is_empty() ? Tensor() : aligned(sample_weight, target.rank());
  if (!rule.label_weights.is_empty()) {
    const Tensor of_labels = ops::cast(rule.label_weights, float32);
    weights = weights.is_empty() ? of_labels : weights * of_labels;
  }
  if (!weights.is_empty()) weights = ops::detail::broadcast_like(weights, scores);
  Batch batch{ops::cast(ops::not_equal(target, 0.0), float32), scores, weights};
  if (rule.multi_label) return batch;
  for (Tensor* const part : {&batch.is_true, &batch.scores, &batch.weights})
    if (!part->is_empty() && part->rank() != 1) *part = ops::reshape(*part, {-1});
  return batch;
}

void add(Variable variable, const Tensor& numbers) {
  if (!variable.is_empty()) variable.assign_add(numbers);
}

/// The sums over the entries whose score is above each threshold, from those by the last threshold below the score.
Tensor sums_above(const Tensor& index, const Tensor& values, const Shape& shape) {
  const Tensor flat = values.rank() == 1 ? values : ops::reshape(values, {-1});
  const Tensor sums = ops::scatter(ops::expand_dims(index, {-1}), flat, {shape.elements()});
  const Tensor by_threshold = shape.rank() == 1 ? sums : ops::reshape(sums, shape);
  return ops::flip(ops::cumsum(ops::flip(by_threshold, {0}), 0), {0});
}

void add_by_buckets(const ConfusionCounts& counts, const ConfusionRule& rule, const Batch& batch) {
  const auto count = static_cast<std::int64_t>(rule.thresholds.size());
  Tensor bucket = ops::ceil(ops::clip(batch.scores, 0.0, 1.0) * static_cast<double>(count - 1)) - 1.0;
  const bool has_wider_ends = rule.thresholds.front() < 0.0 || rule.thresholds.back() > 1.0;
  if (has_wider_ends) bucket = ops::where(ops::less(bucket, 0.0), 0.0, bucket);
  const Tensor is_above_any = ops::greater_equal(bucket, 0.0);  // not so for NaN either
  Tensor index = ops::cast(ops::where(is_above_any, bucket, 0.0), int32);
  Shape shape{count};
  if (rule.multi_label) {
    const std::int64_t labels = batch.scores.shape().back();
    shape.push_back(labels);
    index = ops::reshape(index * labels + ops::arange(labels), {-1});
  }
  const auto weighted = [&](const Tensor& x) { return batch.weights.is_empty() ? x : x * batch.weights; };
  const auto above = [&](const Tensor& x) { return sums_above(index, ops::where(is_above_any, x, 0.0), shape); };
  const auto total = [&](const Tensor& x) { return rule.multi_label ? ops::sum(x, {0}) : ops::sum(x); };
  const Tensor are_true = weighted(batch.is_true);
  const Tensor are_false = weighted(1.0 - batch.is_true);
  const Tensor true_positives = above(are_true);
  const Tensor false_positives = above(are_false);
  add(counts.true_positives, true_positives);
  add(counts.false_positives, false_positives);
  add(counts.true_negatives, total(are_false) - false_positives);
  add(counts.false_negatives, total(are_true) - true_positives);
}

void add_by_comparing(const ConfusionCounts& counts, const ConfusionRule& rule, const Batch& batch) {
  const Array all = Array::copy_of(std::vector<float>(rule.thresholds.begin(), rule.thresholds.end()));
  Shape shape{all.shape()[0]};
  for (std::size_t i = 0; i < batch.scores.rank(); ++i) shape.push_back(1);
  const Tensor is_positive = ops::greater(ops::expand_dims(batch.scores, {0}), constant(all.reshaped(shape)));
  const auto sums = [&](const Variable& variable, const Tensor& label, bool positive) {
    if (variable.is_empty()) return;
    const Tensor each = ops::expand_dims(batch.weights.is_empty() ? label : label * batch.weights, {0});
    add(variable, ops::sum(positive ? ops::where(is_positive, each, 0.0) : ops::where(is_positive, 0.0, each), {1}));
  };
  const Tensor is_false = 1.0 - batch.is_true;
  sums(counts.true_positives, batch.is_true, true);
  sums(counts.false_positives, is_false, true);
  sums(counts.true_negatives, is_false, false);
  sums(counts.false_negatives, batch.is_true, false);
}

}  // namespace

void add_confusion(const Metric& metric, const ConfusionCounts& counts, const ConfusionRule& rule, const Tensor& y_true,
                   const Tensor& y_pred, const Tensor& sample_weight) {
  const Batch batch = prepared(metric, rule, y_true, y_pred, sample_weight);
  rule.are_even ? add_by_buckets(counts, rule, batch) : add_by_comparing(counts, rule, batch);
}

bool is_share(double number) { return number >= 0.0 && number <= 1.0; }

std::vector<double> checked_thresholds(const char* class_name, const Thresholds& given, double fallback) {
  if (!given.is_given()) return {fallback};
  if (given.all().empty())
    throw ValueError(std::string(class_name) + ": `thresholds` must not be an empty list. Received: []");
  for (const double each : given.all())
    if (!is_share(each))
      throw ValueError(std::string(class_name) +
                       ": `thresholds` must lie in [0, 1]. Received: " + to_string(given.config()));
  return given.all();
}

bool evenly_distributed(std::span<const double> thresholds) {
  if (thresholds.size() < 3) return false;
  const std::vector<double> even = even_thresholds(static_cast<std::int64_t>(thresholds.size()));
  // As near as numpy.allclose wants them.
  return std::ranges::equal(thresholds, even, [](double given, double wanted) {
    return std::abs(given - wanted) <= ops::epsilon + 1e-5 * wanted;
  });
}

std::vector<double> even_thresholds(std::int64_t count) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
  return all;
}

Tensor share(const Tensor& x, const Tensor& y) { return losses::divide_no_nan(x, x + y); }

}  // namespace keratin::inline v0::metrics
