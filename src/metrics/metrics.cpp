#include "keratin/metrics/metrics.h"

#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/losses/losses.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "losses/common.h"
#include "ops/like.h"

namespace keratin::inline v0::metrics {
namespace {

using losses::or_default;

/// The mean along the axes from `first` on.
Tensor mean_from(std::size_t first, const Tensor& values) {
  std::vector<std::int64_t> axes;
  for (std::size_t i = first; i < values.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes.empty() ? values : ops::mean(values, Axes(axes));
}

Tensor as_float(const Tensor& matches) { return ops::cast(matches, float32); }

Tensor binary_matches(const Tensor& y_true, const Tensor& y_pred, double threshold) {
  const auto [target, output] = losses::to_same_rank(y_true, y_pred);
  return as_float(ops::equal(target, ops::greater(output, threshold)));
}

Tensor sparse_matches(const Tensor& y_true, const Tensor& y_pred) {
  Tensor target = y_true;
  if (target.rank() == y_pred.rank() && target.shape().back() == 1) target = ops::squeeze(target, {-1});
  return as_float(ops::equal(target, ops::argmax(y_pred, -1)));
}

/// A loss's value for each sample, as a metric's function.
template <class Loss>
MeanMetricWrapper::Function values_of(Loss loss) {
  return [loss = std::move(loss)](const Tensor& y_true, const Tensor& y_pred) { return loss.call(y_true, y_pred); };
}

}  // namespace

Mean::Mean(MeanOptions options) : Metric(std::move(options.name)) {}

void Mean::build() {
  total_ = add_state("total");
  count_ = add_state("count");
}

void Mean::update_state(const Tensor& values, const Tensor& /*unused*/, const Tensor& sample_weight) {
  add(values, sample_weight);
}

// Keras's reduce_to_samplewise_values: one value and one weight for each sample.
void Mean::add(const Tensor& given, const Tensor& sample_weight) {
  Tensor values = as_float(given);
  if (sample_weight.is_empty()) {
    values = mean_from(1, values);
    total_.assign_add(ops::sum(values));
    count_.assign_add(values.rank() == 0 ? Tensor(1.0) : as_float(ops::size(values)));
    return;
  }
  Tensor weights = as_float(sample_weight);
  std::tie(values, weights) = losses::to_same_rank(values, weights);
  values = mean_from(weights.rank(), values);
  weights = ops::detail::broadcast_like(weights, values);
  total_.assign_add(ops::sum(mean_from(1, values * weights)));
  count_.assign_add(ops::sum(mean_from(1, weights)));
}

Tensor Mean::result() const { return losses::divide_no_nan(total_, count_); }

MeanMetricWrapper::MeanMetricWrapper(Function function, std::string name)
    : Mean(MeanOptions{.name = std::move(name)}), function_(std::move(function)) {
  if (!function_) throw ValueError("A metric's function must not be empty. Received: an empty one");
}

void MeanMetricWrapper::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  add(function_(y_true, y_pred), losses::weights_with_mask(sample_weight, y_pred, float32, false));
}

BinaryAccuracy::BinaryAccuracy(BinaryAccuracyOptions options)
    : MeanMetricWrapper(
          [threshold = options.threshold](const Tensor& y_true, const Tensor& y_pred) {
            return binary_matches(y_true, y_pred, threshold);
          },
          std::move(options.name)) {
  if (std::isnan(options.threshold)) throw ValueError("BinaryAccuracy: threshold must be a number. Received: nan");
}

Accuracy::Accuracy(NameOptions options)
    : MeanMetricWrapper(
          [](const Tensor& y_true, const Tensor& y_pred) {
            const auto [target, output] = losses::to_same_rank(ops::cast(y_true, y_pred.dtype()), y_pred);
            return as_float(ops::equal(target, output));
          },
          or_default(std::move(options.name), "accuracy")) {}

CategoricalAccuracy::CategoricalAccuracy(NameOptions options)
    : MeanMetricWrapper(
          [](const Tensor& y_true, const Tensor& y_pred) { return sparse_matches(ops::argmax(y_true, -1), y_pred); },
          or_default(std::move(options.name), "categorical_accuracy")) {}

SparseCategoricalAccuracy::SparseCategoricalAccuracy(NameOptions options)
    : MeanMetricWrapper(sparse_matches, or_default(std::move(options.name), "sparse_categorical_accuracy")) {}

MeanSquaredError::MeanSquaredError(NameOptions options)
    : MeanMetricWrapper(values_of(losses::MeanSquaredError()),
                        or_default(std::move(options.name), "mean_squared_error")) {}

MeanAbsoluteError::MeanAbsoluteError(NameOptions options)
    : MeanMetricWrapper(values_of(losses::MeanAbsoluteError()),
                        or_default(std::move(options.name), "mean_absolute_error")) {}

CategoricalCrossentropy::CategoricalCrossentropy(CrossentropyOptions options)
    : MeanMetricWrapper(
          values_of(losses::CategoricalCrossentropy(
              {.from_logits = options.from_logits, .label_smoothing = options.label_smoothing, .axis = options.axis})),
          or_default(std::move(options.name), "categorical_crossentropy")) {}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(CrossentropyOptions options)
    : MeanMetricWrapper(
          values_of(losses::SparseCategoricalCrossentropy({.from_logits = options.from_logits, .axis = options.axis})),
          or_default(std::move(options.name), "sparse_categorical_crossentropy")) {
  if (options.label_smoothing != 0.0)
    throw ValueError(
        "SparseCategoricalCrossentropy: class numbers can't be smoothed; take CategoricalCrossentropy. "
        "Received: label_smoothing=" +
        std::to_string(options.label_smoothing));
}

BinaryCrossentropy::BinaryCrossentropy(CrossentropyOptions options)
    : MeanMetricWrapper(
          values_of(losses::BinaryCrossentropy(
              {.from_logits = options.from_logits, .label_smoothing = options.label_smoothing, .axis = options.axis})),
          or_default(std::move(options.name), "binary_crossentropy")) {}

}  // namespace keratin::inline v0::metrics
