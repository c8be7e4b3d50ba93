#include "layers/normalization.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/layers/normalization.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/options.h"
#include "ops/apply.h"
#include "ops/layer_norm.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto affine_options = [](auto& option, auto& options) {
  option("epsilon", options.epsilon);
  option("center", options.center);
  option("scale", options.scale);
};

constexpr auto weight_options = [](auto& option, auto& options) {
  option("beta_initializer", options.beta_initializer);
  option("gamma_initializer", options.gamma_initializer);
  option("beta_regularizer", options.beta_regularizer);
  option("gamma_regularizer", options.gamma_regularizer);
  option("beta_constraint", options.beta_constraint);
  option("gamma_constraint", options.gamma_constraint);
};

constexpr auto layer_options = [](auto& option, auto& options) {
  option("axis", options.axis);
  affine_options(option, options);
  option.always("rms_scaling", false);
  weight_options(option, options);
};

constexpr auto group_options = [](auto& option, auto& options) {
  option("groups", options.groups);
  option("axis", options.axis);
  affine_options(option, options);
  weight_options(option, options);
};

constexpr auto rms_options = [](auto& option, auto& options) {
  option("axis", options.axis);
  option("epsilon", options.epsilon);
};

constexpr auto unit_options = [](auto& option, auto& axis) { option("axis", axis); };

const Axes& checked_axes(const Axes& axes, std::string_view layer) {
  if (!axes.empty()) return axes;
  throw ValueError(std::string(layer) + ": `axis` names one axis or more. Received: none");
}

/// Sizes along the axes as Keras orders them: by their numbers as given, negative ones first.
Shape sizes_along(const Layer& layer, const Axes& axes, const Shape& input) {
  std::vector<std::int64_t> sorted(axes.values().begin(), axes.values().end());
  std::sort(sorted.begin(), sorted.end());
  Shape sizes;
  for (const std::int64_t axis : sorted) sizes.push_back(known_size(layer, input, axis));
  return sizes;
}

}  // namespace

Tensor at_least_float32(const Tensor& x) { return ops::cast(x, result_type(x.dtype(), float32)); }

Tensor unit_length(const Tensor& x, const Axes& axes, double epsilon) {
  const Tensor inverse = ops::rsqrt(ops::sum(ops::square(x), axes, true));
  return x * ops::minimum(inverse, 1.0 / epsilon);
}

LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : CallableLayer(options.name), options_(std::move(options)) {
  checked_axes(options_.axis, "LayerNormalization");
  checked_positive(options_.epsilon, "LayerNormalization", "epsilon");
  set_common(options_.trainable, options_.dtype);
  set_casts_inputs(false);
}

void LayerNormalization::build(const Shape& input) {
  const LayerNormalizationOptions& o = options_;
  axes_ = {};
  broadcast_ = {};
  for (std::size_t i = 0; i < input.rank(); ++i) broadcast_.push_back(1);
  for (const std::int64_t axis : ops::normalized_axes(o.axis, input.rank(), title(*this))) {
    axes_.push_back(axis);
    broadcast_[axis] = known_size(*this, input, axis);
  }
  const Shape sizes = sizes_along(*this, o.axis, input);
  if (o.scale)
    gamma_ =
        add_weight("gamma", sizes, normalization_weight(o.gamma_initializer, o.gamma_regularizer, o.gamma_constraint));
  if (o.center)
    beta_ = add_weight("beta", sizes, normalization_weight(o.beta_initializer, o.beta_regularizer, o.beta_constraint));
}

