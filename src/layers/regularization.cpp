#include "keratin/layers/regularization.h"

#include <cmath>
#include <utility>
#include <vector>

#include "core/class_name.h"
#include "core/philox.h"
#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/regularizers/regularizers.h"
#include "layers/batch_rows.h"
#include "layers/checks.h"
#include "layers/options.h"
#include "ops/random.h"
#include "session/core.h"

namespace keratin::inline v0::layers {

struct RandomLayer::Draw {
  core::PhiloxKey key;
  Tensor step;
};

namespace {

constexpr auto rate_options = [](auto& option, auto& rate, auto& options) {
  option.required("rate", rate);
  option("seed", options.seed);
};

constexpr auto dropout_options = [](auto& option, auto& rate, auto& options) {
  rate_options(option, rate, options);
  option("noise_shape", options.noise_shape);
};

constexpr auto spatial_options = [](auto& option, auto& rate, auto& options) {
  rate_options(option, rate, options);
  option("data_format", options.data_format);
};

constexpr auto noise_options = [](auto& option, auto& stddev, auto& options) {
  option.required("stddev", stddev);
  option("seed", options.seed);
};

constexpr auto activity_options = [](auto& option, auto& options) {
  option("l1", options.l1);
  option("l2", options.l2);
};

double checked_share(double value, std::string_view layer, std::string_view option) {
  if (value >= 0.0 && value <= 1.0) return value;
  throw ValueError(std::string(layer) + ": `" + std::string(option) +
                   "` must be in [0, 1]. Received: " + std::string(option) + "=" + std::to_string(value));
}

/// A layer with a rate (or a deviation) and options, from its description.
template <class T, class Options, class List>
T read_random(const Config& config, std::string_view layer, const List& list) {
  double amount = 0.0;
  Options options;
  read(config, layer, list, amount, options);
  return T(amount, std::move(options));
}

/// A part of x that has one element where the noise has one.
Tensor noise_like(const Layer& layer, const Tensor& x, const Shape& noise_shape) {
  const Shape shape = x.shape();
  bool fits = shape.rank() == noise_shape.rank();
  Shape sizes;
  for (std::size_t i = 0; fits && i < shape.rank(); ++i) {
    const std::int64_t wanted = noise_shape.dims()[i];
    fits = wanted == 1 || wanted < 0 || wanted == shape.dims()[i];
    sizes.push_back(wanted == 1 ? 1 : -1);
  }
  if (!fits)
    throw ShapeError(title(layer) + ": `noise_shape` must have the input's rank, and along each axis 1, −1 or its " +
                     "size. Received: noise_shape=" + to_string(noise_shape) + " for inputs of shape " +
                     to_string(shape));
  return ops::slice(x, std::vector<std::int64_t>(shape.rank(), 0), sizes);
}

/// One draw a channel, for inputs of this rank.
Tensor channels_of(const Layer& layer, const Tensor& x, std::size_t rank, DataFormat format) {
  if (x.rank() != rank)
    throw ShapeError(title(layer) + " takes inputs of rank " + std::to_string(rank) +
                     ", the batch included. Received: inputs of shape " + to_string(x.shape()));
  Shape shape;
  for (std::size_t i = 0; i < rank; ++i) shape.push_back(1);
  shape[0] = -1;
  shape[format == DataFormat::channels_first ? 1 : -1] = -1;
  return noise_like(layer, x, shape);
}

double rate_in_training(const Layer& layer, double rate) {
  if (rate < 1.0) return rate;
  throw ValueError(title(layer) + ": with rate=1 nothing is left to train with. Take a rate below 1");
}

}  // namespace

RandomLayer::RandomLayer(double amount, std::optional<std::uint64_t> seed, std::string name)
    : Layer(std::move(name)), amount_(amount), seed_(seed) {}

void RandomLayer::build(const Shape& /*input*/) {
  if (amount_ > 0.0) calls_ = add_variable("seed_state", {}, {.dtype = int64, .trainable = false});
}

Tensor RandomLayer::call(const Tensor& x, const CallContext& context) {
  if (!context.training || amount_ == 0.0) return x;
  const core::PhiloxKey key = seed_ ? core::stream_key(*seed_, core::snake_case(class_name()))
                                    : core::stream_key(session::Inner::core(*this).seed(), path());
  const Draw draw{key, calls_};
  calls_.assign_add(1);
  return disturbed(x, draw);
}

Dropout::Dropout(double rate, DropoutOptions options)
    : CallableLayer(checked_share(rate, "Dropout", "rate"), options.seed, options.name), options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor Dropout::disturbed(const Tensor& x, const Draw& draw) {
  const double rate = rate_in_training(*this, amount_);
  if (!options_.noise_shape) return ops::detail::dropout(x, rate, draw.key, draw.step);
  return ops::detail::dropout(x, rate, draw.key, draw.step, noise_like(*this, x, *options_.noise_shape));
}

Config Dropout::config() const { return written(dropout_options, amount_, options_); }

Dropout Dropout::from_config(const Config& config) {
  return read_random<Dropout, DropoutOptions>(config, "Dropout", dropout_options);
}

SpatialDropout1D::SpatialDropout1D(double rate, SpatialDropout1DOptions options)
    : CallableLayer(checked_share(rate, "SpatialDropout1D", "rate"), options.seed, options.name),
      options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor SpatialDropout1D::disturbed(const Tensor& x, const Draw& draw) {
  return ops::detail::dropout(x, rate_in_training(*this, amount_), draw.key, draw.step,
                              channels_of(*this, x, 3, DataFormat::channels_last));
}

Config SpatialDropout1D::config() const { return written(rate_options, amount_, options_); }

SpatialDropout1D SpatialDropout1D::from_config(const Config& config) {
  return read_random<SpatialDropout1D, SpatialDropout1DOptions>(config, "SpatialDropout1D", rate_options);
}

SpatialDropout2D::SpatialDropout2D(double rate, SpatialDropoutOptions options)
    : CallableLayer(checked_share(rate, "SpatialDropout2D", "rate"), options.seed, options.name),
      options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor SpatialDropout2D::disturbed(const Tensor& x, const Draw& draw) {
  return ops::detail::dropout(x, rate_in_training(*this, amount_), draw.key, draw.step,
                              channels_of(*this, x, 4, options_.data_format));
}

Config SpatialDropout2D::config() const { return written(spatial_options, amount_, options_); }

SpatialDropout2D SpatialDropout2D::from_config(const Config& config) {
  return read_random<SpatialDropout2D, SpatialDropoutOptions>(config, "SpatialDropout2D", spatial_options);
}

SpatialDropout3D::SpatialDropout3D(double rate, SpatialDropoutOptions options)
    : CallableLayer(checked_share(rate, "SpatialDropout3D", "rate"), options.seed, options.name),
      options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor SpatialDropout3D::disturbed(const Tensor& x, const Draw& draw) {
  return ops::detail::dropout(x, rate_in_training(*this, amount_), draw.key, draw.step,
                              channels_of(*this, x, 5, options_.data_format));
}

Config SpatialDropout3D::config() const { return written(spatial_options, amount_, options_); }

SpatialDropout3D SpatialDropout3D::from_config(const Config& config) {
  return read_random<SpatialDropout3D, SpatialDropoutOptions>(config, "SpatialDropout3D", spatial_options);
}

GaussianDropout::GaussianDropout(double rate, NoiseOptions options)
    : CallableLayer(checked_share(rate, "GaussianDropout", "rate"), options.seed, options.name),
      options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor GaussianDropout::disturbed(const Tensor& x, const Draw& draw) {
  const double rate = rate_in_training(*this, amount_);
  const Tensor noise = ops::detail::random_normal_like(x, draw.key, draw.step) * std::sqrt(rate / (1.0 - rate)) + 1.0;
  return x * ops::cast(noise, compute_dtype());
}

Config GaussianDropout::config() const { return written(rate_options, amount_, options_); }

GaussianDropout GaussianDropout::from_config(const Config& config) {
  return read_random<GaussianDropout, NoiseOptions>(config, "GaussianDropout", rate_options);
}

GaussianNoise::GaussianNoise(double stddev, NoiseOptions options)
    : CallableLayer(checked_share(stddev, "GaussianNoise", "stddev"), options.seed, options.name),
      options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor GaussianNoise::disturbed(const Tensor& x, const Draw& draw) {
  const Tensor noise = ops::detail::random_normal_like(x, draw.key, draw.step) * amount_;
  return x + ops::cast(noise, compute_dtype());
}

Config GaussianNoise::config() const { return written(noise_options, amount_, options_); }

GaussianNoise GaussianNoise::from_config(const Config& config) {
  return read_random<GaussianNoise, NoiseOptions>(config, "GaussianNoise", noise_options);
}

AlphaDropout::AlphaDropout(double rate, DropoutOptions options)
    : CallableLayer(checked_share(rate, "AlphaDropout", "rate"), options.seed, options.name),
      options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor AlphaDropout::disturbed(const Tensor& x, const Draw& draw) {
  const double rate = rate_in_training(*this, amount_);
  constexpr double limit = -1.6732632423543772 * 1.0507009873554805;  // selu(−∞): −alpha · scale
  const double factor = 1.0 / std::sqrt((1.0 - rate) * (1.0 + rate * limit * limit));
  const Tensor noise = options_.noise_shape ? noise_like(*this, x, *options_.noise_shape) : x;
  const Tensor drawn = ops::detail::random_uniform_like(noise, draw.key, draw.step);
  const Tensor kept = ops::cast(ops::greater_equal(drawn, rate), x.dtype());
  return (x * kept + limit * (1.0 - kept)) * factor - factor * limit * rate;
}

Config AlphaDropout::config() const { return written(dropout_options, amount_, options_); }

AlphaDropout AlphaDropout::from_config(const Config& config) {
  return read_random<AlphaDropout, DropoutOptions>(config, "AlphaDropout", dropout_options);
}

ActivityRegularization::ActivityRegularization(ActivityRegularizationOptions options)
    : CallableLayer(options.name),
      options_(std::move(options)),
      penalty_(regularizers::L1L2({.l1 = options_.l1, .l2 = options_.l2})) {
  set_common(options_.trainable, options_.dtype);
}

Tensor ActivityRegularization::call(const Tensor& x, const CallContext& /*context*/) {
  // Not by an activity_regularizer, which would be in the description beside l1 and l2.
  const Tensor loss = penalty_(x);
  add_loss(x.rank() == 0 ? loss : loss / batch_rows(x));
  return x;
}

Config ActivityRegularization::config() const { return written(activity_options, options_); }

ActivityRegularization ActivityRegularization::from_config(const Config& config) {
  ActivityRegularizationOptions options;
  read(config, "ActivityRegularization", activity_options, options);
  return ActivityRegularization(std::move(options));
}

}  // namespace keratin::inline v0::layers
