#include "keratin/metrics/regression.h"

#include <string>
#include <tuple>
#include <utility>

#include "keratin/losses/losses.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "losses/common.h"
#include "metrics/options.h"
#include "ops/epsilon.h"

namespace keratin::inline v0::metrics {
namespace {

using losses::or_default;

}  // namespace

MeanSquaredError::MeanSquaredError(NameOptions options)
    : SampleMean(or_default(std::move(options.name), "mean_squared_error"), options.dtype) {}

Tensor MeanSquaredError::values(const Tensor& y_true, const Tensor& y_pred) const {
  return losses::MeanSquaredError().call(y_true, y_pred);
}

RootMeanSquaredError::RootMeanSquaredError(NameOptions options)
    : Mean(or_default(std::move(options.name), "root_mean_squared_error"), options.dtype) {}

void RootMeanSquaredError::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  const auto [target, output] = losses::to_same_rank(ops::cast(y_true, dtype()), ops::cast(y_pred, dtype()));
  add(ops::square(output - target), sample_weight);
}

Tensor RootMeanSquaredError::result() const { return ops::sqrt(Mean::result()); }

MeanAbsoluteError::MeanAbsoluteError(NameOptions options)
    : SampleMean(or_default(std::move(options.name), "mean_absolute_error"), options.dtype) {}

Tensor MeanAbsoluteError::values(const Tensor& y_true, const Tensor& y_pred) const {
  return losses::MeanAbsoluteError().call(y_true, y_pred);
}

MeanAbsolutePercentageError::MeanAbsolutePercentageError(NameOptions options)
    : SampleMean(or_default(std::move(options.name), "mean_absolute_percentage_error"), options.dtype) {}

Tensor MeanAbsolutePercentageError::values(const Tensor& y_true, const Tensor& y_pred) const {
  return losses::MeanAbsolutePercentageError().call(y_true, y_pred);
}

MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(NameOptions options)
    : SampleMean(or_default(std::move(options.name), "mean_squared_logarithmic_error"), options.dtype) {}

Tensor MeanSquaredLogarithmicError::values(const Tensor& y_true, const Tensor& y_pred) const {
  return losses::MeanSquaredLogarithmicError().call(y_true, y_pred);
}

LogCoshError::LogCoshError(NameOptions options)
    : SampleMean(or_default(std::move(options.name), "logcosh"), options.dtype) {}

Tensor LogCoshError::values(const Tensor& y_true, const Tensor& y_pred) const {
  return losses::LogCosh().call(y_true, y_pred);
}

CosineSimilarity::CosineSimilarity(CosineSimilarityOptions options)
    : SampleMean(options.name, options.dtype), options_(std::move(options)) {}

Tensor CosineSimilarity::values(const Tensor& y_true, const Tensor& y_pred) const {
  return -losses::CosineSimilarity({.axis = options_.axis}).call(y_true, y_pred);
}

Config CosineSimilarity::config() const { return described(*this, cosine_similarity_options, options_); }

CosineSimilarity CosineSimilarity::from_config(const Config& config) {
  return CosineSimilarity(options_from<CosineSimilarityOptions>(config, "CosineSimilarity", cosine_similarity_options));
}

PearsonCorrelation::PearsonCorrelation(PearsonCorrelationOptions options)
    : SampleMean(options.name, options.dtype), options_(std::move(options)) {}

Tensor PearsonCorrelation::values(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [target, output] = losses::prepared(y_true, y_pred);
  const Axes axis(options_.axis);
  const auto standardized = [&](const Tensor& x) {
    const Tensor centered = x - ops::mean(x, axis, true);
    return centered / ops::std(centered, axis, true);
  };
  return ops::mean(standardized(target) * standardized(output), axis);
}

Config PearsonCorrelation::config() const { return described(*this, axis_options, options_); }

PearsonCorrelation PearsonCorrelation::from_config(const Config& config) {
  return PearsonCorrelation(options_from<PearsonCorrelationOptions>(config, "PearsonCorrelation", axis_options));
}

ConcordanceCorrelation::ConcordanceCorrelation(ConcordanceCorrelationOptions options)
    : SampleMean(options.name, options.dtype), options_(std::move(options)) {}

Tensor ConcordanceCorrelation::values(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [target, output] = losses::prepared(y_true, y_pred);
  const Axes axis(options_.axis);
  const Tensor target_mean = ops::mean(target, axis, true);
  const Tensor output_mean = ops::mean(output, axis, true);
  // Keras centers the target at the output's mean. What that adds is a multiple of Σ (output − its mean): 0.
  const Tensor covariance = (target - output_mean) * (output - output_mean);
  const Tensor spread = ops::var(target - target_mean, axis, true) + ops::var(output - output_mean, axis, true) +
                        ops::square(target_mean - output_mean);
  return ops::mean(2.0 * covariance / (spread + ops::epsilon), axis);
}

Config ConcordanceCorrelation::config() const { return described(*this, axis_options, options_); }

ConcordanceCorrelation ConcordanceCorrelation::from_config(const Config& config) {
  return ConcordanceCorrelation(
      options_from<ConcordanceCorrelationOptions>(config, "ConcordanceCorrelation", axis_options));
}

}  // namespace keratin::inline v0::metrics
