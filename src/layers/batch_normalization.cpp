#include "ops/batch_normalization.h"

#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/layers/normalization.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/normalization.h"
#include "layers/options.h"
#include "ops/apply.h"
#include "ops/epsilon.h"

namespace keratin::inline v0 {

template <>
struct core::OptionKind<layers::RenormClipping> {
  static constexpr auto list = [](auto& option, auto& clipping) {
    option("rmax", clipping.rmax);
    option("rmin", clipping.rmin);
    option("dmax", clipping.dmax);
  };
  /// Without the bounds that aren't there.
  static ConfigValue written(const layers::RenormClipping& value) {
    Config given;
    for (const Config all = layers::written(list, value); const auto& [name, bound] : all.entries())
      if (!bound.is_none()) given.set(name, bound);
    return given;
  }
  static layers::RenormClipping read(const ConfigValue& config) {
    layers::RenormClipping clipping;
    layers::read(config.as_config(), "renorm_clipping", list, clipping);
    return clipping;
  }
};

namespace layers {

namespace {

constexpr auto batch_options = [](auto& option, auto& options) {
  option("axis", options.axis);
  option("momentum", options.momentum);
  option("epsilon", options.epsilon);
  option("center", options.center);
  option("scale", options.scale);
  option("beta_initializer", options.beta_initializer);
  option("gamma_initializer", options.gamma_initializer);
  option("moving_mean_initializer", options.moving_mean_initializer);
  option("moving_variance_initializer", options.moving_variance_initializer);
  option("beta_regularizer", options.beta_regularizer);
  option("gamma_regularizer", options.gamma_regularizer);
  option("beta_constraint", options.beta_constraint);
  option("gamma_constraint", options.gamma_constraint);
  option("synchronized", options.synchronized);
  option("renorm", options.renorm);
  option("renorm_clipping", options.renorm_clipping);
  option("renorm_momentum", options.renorm_momentum);
};

void check_momentum(double momentum, std::string_view name) {
  if (momentum >= 0.0 && momentum <= 1.0) return;
  throw ValueError("BatchNormalization: `" + std::string(name) + "` must be in [0, 1]. Received: " + std::string(name) +
                   "=" + std::to_string(momentum));
}

void check_clipping(const RenormClipping& clipping) {
  if (clipping.rmax && clipping.rmin && *clipping.rmax < *clipping.rmin)
    throw ValueError("BatchNormalization: in `renorm_clipping`, rmax must not be below rmin. Received: rmax=" +
                     std::to_string(*clipping.rmax) + ", rmin=" + std::to_string(*clipping.rmin));
  if (clipping.dmax && *clipping.dmax < 0.0)
    throw ValueError("BatchNormalization: in `renorm_clipping`, dmax must not be negative. Received: dmax=" +
                     std::to_string(*clipping.dmax));
}

/// An initializer's numbers, under the root.
class RootOf : public initializers::Initializer {
 public:
  explicit RootOf(InitializerSpec inner) : inner_(std::move(inner)) {}
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override {
    Array roots = inner_(shape, float64, seed).copy();
    for (double& value : roots.mutable_data<double>()) value = std::sqrt(value);
    return roots.astype(dtype);
  }