Tensor LayerNormalization::call(const Tensor& x, const CallContext& /*context*/) {
  for (const std::int64_t axis : axes_)
    check_size(*this, x.shape(), axis - static_cast<std::int64_t>(broadcast_.rank()), broadcast_[axis]);
  if (x.rank() != broadcast_.rank())
    throw ShapeError(title(*this) + " was built for inputs of rank " + std::to_string(broadcast_.rank()) +
                     ". Received: inputs of shape " + to_string(x.shape()));
  const Tensor input = at_least_float32(x);
  const bool is_last = axes_.rank() == 1 && axes_.front() + 1 == static_cast<std::int64_t>(broadcast_.rank());
  const auto aligned = [&](const Variable& weight) {
    const Tensor value = ops::cast(weight, input.dtype());
    return is_last ? value : ops::reshape(value, broadcast_);
  };
  if (is_last && ops::detail::has_layer_norm(input.dtype()))
    return ops::cast(
        ops::detail::layer_norm(input, options_.scale ? aligned(gamma_) : Tensor(),
                                options_.center ? aligned(beta_) : Tensor(), options_.epsilon),
        compute_dtype());
  const Axes axes{std::span<const std::int64_t>(axes_.dims())};
  const Tensor centered = input - ops::mean(input, axes, true);
  const Tensor variance = ops::mean(ops::square(centered), axes, true);
  Tensor result = centered * ops::rsqrt(variance + options_.epsilon);
  if (options_.scale) result = result * aligned(gamma_);
  if (options_.center) result = result + aligned(beta_);
  return ops::cast(result, compute_dtype());
}

Config LayerNormalization::config() const { return written(layer_options, options_); }

LayerNormalization LayerNormalization::from_config(const Config& config) {
  LayerNormalizationOptions options;
  read(config, "LayerNormalization", layer_options, options);
  return LayerNormalization(std::move(options));
}

GroupNormalization::GroupNormalization(GroupNormalizationOptions options)
    : CallableLayer(options.name), options_(std::move(options)) {
  if (options_.groups != -1) checked_positive(options_.groups, "GroupNormalization", "groups");
  checked_positive(options_.epsilon, "GroupNormalization", "epsilon");
  set_common(options_.trainable, options_.dtype);
  set_casts_inputs(false);
}

void GroupNormalization::build(const Shape& input) {
  const GroupNormalizationOptions& o = options_;
  check_rank_at_least(*this, input, 2);
  rank_ = static_cast<std::int64_t>(input.rank());
  axis_ = ops::normalized_axis(o.axis, input.rank(), title(*this));
  if (axis_ == 0)
    throw ValueError(title(*this) +
                     ": `axis` is that of the channels, not the batch. Received: axis=" + std::to_string(o.axis));
  size_ = known_size(*this, input, axis_);
  groups_ = o.groups == -1 ? size_ : o.groups;
  if (size_ % groups_ != 0)
    throw ValueError(title(*this) + ": `groups` must divide the channels. Received: groups=" + std::to_string(groups_) +
                     " for " + std::to_string(size_) + " channels");
  if (o.scale)
    gamma_ = add_weight("gamma", {size_},
                        normalization_weight(o.gamma_initializer, o.gamma_regularizer, o.gamma_constraint));
  if (o.center)
    beta_ =
        add_weight("beta", {size_}, normalization_weight(o.beta_initializer, o.beta_regularizer, o.beta_constraint));
}

Shape GroupNormalization::along_axis(std::int64_t batch) const {
  Shape along{batch};
  for (std::int64_t i = 1; i < rank_; ++i) along.push_back(i == axis_ ? size_ : 1);
  return along;
}

/// The mean of each example's groups, at each of their channels: first along the other axes, whose sizes needn't be
/// known, then along the group.
Tensor GroupNormalization::group_mean(const Tensor& x) const {
  std::vector<std::int64_t> others;
  for (std::int64_t i = 1; i < rank_; ++i)
    if (i != axis_) others.push_back(i);
  const Tensor channels = others.empty() ? x : ops::mean(x, Axes(std::span<const std::int64_t>(others)), true);
  const std::int64_t members = size_ / groups_;
  const Tensor means = ops::mean(ops::reshape(channels, {-1, groups_, members}), 2, true);
  return ops::reshape(ops::repeat(means, members, 2), along_axis(-1));
}

