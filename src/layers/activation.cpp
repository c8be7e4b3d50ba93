#include "keratin/layers/activation.h"

#include <utility>

#include "keratin/activations/activations.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "layers/checks.h"

namespace keratin::inline v0::layers {
namespace {

void check_not_negative(double value, const std::string& layer, const std::string& option) {
  if (value >= 0.0) return;
  throw ValueError(layer + ": `" + option + "` can't be negative. Received: " + option + "=" + std::to_string(value));
}

/// The mask as truth values. Throws ShapeError unless it broadcasts to x.
Tensor checked_mask(const Layer& layer, const Tensor& mask, const Tensor& x) {
  const Shape shape = mask.shape();
  const Shape of = x.shape();
  bool fits = shape.rank() <= of.rank();
  for (std::int64_t i = 1; fits && i <= static_cast<std::int64_t>(shape.rank()); ++i)
    fits = shape[-i] == 1 || shape[-i] < 0 || of[-i] < 0 || shape[-i] == of[-i];
  if (!fits)
    throw ShapeError(title(layer) + ": the mask must broadcast to the input. Received: mask of shape " +
                     to_string(shape) + ", input of shape " + to_string(of));
  return mask.dtype() == boolean ? mask : mask > 0.5;
}

}  // namespace

ReLU::ReLU(ReLUOptions options) : CallableLayer(options.name), options_(std::move(options)) {
  if (options_.max_value) check_not_negative(*options_.max_value, "ReLU", "max_value");
  check_not_negative(options_.negative_slope, "ReLU", "negative_slope");
  check_not_negative(options_.threshold, "ReLU", "threshold");
  set_common(options_.trainable, options_.dtype);
}

Tensor ReLU::call(const Tensor& x, const CallContext& /*context*/) {
  return activations::relu(x, options_.negative_slope, options_.max_value, options_.threshold);
}

Config ReLU::config() const {
  return {{"max_value", options_.max_value ? ConfigValue(*options_.max_value) : ConfigValue()},
          {"negative_slope", options_.negative_slope},
          {"threshold", options_.threshold}};
}

ReLU ReLU::from_config(const Config& config) {
  ReLUOptions options{.negative_slope = config.get_or("negative_slope", 0.0),
                      .threshold = config.get_or("threshold", 0.0)};
  if (config.contains("max_value") && !config.at("max_value").is_none())
    options.max_value = config.get<double>("max_value");
  return ReLU(std::move(options));
}

LeakyReLU::LeakyReLU(LeakyReLUOptions options) : CallableLayer(options.name), options_(std::move(options)) {
  check_not_negative(options_.negative_slope, "LeakyReLU", "negative_slope");
  set_common(options_.trainable, options_.dtype);
}

Tensor LeakyReLU::call(const Tensor& x, const CallContext& /*context*/) {
  return ops::leaky_relu(x, options_.negative_slope);
}

Config LeakyReLU::config() const { return {{"negative_slope", options_.negative_slope}}; }

LeakyReLU LeakyReLU::from_config(const Config& config) {
  return LeakyReLU({.negative_slope = config.get_or("negative_slope", 0.3)});
}

ELU::ELU(ELUOptions options) : CallableLayer(options.name), options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor ELU::call(const Tensor& x, const CallContext& /*context*/) { return ops::elu(x, options_.alpha); }

Config ELU::config() const { return {{"alpha", options_.alpha}}; }

ELU ELU::from_config(const Config& config) { return ELU({.alpha = config.get_or("alpha", 1.0)}); }

PReLU::PReLU(PReLUOptions options) : CallableLayer(options.name), options_(std::move(options)) {
  for (const std::int64_t axis : options_.shared_axes)
    if (axis < 1)
      throw ValueError("PReLU: `shared_axes` count from 1, as the batch is axis 0. Received: axis " +
                       std::to_string(axis));
  set_common(options_.trainable, options_.dtype);
}

void PReLU::build(const Shape& input) {
  check_rank_at_least(*this, input, 1);
  Shape shape = input;
  shape.erase(0);
  for (const std::int64_t axis : options_.shared_axes) {
    if (axis >= static_cast<std::int64_t>(input.rank()))
      throw ValueError(title(*this) + ": the input has no such axis to share along. Received: axis " +
                       std::to_string(axis) + ", input of shape " + to_string(input));
    shape[axis - 1] = 1;
  }
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(shape.rank()); ++i)
    if (shape[i] < 0) known_size(*this, input, i + 1);
  alpha_ = add_weight("alpha", shape,
                      {.initializer = options_.alpha_initializer,
                       .regularizer = options_.alpha_regularizer,
                       .constraint = options_.alpha_constraint});
}

Tensor PReLU::call(const Tensor& x, const CallContext& /*context*/) {
  const Shape alpha = alpha_.shape();
  if (x.rank() != alpha.rank() + 1)
    throw ShapeError(title(*this) + ": the input must have the rank that the layer was built for, " +
                     std::to_string(alpha.rank() + 1) + ". Received: shape " + to_string(x.shape()));
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(alpha.rank()); ++i)
    if (alpha[i] != 1) check_size(*this, x.shape(), i + 1, alpha[i]);
  return ops::relu(x) - alpha_ * ops::relu(-x);
}

Config PReLU::config() const {
  ConfigValue::List axes(options_.shared_axes.begin(), options_.shared_axes.end());
  return {{"alpha_initializer", options_.alpha_initializer.config()},
          {"alpha_regularizer", options_.alpha_regularizer.config()},
          {"alpha_constraint", options_.alpha_constraint.config()},
          {"shared_axes", axes.empty() ? ConfigValue() : ConfigValue(std::move(axes))}};
}

PReLU PReLU::from_config(const Config& config) {
  PReLUOptions options;
  if (config.contains("alpha_initializer"))
    options.alpha_initializer = InitializerSpec::from_config(config.at("alpha_initializer"));
  if (config.contains("alpha_regularizer"))
    options.alpha_regularizer = RegularizerSpec::from_config(config.at("alpha_regularizer"));
  if (config.contains("alpha_constraint"))
    options.alpha_constraint = ConstraintSpec::from_config(config.at("alpha_constraint"));
  if (config.contains("shared_axes")) {
    const Axes axes = axes_from(config.at("shared_axes"));
    options.shared_axes.assign(axes.values().begin(), axes.values().end());
  }
  return PReLU(std::move(options));
}

Softmax::Softmax(SoftmaxOptions options) : CallableLayer(options.name), options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
}

Tensor Softmax::call(const Tensor& x, const CallContext& context) {
  if (context.mask.is_empty()) return ops::softmax(x, options_.axis);
  const Tensor mask = checked_mask(*this, context.mask, x);
  const double lowest = x.dtype() == float16 ? -3e4 : -1e9;
  return ops::where(mask, ops::softmax(ops::where(mask, x, lowest), options_.axis), 0.0);
}

Config Softmax::config() const { return {{"axis", config_of(options_.axis)}}; }

Softmax Softmax::from_config(const Config& config) {
  return Softmax({.axis = config.contains("axis") ? axes_from(config.at("axis")) : Axes(-1)});
}

}  // namespace keratin::inline v0::layers