 private:
  InitializerSpec inner_;
};

/// moving · momentum + batch · (1 − momentum), which moving becomes.
Tensor moved(Variable& moving, const Tensor& batch, double momentum) {
  const Tensor share = ops::stop_gradient(batch) * (1.0 - momentum);
  Tensor now = ops::cast(moving, batch.dtype()) * momentum + share;
  moving.assign(ops::cast(now, moving.dtype()));
  return now;
}

}  // namespace

/// Of shape (n,).
struct BatchNormalization::Moments : ops::detail::BatchMoments {};
/// What is made of normalized numbers: x · scale + offset; empty: left out.
struct BatchNormalization::Affine {
  Tensor scale;
  Tensor offset;
};

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : CallableLayer(options.name), options_(std::move(options)) {
  check_momentum(options_.momentum, "momentum");
  check_momentum(options_.renorm_momentum, "renorm_momentum");
  checked_positive(options_.epsilon, "BatchNormalization", "epsilon");
  // As Keras has it: with renorm, no bounds are bounds that nobody gave.
  if (options_.renorm && !options_.renorm_clipping) options_.renorm_clipping.emplace();
  if (options_.renorm) check_clipping(*options_.renorm_clipping);
  set_common(options_.trainable, options_.dtype);
}

void BatchNormalization::build(const Shape& input) {
  rank_ = static_cast<std::int64_t>(input.rank());
  size_ = known_size(*this, input, options_.axis);
  axis_ = ops::normalized_axis(options_.axis, input.rank(), title(*this));
  const BatchNormalizationOptions& o = options_;
  const Shape shape{size_};
  if (o.scale)
    gamma_ =
        add_weight("gamma", shape, normalization_weight(o.gamma_initializer, o.gamma_regularizer, o.gamma_constraint));
  if (o.center)
    beta_ = add_weight("beta", shape, normalization_weight(o.beta_initializer, o.beta_regularizer, o.beta_constraint));
  const auto statistic = [&](const char* name, InitializerSpec initializer) {
    return add_weight(name, shape, {.initializer = std::move(initializer), .trainable = false, .autocast = false});
  };
  moving_mean_ = statistic("moving_mean", o.moving_mean_initializer);
  moving_variance_ = statistic("moving_variance", o.moving_variance_initializer);
  if (!o.renorm) return;
  moving_stddev_ = statistic("moving_stddev", RootOf(o.moving_variance_initializer));
  renorm_mean_ = statistic("renorm_mean", o.moving_mean_initializer);
  renorm_stddev_ = statistic("renorm_stddev", RootOf(o.moving_variance_initializer));
}

Shape BatchNormalization::along_axis() const {
  Shape along;
  for (std::int64_t i = 0; i < rank_; ++i) along.push_back(i == axis_ ? size_ : 1);
  return along;
}

BatchNormalization::Moments BatchNormalization::batch_moments(const Tensor& x, const Tensor& mask) const {
  std::vector<std::int64_t> others;
  for (std::int64_t i = 0; i < rank_; ++i)
    if (i != axis_) others.push_back(i);
  const Axes axes{std::span<const std::int64_t>(others)};
  const auto deviations = [&](const Tensor& mean) { return ops::square(x - ops::reshape(mean, along_axis())); };
  if (mask.is_empty()) {
    const Tensor mean = ops::mean(x, axes);
    return {{mean, ops::mean(deviations(mean), axes)}};
  }
  if (static_cast<std::int64_t>(mask.rank()) + 1 != rank_)
    throw ShapeError(title(*this) +
                     ": the mask has the input's shape without its last axis. Received: a mask of shape " +
                     to_string(mask.shape()) + " for inputs of shape " + to_string(x.shape()));
  const Tensor weights = ops::expand_dims(ops::cast(mask, x.dtype()), -1);
  const Tensor total = ops::sum(weights * ops::ones_like(x), axes) + ops::epsilon;
  const auto sum_of = [&](const Tensor& values) {
    return ops::sum(ops::where(ops::cast(weights, boolean), values, 0.0), axes);
  };
  const Tensor mean = sum_of(x) / total;
  return {{mean, sum_of(deviations(mean)) / total}};
}

BatchNormalization::Affine BatchNormalization::renormalized(const Moments& batch, const Affine& given) const {
  const Tensor mean = ops::cast(renorm_mean_, batch.mean.dtype());
  const Tensor stddev = ops::maximum(ops::cast(renorm_stddev_, batch.mean.dtype()), std::sqrt(options_.epsilon));
  Tensor r = ops::sqrt(batch.variance + options_.epsilon) / stddev;
  Tensor d = (batch.mean - mean) / stddev;
  const RenormClipping& bounds = *options_.renorm_clipping;
  if (bounds.rmin) r = ops::maximum(r, *bounds.rmin);
  if (bounds.rmax) r = ops::minimum(r, *bounds.rmax);
  if (bounds.dmax) d = ops::clip(d, -*bounds.dmax, *bounds.dmax);
  r = ops::stop_gradient(r);
  d = ops::stop_gradient(d);
  if (!given.scale.is_empty()) {
    r = r * given.scale;
    d = d * given.scale;
  }
  return {r, given.offset.is_empty() ? d : d + given.offset};
}

void BatchNormalization::update_moving(const Moments& batch) {
  moved(moving_mean_, batch.mean, options_.momentum);
  if (!options_.renorm) {
    moved(moving_variance_, batch.variance, options_.momentum);
    return;
  }
  const Tensor stddev = ops::sqrt(batch.variance + options_.epsilon);
  moved(renorm_mean_, batch.mean, options_.renorm_momentum);
  moved(renorm_stddev_, stddev, options_.renorm_momentum);
  // The variance is what the deviation's mean says, which is what renormalization follows.
  const Tensor moving = moved(moving_stddev_, stddev, options_.momentum);
  moving_variance_.assign(ops::cast(ops::relu(ops::square(moving) - options_.epsilon), moving_variance_.dtype()));
}

Tensor BatchNormalization::call(const Tensor& x, const CallContext& context) {
  if (static_cast<std::int64_t>(x.rank()) != rank_)
    throw ShapeError(title(*this) + " was built for inputs of rank " + std::to_string(rank_) +
                     ". Received: inputs of shape " + to_string(x.shape()));
  check_size(*this, x.shape(), options_.axis, size_);
  const Tensor input = at_least_float32(x);
  const auto weight = [&](const Variable& variable) { return ops::cast(variable, input.dtype()); };
  Moments moments;
  Affine affine;
  if (options_.scale) affine.scale = weight(gamma_);
  if (options_.center) affine.offset = weight(beta_);
  const bool of_batch = context.training && trainable();
  const bool has_kernels = of_batch && context.mask.is_empty() && axis_ + 1 == rank_ && rank_ > 1;
  if (of_batch) {
    moments = has_kernels ? Moments{ops::detail::batch_moments(input)} : batch_moments(input, context.mask);
    if (options_.renorm) affine = renormalized(moments, affine);
    update_moving(moments);
  } else {
    moments = {{weight(moving_mean_), weight(moving_variance_)}};
  }
  if (has_kernels)
    return ops::cast(ops::detail::batch_normalized(input, {moments, affine.scale, affine.offset, options_.epsilon}),
                     compute_dtype());
  const auto aligned = [&](const Tensor& statistic) {
    return axis_ + 1 == rank_ ? statistic : ops::reshape(statistic, along_axis());
  };
  // One factor and one offset for each index: what is left for the elements is a multiplication and an addition.
  Tensor factor = ops::rsqrt(moments.variance + options_.epsilon);
  if (!affine.scale.is_empty()) factor = factor * affine.scale;
  Tensor result = (input - aligned(moments.mean)) * aligned(factor);
  if (!affine.offset.is_empty()) result = result + aligned(affine.offset);
  return ops::cast(result, compute_dtype());
}

Config BatchNormalization::config() const { return written(batch_options, options_); }

BatchNormalization BatchNormalization::from_config(const Config& config) {
  BatchNormalizationOptions options;
  read(config, "BatchNormalization", batch_options, options);
  return BatchNormalization(std::move(options));
}

}  // namespace layers
}  // namespace keratin::inline v0
