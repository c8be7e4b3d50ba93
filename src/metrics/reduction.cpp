#include "keratin/metrics/reduction.h"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "losses/common.h"
#include "metrics/options.h"
#include "ops/like.h"

namespace keratin::inline v0::metrics {
namespace {

using Reduce = Tensor (*)(const Tensor& x, const Axes& axis, bool keepdims);

/// Reduced along the axes from `first` on.
Tensor reduced_from(std::size_t first, const Tensor& values, Reduce reduce) {
  std::vector<std::int64_t> axes;
  for (std::size_t i = first; i < values.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes.empty() ? values : reduce(values, Axes(axes), false);
}

struct Samples {
  Tensor values;
  Tensor weights;  ///< empty: none
};

// Keras's reduce_to_samplewise_values: one value and one weight for each sample. A mask counts only along with weights.
Samples samplewise(const Tensor& given, const Tensor& sample_weight, Reduce reduce, DType dtype) {
  Tensor values = ops::cast(given, dtype);
  if (sample_weight.is_empty()) return {reduced_from(1, values, reduce), {}};
  Tensor weights = ops::cast(losses::weights_with_mask(sample_weight, given, dtype, false), dtype);
  std::tie(values, weights) = losses::to_same_rank(values, weights);
  values = reduced_from(weights.rank(), values, reduce);
  weights = ops::detail::broadcast_like(weights, values);
  return {reduced_from(1, values * weights, reduce), reduced_from(1, weights, reduce)};
}

/// The weights of Sum and Mean, which have no y_pred.
const Tensor& the_weight(const Metric& metric, const Tensor& second, const Tensor& third) {
  if (!second.is_empty() && !third.is_empty())
    throw ValueError("'" + metric.path() + "': " + metric.class_name() +
                         " takes values and one sample_weight, as its second argument or its third. Received: both",
                     metric.path());
  return third.is_empty() ? second : third;
}

}  // namespace

Sum::Sum(NameOptions options) : Metric(losses::or_default(std::move(options.name), "sum"), options.dtype) {}

void Sum::build() { total_ = add_state("total", {}, {}, dtype()); }

void Sum::update_state(const Tensor& values, const Tensor& weight, const Tensor& sample_weight) {
  total_.assign_add(ops::sum(samplewise(values, the_weight(*this, weight, sample_weight), ops::sum, dtype()).values));
}

Tensor Sum::result() const { return total_; }

Mean::Mean(MeanOptions options) : Mean(losses::or_default(std::move(options.name), "mean"), options.dtype) {}

Mean::Mean(std::string name, std::optional<DType> dtype) : Metric(std::move(name), dtype) {}

void Mean::build() {
  total_ = add_state("total", {}, {}, dtype());
  count_ = add_state("count", {}, {}, dtype());
}

void Mean::update_state(const Tensor& values, const Tensor& weight, const Tensor& sample_weight) {
  add(values, the_weight(*this, weight, sample_weight));
}

void Mean::add(const Tensor& values, const Tensor& sample_weight) {
  const Samples samples = samplewise(values, sample_weight, ops::mean, dtype());
  total_.assign_add(ops::sum(samples.values));
  if (!samples.weights.is_empty()) {
    count_.assign_add(ops::sum(samples.weights));
  } else {
    count_.assign_add(samples.values.rank() == 0 ? Tensor(1.0) : ops::cast(ops::size(samples.values), dtype()));
  }
}

Tensor Mean::result() const { return losses::divide_no_nan(total_, count_); }

SampleMean::SampleMean(std::string name, std::optional<DType> dtype) : Mean(std::move(name), dtype) {}

void SampleMean::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  add(values(y_true, y_pred), losses::weights_with_mask(sample_weight, y_pred, dtype(), false));
}

MeanMetricWrapper::MeanMetricWrapper(Function function, MeanMetricWrapperOptions options, std::string function_name)
    : SampleMean(std::move(options.name), options.dtype),
      function_(std::move(function)),
      function_name_(std::move(function_name)) {
  if (!function_) throw ValueError("A metric's function must not be empty. Received: an empty one");
  if (function_name_.empty()) function_name_ = name();
}

Tensor MeanMetricWrapper::values(const Tensor& y_true, const Tensor& y_pred) const { return function_(y_true, y_pred); }

}  // namespace keratin::inline v0::metrics
