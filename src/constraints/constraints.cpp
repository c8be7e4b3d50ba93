#include "keratin/constraints/constraints.h"

#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "ops/axes_config.h"
#include "ops/epsilon.h"

namespace keratin::inline v0::constraints {
namespace {

Tensor norms_of(const Tensor& weights, const Axes& axis) {
  return ops::sqrt(ops::sum(ops::square(weights), axis, true));
}

/// The weights with these norms in place of their own.
Tensor scaled(const Tensor& weights, const Tensor& norms, const Tensor& wanted) {
  return weights * (wanted / (ops::epsilon + norms));
}

[[noreturn]] void refuse(const std::string& what, double received) {
  throw ValueError(what + ". Received: " + std::to_string(received));
}

}  // namespace

MaxNorm::MaxNorm(MaxNormOptions options) : options_(options) {
  if (!(options_.max_value >= 0.0)) refuse("MaxNorm: `max_value` can't be negative", options_.max_value);
}

Tensor MaxNorm::operator()(const Tensor& weights) const {
  const Tensor norms = norms_of(weights, options_.axis);
  return scaled(weights, norms, ops::minimum(norms, options_.max_value));
}

Config MaxNorm::config() const { return {{"max_value", options_.max_value}, {"axis", ops::config_of(options_.axis)}}; }

Tensor NonNeg::operator()(const Tensor& weights) const { return ops::maximum(weights, 0.0); }

Tensor UnitNorm::operator()(const Tensor& weights) const {
  return weights / (ops::epsilon + norms_of(weights, options_.axis));
}

Config UnitNorm::config() const { return {{"axis", ops::config_of(options_.axis)}}; }

MinMaxNorm::MinMaxNorm(MinMaxNormOptions options) : options_(options) {
  if (!(options_.min_value >= 0.0)) refuse("MinMaxNorm: `min_value` can't be negative", options_.min_value);
  if (!(options_.max_value >= options_.min_value))
    refuse("MinMaxNorm: `max_value` can't be below `min_value`=" + std::to_string(options_.min_value),
           options_.max_value);
  const bool is_share = options_.rate >= 0.0 && options_.rate <= 1.0;
  if (!is_share) refuse("MinMaxNorm: `rate` must be in [0, 1]", options_.rate);
}

Tensor MinMaxNorm::operator()(const Tensor& weights) const {
  const Tensor norms = norms_of(weights, options_.axis);
  const Tensor inside = ops::clip(norms, options_.min_value, options_.max_value);
  return scaled(weights, norms, options_.rate * inside + (1.0 - options_.rate) * norms);
}

Config MinMaxNorm::config() const {
  return {{"min_value", options_.min_value},
          {"max_value", options_.max_value},
          {"rate", options_.rate},
          {"axis", ops::config_of(options_.axis)}};
}

}  // namespace keratin::inline v0::constraints
