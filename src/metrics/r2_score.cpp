#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/metrics/regression.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "losses/common.h"
#include "metrics/options.h"
#include "metrics/shapes.h"
#include "ops/like.h"

namespace keratin::inline v0::metrics {
ConfigValue ClassAggregation::config() const {
  return *this == none ? ConfigValue() : ConfigValue(std::string(name()));
}

ClassAggregation ClassAggregation::from_config(const ConfigValue& config) {
  if (config.is_none()) return std::nullopt;
  return keratin::name(config.as_text());
}

R2Score::R2Score(R2ScoreOptions options) : Metric(options.name, options.dtype), options_(std::move(options)) {
  if (options_.num_regressors < 0)
    throw ValueError("R2Score: `num_regressors` must not be negative. Received: num_regressors=" +
                     std::to_string(options_.num_regressors));
}

void R2Score::build() {
  num_samples_ = add_state("num_samples");
  squared_sum_ = sum_ = residual_ = count_ = {};
}

void R2Score::build_sums(std::int64_t outputs) {
  squared_sum_ = add_state("squared_sum", {outputs});
  sum_ = add_state("sum", {outputs});
  residual_ = add_state("residual", {outputs});
  count_ = add_state("count", {outputs});
}

void R2Score::build_like(const Metric& other) { build_sums(dynamic_cast<const R2Score&>(other).sum_.shape()[0]); }

void R2Score::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  const auto [target, output] = losses::to_same_rank(ops::cast(y_true, dtype()), ops::cast(y_pred, dtype()));
  const std::int64_t outputs = checked_columns(*this, target, output);
  if (sum_.is_empty()) build_sums(outputs);
  Tensor weight = ops::cast(sample_weight.is_empty() ? Tensor(1.0) : sample_weight, dtype());
  if (weight.rank() == 1) weight = ops::expand_dims(weight, {1});
  weight = ops::detail::broadcast_like(weight, target);
  const auto add = [](Variable& state, const Tensor& values) {
    state.assign_add(ops::cast(ops::sum(values, {0}), state.dtype()));
  };
  const Tensor weighted = target * weight;
  add(sum_, weighted);
  add(squared_sum_, target * weighted);
  add(residual_, ops::square(target - output) * weight);
  add(count_, weight);
  num_samples_.assign_add(ops::cast(ops::size(target), float32));
}

Tensor R2Score::result() const {
  if (sum_.is_empty()) fail_without_batch(*this);
  const Tensor sum = sum_;
  const Tensor total = squared_sum_ - sum * (sum / count_);
  const Tensor all = 1.0 - residual_ / total;
  const Tensor scores = ops::where(ops::isinf(all), 0.0, all);
  switch (options_.class_aggregation) {
    case ClassAggregation::uniform_average:
      return adjusted(ops::mean(scores));
    case ClassAggregation::variance_weighted_average:
      return adjusted(ops::sum(total * scores) / ops::sum(total));
    default:
      return adjusted(scores);
  }
}

Tensor R2Score::adjusted(const Tensor& score) const {
  if (options_.num_regressors == 0) return score;
  const auto regressors = static_cast<double>(options_.num_regressors);
  const Tensor samples = num_samples_;
  const Tensor freedom = samples - regressors - 1.0;
  const Tensor is_enough = ops::greater(freedom, 0.0);
  const Tensor lower = 1.0 - (1.0 - score) * (samples - 1.0) / ops::where(is_enough, freedom, 1.0);
  return ops::where(is_enough, lower, score);
}

Config R2Score::config() const { return described(*this, r2_score_options, options_); }

R2Score R2Score::from_config(const Config& config) {
  return R2Score(options_from<R2ScoreOptions>(config, "R2Score", r2_score_options));
}

}  // namespace keratin::inline v0::metrics
