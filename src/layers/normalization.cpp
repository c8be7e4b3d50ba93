#include "keratin/layers/normalization.h"

#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "ops/apply.h"

namespace keratin::inline v0::layers {
namespace {

constexpr double smallest_weight = 1e-7;  // Keras's backend.epsilon()

Tensor at_least_float32(const Tensor& x) { return ops::cast(x, result_type(x.dtype(), float32)); }

double checked_momentum(double momentum) {
  if (momentum >= 0.0 && momentum <= 1.0) return momentum;
  throw ValueError("BatchNormalization: `momentum` must be in [0, 1]. Received: momentum=" + std::to_string(momentum));
}

}  // namespace

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : CallableLayer(options.name), options_(std::move(options)) {
  checked_momentum(options_.momentum);
  checked_positive(options_.epsilon, "BatchNormalization", "epsilon");
  set_common(options_.trainable, {});
}

void BatchNormalization::build(const Shape& input) {
  rank_ = input.rank();
  size_ = known_size(*this, input, options_.axis);
  axis_ = ops::normalized_axis(options_.axis, rank_, title(*this));
  if (options_.scale) gamma_ = add_weight("gamma", {size_}, {.initializer = options_.gamma_initializer});
  if (options_.center) beta_ = add_weight("beta", {size_}, {.initializer = options_.beta_initializer});
  moving_mean_ =
      add_weight("moving_mean", {size_}, {.initializer = options_.moving_mean_initializer, .trainable = false});
  moving_variance_ =
      add_weight("moving_variance", {size_}, {.initializer = options_.moving_variance_initializer, .trainable = false});
}

/// Mean and variance of all but the axis, of shape (n,).
std::pair<Tensor, Tensor> BatchNormalization::batch_moments(const Tensor& x, const Tensor& mask) const {
  std::vector<std::int64_t> others;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(rank_); ++i)
    if (i != axis_) others.push_back(i);
  const Axes axes{std::span<const std::int64_t>(others)};
  Shape along;
  for (std::size_t i = 0; i < rank_; ++i) along.push_back(static_cast<std::int64_t>(i) == axis_ ? size_ : 1);
  if (mask.is_empty()) {
    const Tensor mean = ops::mean(x, axes);
    return {mean, ops::mean(ops::square(x - ops::reshape(mean, along)), axes)};
  }
  if (mask.rank() + 1 != rank_)
    throw ShapeError(title(*this) +
                     ": the mask has the input's shape without its last axis. Received: a mask of shape " +
                     to_string(mask.shape()) + " for inputs of shape " + to_string(x.shape()));
  const Tensor weights = ops::expand_dims(ops::cast(mask, x.dtype()), -1);
  const Tensor total = ops::sum(weights * ops::ones_like(x), axes) + smallest_weight;
  const Tensor mean = ops::sum(weights * x, axes) / total;
  return {mean, ops::sum(weights * ops::square(x - ops::reshape(mean, along)), axes) / total};
}

void BatchNormalization::update_moving(const Tensor& mean, const Tensor& variance) {
  const auto update = [&](Variable& moving, const Tensor& batch) {
    const Tensor share = ops::stop_gradient(ops::cast(batch, moving.dtype())) * (1.0 - options_.momentum);
    moving.assign(Tensor(moving) * options_.momentum + share);
  };
  update(moving_mean_, mean);
  update(moving_variance_, variance);
}

Tensor BatchNormalization::call(const Tensor& x, const CallContext& context) {
  if (x.rank() != rank_)
    throw ShapeError(title(*this) + " was built for inputs of rank " + std::to_string(rank_) +
                     ". Received: inputs of shape " + to_string(x.shape()));
  check_size(*this, x.shape(), options_.axis, size_);
  const Tensor input = at_least_float32(x);
  Tensor mean = moving_mean_;
  Tensor variance = moving_variance_;
  if (context.training && trainable()) {
    std::tie(mean, variance) = batch_moments(input, context.mask);
    update_moving(mean, variance);
  }
  Shape along;
  for (std::size_t i = 0; i < rank_; ++i) along.push_back(static_cast<std::int64_t>(i) == axis_ ? size_ : 1);
  const auto aligned = [&](const Tensor& statistic) {
    return axis_ + 1 == static_cast<std::int64_t>(rank_) ? statistic : ops::reshape(statistic, along);
  };
  // One factor and one offset for each index: what is left for the elements is a multiplication and an addition.
  Tensor factor = ops::rsqrt(variance + options_.epsilon);
  if (options_.scale) factor = factor * gamma_;
  Tensor result = (input - aligned(mean)) * aligned(factor);
  if (options_.center) result = result + aligned(beta_);
  return is_floating(x.dtype()) ? ops::cast(result, x.dtype()) : result;
}

