#include "keratin/optimizers/schedules.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <utility>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "optimizers/common.h"
#include "optimizers/options.h"

// All rates are computed in float32, as Keras does; a C++ number takes that dtype.
namespace keratin::inline v0::optimizers::schedules {
namespace {

void check_steps(std::string_view owner, std::string_view option, std::int64_t steps) {
  if (steps > 0) return;
  throw ValueError(std::string(owner) + ": `" + std::string(option) +
                   "` must be positive. Received: " + std::string(option) + "=" + std::to_string(steps));
}

/// Keras takes numbers of steps that are written as 1000.0 too.
Config with_whole_steps(const Config& config) {
  Config whole = config;
  const auto rounded = [](const ConfigValue& value) -> ConfigValue {
    if (!value.is_number() || value.is_integer() || value.as_floating() != std::trunc(value.as_floating()))
      return value;
    return static_cast<std::int64_t>(value.as_floating());
  };
  for (const char* const option : {"decay_steps", "first_decay_steps", "warmup_steps"})
    if (config.contains(option)) whole.set(option, rounded(config.at(option)));
  if (config.contains("boundaries") && config.at("boundaries").is_list()) {
    ConfigValue::List boundaries;
    for (const ConfigValue& each : config.at("boundaries").as_list()) boundaries.push_back(rounded(each));
    whole.set("boundaries", std::move(boundaries));
  }
  return whole;
}

Tensor floating(const Tensor& step) { return ops::cast(step, float32); }

/// How often the steps of a decay have passed.
Tensor periods(const Tensor& step, std::int64_t decay_steps, bool staircase) {
  const Tensor passed = floating(step) / static_cast<double>(decay_steps);
  return staircase ? ops::floor(passed) : passed;
}

/// What the decays by a rate check alike.
void check_rate_decay(std::string_view owner, double initial_learning_rate, std::int64_t decay_steps,
                      double decay_rate) {
  check_finite(owner, "initial_learning_rate", initial_learning_rate);
  check_steps(owner, "decay_steps", decay_steps);
  check_finite(owner, "decay_rate", decay_rate);
}

template <class T, class Options>
T read_rate_decay(const Config& config, std::string_view owner) {
  double rate = 0.0;
  std::int64_t steps = 0;
  double decay_rate = 0.0;
  Options options;
  core::read_all(with_whole_steps(config), owner, rate_decay_options, options, rate, steps, decay_rate);
  return T(rate, steps, decay_rate, std::move(options));
}

}  // namespace

ExponentialDecay::ExponentialDecay(double initial_learning_rate, std::int64_t decay_steps, double decay_rate,
                                   ExponentialDecayOptions options)
    : initial_learning_rate_(initial_learning_rate),
      decay_steps_(decay_steps),
      decay_rate_(decay_rate),
      options_(std::move(options)) {
  check_rate_decay("ExponentialDecay", initial_learning_rate, decay_steps, decay_rate);
}

Tensor ExponentialDecay::operator()(const Tensor& step) const {
  return initial_learning_rate_ * ops::power(decay_rate_, periods(step, decay_steps_, options_.staircase));
}

Config ExponentialDecay::config() const {
  return core::written(rate_decay_options, options_, initial_learning_rate_, decay_steps_, decay_rate_);
}

ExponentialDecay ExponentialDecay::from_config(const Config& config) {
  return read_rate_decay<ExponentialDecay, ExponentialDecayOptions>(config, "ExponentialDecay");
}

InverseTimeDecay::InverseTimeDecay(double initial_learning_rate, std::int64_t decay_steps, double decay_rate,
                                   InverseTimeDecayOptions options)
    : initial_learning_rate_(initial_learning_rate),
      decay_steps_(decay_steps),
      decay_rate_(decay_rate),
      options_(std::move(options)) {
  check_rate_decay("InverseTimeDecay", initial_learning_rate, decay_steps, decay_rate);
}

Tensor InverseTimeDecay::operator()(const Tensor& step) const {
  return initial_learning_rate_ / (1.0 + decay_rate_ * periods(step, decay_steps_, options_.staircase));
}

Config InverseTimeDecay::config() const {
  return core::written(rate_decay_options, options_, initial_learning_rate_, decay_steps_, decay_rate_);
}

InverseTimeDecay InverseTimeDecay::from_config(const Config& config) {
  return read_rate_decay<InverseTimeDecay, InverseTimeDecayOptions>(config, "InverseTimeDecay");
}

PolynomialDecay::PolynomialDecay(double initial_learning_rate, std::int64_t decay_steps, PolynomialDecayOptions options)
    : initial_learning_rate_(initial_learning_rate), decay_steps_(decay_steps), options_(std::move(options)) {
  check_finite("PolynomialDecay", "initial_learning_rate", initial_learning_rate);
  check_steps("PolynomialDecay", "decay_steps", decay_steps);
  check_finite("PolynomialDecay", "end_learning_rate", options_.end_learning_rate);
  check_finite("PolynomialDecay", "power", options_.power);
}

Tensor PolynomialDecay::operator()(const Tensor& step) const {
  const auto length = static_cast<double>(decay_steps_);
  Tensor at = floating(step);
  Tensor passed;
  if (options_.cycle) {
    // The first multiple of the length that isn't below the step, or the length itself.
    const Tensor multiple = ops::where(ops::equal(at, 0.0), 1.0, ops::ceil(at / length));
    passed = at / (length * multiple);
  } else {
    passed = ops::minimum(at, length) / length;
  }
  return (initial_learning_rate_ - options_.end_learning_rate) * ops::power(1.0 - passed, options_.power) +
         options_.end_learning_rate;
}

Config PolynomialDecay::config() const {
  return core::written(polynomial_options, options_, initial_learning_rate_, decay_steps_);
}

PolynomialDecay PolynomialDecay::from_config(const Config& config) {
  double rate = 0.0;
  std::int64_t steps = 0;
  PolynomialDecayOptions options;
  core::read_all(with_whole_steps(config), "PolynomialDecay", polynomial_options, options, rate, steps);
  return {rate, steps, std::move(options)};
}

PiecewiseConstantDecay::PiecewiseConstantDecay(std::vector<std::int64_t> boundaries, std::vector<double> values,
                                               PiecewiseConstantDecayOptions options)
    : boundaries_(std::move(boundaries)), values_(std::move(values)), options_(std::move(options)) {
  if (boundaries_.size() + 1 != values_.size())
    throw ValueError("PiecewiseConstantDecay: `values` must have one number more than `boundaries`. Received: " +
                     std::to_string(boundaries_.size()) + " boundaries and " + std::to_string(values_.size()) +
                     " values");
  if (std::adjacent_find(boundaries_.begin(), boundaries_.end(), std::greater_equal<>()) != boundaries_.end())
    throw ValueError("PiecewiseConstantDecay: `boundaries` must ascend. Received: boundaries=" +
                     to_string(core::written(piecewise_options, options_, boundaries_, values_).at("boundaries")));
  for (const double value : values_) check_finite("PiecewiseConstantDecay", "values", value);
}

Tensor PiecewiseConstantDecay::operator()(const Tensor& step) const {
  Tensor rate = ops::cast(values_.front(), float32);
  for (std::size_t i = 0; i < boundaries_.size(); ++i) rate = ops::where(step > boundaries_[i], values_[i + 1], rate);
  return rate;
}

Config PiecewiseConstantDecay::config() const {
  return core::written(piecewise_options, options_, boundaries_, values_);
}

PiecewiseConstantDecay PiecewiseConstantDecay::from_config(const Config& config) {
  std::vector<std::int64_t> boundaries;
  std::vector<double> values;
  PiecewiseConstantDecayOptions options;
  core::read_all(with_whole_steps(config), "PiecewiseConstantDecay", piecewise_options, options, boundaries, values);
  return {std::move(boundaries), std::move(values), std::move(options)};
}

namespace {

/// 1 at 0, 0 at 1.
Tensor half_cosine(const Tensor& share) { return 0.5 * (1.0 + ops::cos(std::numbers::pi * share)); }

}  // namespace

CosineDecay::CosineDecay(double initial_learning_rate, std::int64_t decay_steps, CosineDecayOptions options)
    : initial_learning_rate_(initial_learning_rate), decay_steps_(decay_steps), options_(std::move(options)) {
  check_finite("CosineDecay", "initial_learning_rate", initial_learning_rate);
  check_steps("CosineDecay", "decay_steps", decay_steps);
  check_finite("CosineDecay", "alpha", options_.alpha);
  if (options_.warmup_target) check_finite("CosineDecay", "warmup_target", *options_.warmup_target);
  if (options_.warmup_steps != 0) check_steps("CosineDecay", "warmup_steps", options_.warmup_steps);
}

Tensor CosineDecay::decayed(const Tensor& step, double from) const {
  const Tensor left = half_cosine(step / static_cast<double>(decay_steps_));
  return from * ((1.0 - options_.alpha) * left + options_.alpha);
}

Tensor CosineDecay::operator()(const Tensor& step) const {
  const auto length = static_cast<double>(decay_steps_);
  if (!options_.warmup_target) return decayed(ops::minimum(floating(step), length), initial_learning_rate_);
  const auto warmup = static_cast<double>(options_.warmup_steps);
  const double target = *options_.warmup_target;
  const Tensor at = ops::minimum(floating(step), length + warmup);
  Tensor after = decayed(at - warmup, target);
  if (options_.warmup_steps == 0) return after;
  return ops::where(at < warmup, (target - initial_learning_rate_) * (at / warmup) + initial_learning_rate_, after);
}

Config CosineDecay::config() const {
  return core::written(cosine_options, options_, initial_learning_rate_, decay_steps_);
}

CosineDecay CosineDecay::from_config(const Config& config) {
  double rate = 0.0;
  std::int64_t steps = 0;
  CosineDecayOptions options;
  core::read_all(with_whole_steps(config), "CosineDecay", cosine_options, options, rate, steps);
  return {rate, steps, std::move(options)};
}

CosineDecayRestarts::CosineDecayRestarts(double initial_learning_rate, std::int64_t first_decay_steps,
                                         CosineDecayRestartsOptions options)
    : initial_learning_rate_(initial_learning_rate),
      first_decay_steps_(first_decay_steps),
      options_(std::move(options)) {
  check_finite("CosineDecayRestarts", "initial_learning_rate", initial_learning_rate);
  check_steps("CosineDecayRestarts", "first_decay_steps", first_decay_steps);
  check_positive("CosineDecayRestarts", "t_mul", options_.t_mul);
  check_finite("CosineDecayRestarts", "m_mul", options_.m_mul);
  check_finite("CosineDecayRestarts", "alpha", options_.alpha);
}

Tensor CosineDecayRestarts::operator()(const Tensor& step) const {
  const Tensor passed = floating(step) / static_cast<double>(first_decay_steps_);
  const double t_mul = options_.t_mul;
  Tensor restarts;
  Tensor share;
  if (t_mul == 1.0) {
    restarts = ops::floor(passed);
    share = passed - restarts;
  } else {
    // After n periods a sum of n powers of t_mul has passed.
    restarts = ops::floor(ops::log(1.0 - passed * (1.0 - t_mul)) / std::log(static_cast<float>(t_mul)));
    const Tensor length = ops::power(t_mul, restarts);
    share = (passed - (1.0 - length) / (1.0 - t_mul)) / length;
  }
  const Tensor left = ops::power(options_.m_mul, restarts) * half_cosine(share);
  return initial_learning_rate_ * ((1.0 - options_.alpha) * left + options_.alpha);
}

Config CosineDecayRestarts::config() const {
  return core::written(restarts_options, options_, initial_learning_rate_, first_decay_steps_);
}

CosineDecayRestarts CosineDecayRestarts::from_config(const Config& config) {
  double rate = 0.0;
  std::int64_t steps = 0;
  CosineDecayRestartsOptions options;
  core::read_all(with_whole_steps(config), "CosineDecayRestarts", restarts_options, options, rate, steps);
  return {rate, steps, std::move(options)};
}

}  // namespace keratin::inline v0::optimizers::schedules