Tensor GroupNormalization::call(const Tensor& x, const CallContext& /*context*/) {
  if (static_cast<std::int64_t>(x.rank()) != rank_)
    throw ShapeError(title(*this) + " was built for inputs of rank " + std::to_string(rank_) +
                     ". Received: inputs of shape " + to_string(x.shape()));
  check_size(*this, x.shape(), options_.axis, size_);
  const Tensor input = at_least_float32(x);
  const auto aligned = [&](const Variable& weight) {
    return ops::reshape(ops::cast(weight, input.dtype()), along_axis(1));
  };
  const Tensor centered = input - group_mean(input);
  Tensor factor = ops::rsqrt(group_mean(ops::square(centered)) + options_.epsilon);
  if (options_.scale) factor = factor * aligned(gamma_);
  Tensor result = centered * factor;
  if (options_.center) result = result + aligned(beta_);
  return ops::cast(result, compute_dtype());
}

Config GroupNormalization::config() const { return written(group_options, options_); }

GroupNormalization GroupNormalization::from_config(const Config& config) {
  GroupNormalizationOptions options;
  read(config, "GroupNormalization", group_options, options);
  return GroupNormalization(std::move(options));
}

RMSNormalization::RMSNormalization(RMSNormalizationOptions options)
    : CallableLayer(options.name), options_(std::move(options)) {
  checked_axes(options_.axis, "RMSNormalization");
  checked_positive(options_.epsilon, "RMSNormalization", "epsilon");
  set_common(options_.trainable, options_.dtype);
}

void RMSNormalization::build(const Shape& input) {
  ops::normalized_axes(options_.axis, input.rank(), title(*this));
  const Shape sizes = sizes_along(*this, options_.axis, input);
  for (std::size_t i = 1; i <= sizes.rank(); ++i) {
    const std::int64_t size = sizes.dims()[sizes.rank() - i];
    const std::int64_t last = input.dims()[input.rank() - i];
    if (size != last && size != 1 && last >= 0)
      throw ShapeError(title(*this) + " multiplies with a scale of the axes' sizes along the last axes, where it " +
                       "doesn't fit; take the last axes. Received: a scale of shape " + to_string(sizes) +
                       " for inputs of shape " + to_string(input));
  }
  scale_ = add_weight("scale", sizes, {.initializer = "ones"});
}

Tensor RMSNormalization::call(const Tensor& x, const CallContext& /*context*/) {
  const Tensor input = at_least_float32(x);
  const Tensor mean = ops::mean(ops::square(input), options_.axis, true);
  const Tensor result = input * ops::rsqrt(mean + options_.epsilon) * ops::cast(scale_, input.dtype());
  return is_floating(x.dtype()) ? ops::cast(result, x.dtype()) : result;
}

Config RMSNormalization::config() const { return written(rms_options, options_); }

RMSNormalization RMSNormalization::from_config(const Config& config) {
  RMSNormalizationOptions options;
  read(config, "RMSNormalization", rms_options, options);
  return RMSNormalization(std::move(options));
}

UnitNormalization::UnitNormalization(UnitNormalizationOptions options)
    : CallableLayer(std::move(options.name)), axis_(checked_axes(options.axis, "UnitNormalization")) {
  set_common(options.trainable, options.dtype);
}

Tensor UnitNormalization::call(const Tensor& x, const CallContext& /*context*/) {
  return unit_length(is_floating(x.dtype()) ? x : ops::cast(x, compute_dtype()), axis_, 1e-12);
}

Config UnitNormalization::config() const { return written(unit_options, axis_); }

UnitNormalization UnitNormalization::from_config(const Config& config) {
  UnitNormalizationOptions options;
  read(config, "UnitNormalization", unit_options, options.axis);
  return UnitNormalization(std::move(options));
}

}  // namespace keratin::inline v0::layers