Config BatchNormalization::config() const {
  return {{"axis", options_.axis},
          {"momentum", options_.momentum},
          {"epsilon", options_.epsilon},
          {"center", options_.center},
          {"scale", options_.scale},
          {"beta_initializer", options_.beta_initializer.config()},
          {"gamma_initializer", options_.gamma_initializer.config()},
          {"moving_mean_initializer", options_.moving_mean_initializer.config()},
          {"moving_variance_initializer", options_.moving_variance_initializer.config()}};
}

BatchNormalization BatchNormalization::from_config(const Config& config) {
  const auto initializer = [&](std::string_view name) { return InitializerSpec::from_config(config.at(name)); };
  return BatchNormalization({.axis = config.get<std::int64_t>("axis"),
                             .momentum = config.get<double>("momentum"),
                             .epsilon = config.get<double>("epsilon"),
                             .center = config.get<bool>("center"),
                             .scale = config.get<bool>("scale"),
                             .beta_initializer = initializer("beta_initializer"),
                             .gamma_initializer = initializer("gamma_initializer"),
                             .moving_mean_initializer = initializer("moving_mean_initializer"),
                             .moving_variance_initializer = initializer("moving_variance_initializer")});
}

LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : CallableLayer(options.name), options_(std::move(options)) {
  checked_positive(options_.epsilon, "LayerNormalization", "epsilon");
  set_common(options_.trainable, {});
}

void LayerNormalization::build(const Shape& input) {
  axes_ = {};
  broadcast_ = {};
  for (std::size_t i = 0; i < input.rank(); ++i) broadcast_.push_back(1);
  Shape sizes;
  for (const std::int64_t axis : ops::normalized_axes(options_.axis, input.rank(), title(*this))) {
    axes_.push_back(axis);
    sizes.push_back(known_size(*this, input, axis));
    broadcast_[axis] = sizes.back();
  }
  if (options_.scale) gamma_ = add_weight("gamma", sizes, {.initializer = options_.gamma_initializer});
  if (options_.center) beta_ = add_weight("beta", sizes, {.initializer = options_.beta_initializer});
}

Tensor LayerNormalization::call(const Tensor& x, const CallContext& /*context*/) {
  for (const std::int64_t axis : axes_)
    check_size(*this, x.shape(), axis - static_cast<std::int64_t>(broadcast_.rank()), broadcast_[axis]);
  if (x.rank() != broadcast_.rank())
    throw ShapeError(title(*this) + " was built for inputs of rank " + std::to_string(broadcast_.rank()) +
                     ". Received: inputs of shape " + to_string(x.shape()));
  const bool is_last = axes_.rank() == 1 && axes_.front() + 1 == static_cast<std::int64_t>(broadcast_.rank());
  const auto aligned = [&](const Tensor& weight) { return is_last ? weight : ops::reshape(weight, broadcast_); };
  const Axes axes{std::span<const std::int64_t>(axes_.dims())};
  const Tensor input = at_least_float32(x);
  const Tensor centered = input - ops::mean(input, axes, true);
  const Tensor variance = ops::mean(ops::square(centered), axes, true);
  Tensor result = centered * ops::rsqrt(variance + options_.epsilon);
  if (options_.scale) result = result * aligned(gamma_);
  if (options_.center) result = result + aligned(beta_);
  return is_floating(x.dtype()) ? ops::cast(result, x.dtype()) : result;
}

Config LayerNormalization::config() const {
  return {{"axis", config_of(options_.axis)},
          {"epsilon", options_.epsilon},
          {"center", options_.center},
          {"scale", options_.scale},
          {"beta_initializer", options_.beta_initializer.config()},
          {"gamma_initializer", options_.gamma_initializer.config()}};
}

LayerNormalization LayerNormalization::from_config(const Config& config) {
  return LayerNormalization({.axis = axes_from(config.at("axis")),
                             .epsilon = config.get<double>("epsilon"),
                             .center = config.get<bool>("center"),
                             .scale = config.get<bool>("scale"),
                             .beta_initializer = InitializerSpec::from_config(config.at("beta_initializer")),
                             .gamma_initializer = InitializerSpec::from_config(config.at("gamma_initializer"))});
}

}  // namespace keratin::inline v0::layers
