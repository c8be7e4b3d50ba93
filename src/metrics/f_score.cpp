#include "keratin/metrics/f_score.h"

#include <cmath>
#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "metrics/options.h"
#include "metrics/shapes.h"
#include "ops/epsilon.h"

namespace keratin::inline v0::metrics {
ConfigValue FScoreAverage::config() const { return *this == none ? ConfigValue() : ConfigValue(std::string(name())); }

FScoreAverage FScoreAverage::from_config(const ConfigValue& config) {
  if (config.is_none()) return std::nullopt;
  return keratin::name(config.as_text());
}

FBetaScore::FBetaScore(FBetaScoreOptions options) : Metric(options.name, options.dtype), options_(std::move(options)) {
  if (!(options_.beta > 0.0) || std::isinf(options_.beta))
    throw ValueError("FBetaScore: `beta` must be positive and finite. Received: beta=" + std::to_string(options_.beta));
  const bool is_share = !options_.threshold || (*options_.threshold > 0.0 && *options_.threshold <= 1.0);
  if (!is_share)
    throw ValueError("FBetaScore: `threshold` must lie in (0, 1]. Received: threshold=" +
                     std::to_string(*options_.threshold));
}

void FBetaScore::build() { true_positives_ = false_positives_ = false_negatives_ = intermediate_weights_ = {}; }

void FBetaScore::build_counts(const Shape& shape) {
  true_positives_ = add_state("true_positives", shape, {}, dtype());
  false_positives_ = add_state("false_positives", shape, {}, dtype());
  false_negatives_ = add_state("false_negatives", shape, {}, dtype());
  intermediate_weights_ = add_state("intermediate_weights", shape, {}, dtype());
}

void FBetaScore::build_like(const Metric& other) {
  build_counts(dynamic_cast<const FBetaScore&>(other).true_positives_.shape());
}

void FBetaScore::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  const std::int64_t classes = checked_columns(*this, y_true, y_pred);
  const bool is_micro = options_.average == FScoreAverage::micro;
  if (true_positives_.is_empty()) build_counts(is_micro ? Shape{} : Shape{classes});
  const Tensor target = ops::cast(y_true, dtype());
  const Tensor scores = ops::cast(y_pred, dtype());
  const Tensor is_positive = options_.threshold
                                 ? ops::greater(scores, *options_.threshold)
                                 : ops::logical_and(ops::greater_equal(scores, ops::max(scores, {-1}, true)),
                                                    ops::greater(ops::abs(scores), 1e-9));
  const Tensor positive = ops::cast(is_positive, dtype());
  const auto add = [&](Variable& state, const Tensor& hits) {
    const Tensor counted =
        sample_weight.is_empty() ? hits : hits * ops::expand_dims(ops::cast(sample_weight, dtype()), {1});
    state.assign_add(is_micro ? ops::sum(counted) : ops::sum(counted, {0}));
  };
  add(true_positives_, positive * target);
  add(false_positives_, positive * (1.0 - target));
  add(false_negatives_, (1.0 - positive) * target);
  add(intermediate_weights_, target);
}

Tensor FBetaScore::result() const {
  if (true_positives_.is_empty()) fail_without_batch(*this);
  const Tensor hits = true_positives_;
  const Tensor precision = hits / (hits + false_positives_ + ops::epsilon);
  const Tensor recall = hits / (hits + false_negatives_ + ops::epsilon);
  const double square = options_.beta * options_.beta;
  const Tensor mean = precision * recall / (square * precision + recall + ops::epsilon);
  Tensor score = mean * (1.0 + square);
  switch (options_.average) {
    case FScoreAverage::none:
      return score;
    case FScoreAverage::weighted:
      return ops::sum(score * (intermediate_weights_ / (ops::sum(intermediate_weights_) + ops::epsilon)));
    default:
      return ops::mean(score);
  }
}

Config FBetaScore::config() const { return described(*this, f_beta_score_options, options_); }

FBetaScore FBetaScore::from_config(const Config& config) {
  return FBetaScore(options_from<FBetaScoreOptions>(config, "FBetaScore", f_beta_score_options));
}

F1Score::F1Score(F1ScoreOptions options)
    : FBetaScore({.average = options.average,
                  .threshold = options.threshold,
                  .name = std::move(options.name),
                  .dtype = options.dtype}) {}

Config F1Score::config() const { return described(*this, f1_score_options, options()); }

F1Score F1Score::from_config(const Config& config) {
  return F1Score(options_from<F1ScoreOptions>(config, "F1Score", f1_score_options));
}

}  // namespace keratin::inline v0::metrics
