#include "keratin/layers/preprocessing.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "ops/apply.h"
#include "session/core.h"

namespace keratin::inline v0::layers {
namespace {

constexpr double smallest_deviation = 1e-7;  // Keras's backend.epsilon()

/// Keras computes in the layer's dtype, so that integers become float32.
Tensor floating(const Tensor& x) { return is_floating(x.dtype()) ? x : ops::cast(x, float32); }

ConfigValue config_of(const std::vector<double>& numbers) {
  if (numbers.empty()) return {};
  return ConfigValue::List(numbers.begin(), numbers.end());
}

std::vector<double> numbers_from(const ConfigValue& config) {
  if (config.is_none()) return {};
  if (config.is_number()) return {config.as_floating()};
  return config.as<std::vector<double>>();
}

}  // namespace

Rescaling::Rescaling(double scale, RescalingOptions options)
    : CallableLayer(std::move(options.name)), scale_(scale), offset_(options.offset) {}

Tensor Rescaling::call(const Tensor& x, const CallContext& /*context*/) {
  const Tensor scaled = floating(x) * scale_;
  return offset_ == 0.0 ? scaled : scaled + offset_;
}

Config Rescaling::config() const { return {{"scale", scale_}, {"offset", offset_}}; }

Rescaling Rescaling::from_config(const Config& config) {
  return Rescaling(config.get<double>("scale"), {.offset = config.get<double>("offset")});
}

Normalization::Normalization(NormalizationOptions options) : CallableLayer(options.name), options_(std::move(options)) {
  if (options_.mean.size() != options_.variance.size())
    throw ValueError("Normalization: `mean` and `variance` are given together, with as many numbers. Received: " +
                     std::to_string(options_.mean.size()) + " and " + std::to_string(options_.variance.size()));
}

void Normalization::build(const Shape& input) {
  const std::size_t rank = input.rank();
  kept_ = {};
  broadcast_ = {};
  for (std::size_t i = 0; i < rank; ++i) broadcast_.push_back(1);
  if (!options_.axis.empty())
    for (const std::int64_t axis : ops::normalized_axes(options_.axis, rank, title(*this))) {
      broadcast_[axis] = known_size(*this, input, axis);
      kept_.push_back(broadcast_[axis]);
    }
  if (options_.mean.empty()) {
    mean_ = add_weight("mean", kept_, {.initializer = "zeros", .trainable = false});
    variance_ = add_weight("variance", kept_, {.initializer = "ones", .trainable = false});
    count_ = add_weight("count", {}, {.initializer = "zeros", .dtype = int32, .trainable = false});
  } else if (options_.mean.size() != 1 && options_.mean.size() != static_cast<std::size_t>(kept_.elements())) {
    throw ShapeError(title(*this) + ": `mean` and `variance` have one number, or " + std::to_string(kept_.elements()) +
                     " for inputs of shape " + to_string(input) +
                     ". Received: " + std::to_string(options_.mean.size()));
  }
}

void Normalization::adapt(const Array& data) {
  if (!options_.mean.empty())
    throw ValueError(title(*this) + " was made with its mean and variance, and can't adapt to data");
  Shape shape = data.shape();
  check_rank_at_least(*this, shape, 1);
  ensure_built({&shape, 1});
  for (std::size_t i = 0; i < broadcast_.rank(); ++i)
    if (broadcast_.dims()[i] != 1) check_size(*this, shape, static_cast<std::int64_t>(i), broadcast_.dims()[i]);
  if (shape.rank() != broadcast_.rank() || data.size() == 0)
    throw ShapeError(title(*this) + " adapts to data of rank " + std::to_string(broadcast_.rank()) +
                     " that isn't empty. Received: data of shape " + to_string(shape));

  // Each element's place among the statistics; two passes, in double.
  const Array floating = data.astype(float64).contiguous();
  const std::span<const double> values = floating.data<double>();
  const auto places = static_cast<std::size_t>(kept_.elements());
  const auto place_of = [&](std::size_t index) {
    std::size_t place = 0;
    std::size_t step = 1;
    for (std::size_t i = shape.rank(); i-- > 0;) {
      const auto size = static_cast<std::size_t>(shape.dims()[i]);
      if (broadcast_.dims()[i] != 1) place += index % size * step, step *= size;
      index /= size;
    }
    return place;
  };
  std::vector<double> mean(places);
  std::vector<double> variance(places);
  const double count = static_cast<double>(values.size()) / static_cast<double>(places);
  for (std::size_t i = 0; i < values.size(); ++i) mean[place_of(i)] += values[i] / count;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double deviation = values[i] - mean[place_of(i)];
    variance[place_of(i)] += deviation * deviation / count;
  }
  mean_.assign(Array::copy_of(mean).reshaped(kept_).astype(float32));
  variance_.assign(Array::copy_of(variance).reshaped(kept_).astype(float32));
}

Tensor Normalization::statistic(const Variable& adapted, const std::vector<double>& given) const {
  if (given.empty()) return ops::reshape(adapted, broadcast_);
  if (given.size() == 1) return given.front();
  const Array numbers = Array::copy_of(given).astype(float32).reshaped(broadcast_);
  return graph::Builder::current_or_throw("Normalization").constant(numbers);
}

Tensor Normalization::call(const Tensor& x, const CallContext& /*context*/) {
  if (x.rank() != broadcast_.rank())
    throw ShapeError(title(*this) + " was built for inputs of rank " + std::to_string(broadcast_.rank()) +
                     ". Received: inputs of shape " + to_string(x.shape()));
  const Tensor mean = statistic(mean_, options_.mean);
  const Tensor variance = statistic(variance_, options_.variance);
  const Tensor deviation = ops::maximum(ops::sqrt(variance), smallest_deviation);
  return options_.invert ? mean + floating(x) * deviation : (floating(x) - mean) / deviation;
}

Config Normalization::config() const {
  return {{"axis", layers::config_of(options_.axis)},
          {"mean", config_of(options_.mean)},
          {"variance", config_of(options_.variance)},
          {"invert", options_.invert}};
}

Normalization Normalization::from_config(const Config& config) {
  return Normalization({.axis = axes_from(config.at("axis")),
                        .mean = numbers_from(config.at("mean")),
                        .variance = numbers_from(config.at("variance")),
                        .invert = config.get<bool>("invert")});
}

}  // namespace keratin::inline v0::layers
