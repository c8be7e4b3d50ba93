#include "keratin/layers/core.h"

#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "layers/checks.h"
#include "layers/options.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto input_options = [](auto& option, auto& batch_shape, auto& dtype) {
  option.required("batch_shape", batch_shape);
  option("dtype", dtype);
  option.always("sparse", false);
  option.always("ragged", false);
  option.always("optional", false);
};

constexpr auto dense_options = [](auto& option, auto& units, auto& options) {
  option.required("units", units);
  option("activation", options.activation);
  option("use_bias", options.use_bias);
  option("kernel_initializer", options.kernel_initializer);
  option("bias_initializer", options.bias_initializer);
  option("kernel_regularizer", options.kernel_regularizer);
  option("bias_regularizer", options.bias_regularizer);
  option("kernel_constraint", options.kernel_constraint);
  option("bias_constraint", options.bias_constraint);
};

constexpr auto activation_options = [](auto& option, auto& activation) { option.required("activation", activation); };

constexpr auto masking_options = [](auto& option, auto& mask_value) { option("mask_value", mask_value); };

}  // namespace

Input::Input(const Shape& shape, InputOptions options)
    : Layer(options.name), shape_(shape), options_(std::move(options)) {
  if (options_.batch_size) checked_positive(*options_.batch_size, "Input", "batch_size");
}

Shape Input::batch_shape() const {
  Shape shape = shape_;
  shape.insert(0, options_.batch_size.value_or(-1));
  return shape;
}

Tensor Input::call(const Tensor& x, const CallContext& /*context*/) { return x; }

Config Input::config() const { return written(input_options, batch_shape(), std::string(name_of(options_.dtype))); }

Config Input::get_config() const {
  Config all = config();
  all.set("name", name().empty() ? ConfigValue() : ConfigValue(name()));
  return all;
}

Input Input::from_config(const Config& config) {
  Shape shape;
  std::optional<std::string> dtype;
  read(config, "InputLayer", input_options, shape, dtype);
  if (shape.empty()) fail_option("InputLayer", "batch_shape", "It has the batch at least. Received: ()");
  InputOptions options{.dtype = dtype_from_name(dtype.value_or("float32"))};
  if (shape.front() >= 0) options.batch_size = shape.front();
  shape.erase(0);
  return Input(shape, std::move(options));
}

Dense::Dense(std::int64_t units, DenseOptions options)
    : CallableLayer(options.name), units_(checked_positive(units, "Dense", "units")), options_(std::move(options)) {
  set_common(options_.trainable, options_.dtype);
  set_activity_regularizer(options_.activity_regularizer);
}

void Dense::build(const Shape& input) {
  check_rank_at_least(*this, input, 2);
  inputs_ = known_size(*this, input, -1);
  const DenseOptions& o = options_;
  kernel_ = add_weight(
      "kernel", {inputs_, units_},
      {.initializer = o.kernel_initializer, .regularizer = o.kernel_regularizer, .constraint = o.kernel_constraint});
  if (o.use_bias)
    bias_ = add_weight(
        "bias", {units_},
        {.initializer = o.bias_initializer, .regularizer = o.bias_regularizer, .constraint = o.bias_constraint});
}

Tensor Dense::call(const Tensor& x, const CallContext& /*context*/) {
  check_rank_at_least(*this, x.shape(), 2);
  check_size(*this, x.shape(), -1, inputs_);
  Tensor y = ops::matmul(x, kernel_);
  if (options_.use_bias) y = y + bias_;
  return options_.activation(y);
}

Config Dense::config() const { return written(dense_options, units_, options_); }

Dense Dense::from_config(const Config& config) {
  std::int64_t units = 0;
  DenseOptions options;
  read(config, "Dense", dense_options, units, options);
  return Dense(units, std::move(options));
}

Activation::Activation(keratin::Activation activation, ActivationOptions options)
    : CallableLayer(std::move(options.name)), activation_(std::move(activation)) {
  set_common(options.trainable, options.dtype);
}

Tensor Activation::call(const Tensor& x, const CallContext& /*context*/) { return activation_(x); }

Config Activation::config() const { return written(activation_options, activation_); }

Activation Activation::from_config(const Config& config) {
  keratin::Activation activation;
  read(config, "Activation", activation_options, activation);
  return Activation(std::move(activation));
}

Identity::Identity(IdentityOptions options) : CallableLayer(std::move(options.name)) {
  set_common(options.trainable, options.dtype);
}

Tensor Identity::call(const Tensor& x, const CallContext& /*context*/) { return x; }

Identity Identity::from_config(const Config& config) {
  read(config, "Identity", [](auto& /*option*/) {});
  return Identity();
}

Masking::Masking(MaskingOptions options) : CallableLayer(std::move(options.name)), mask_value_(options.mask_value) {
  set_common(options.trainable, options.dtype);
}

Tensor Masking::any_different(const Tensor& x, bool keepdims) const {
  check_rank_at_least(*this, x.shape(), 2);
  return ops::any(ops::not_equal(x, mask_value_), -1, keepdims);
}

Tensor Masking::call(const Tensor& x, const CallContext& /*context*/) {
  return ops::where(any_different(x, true), x, 0.0);
}

std::vector<Tensor> Masking::compute_mask(std::span<const Tensor> inputs, const CallContext& /*context*/) {
  return {any_different(only_input(inputs), false)};
}

Config Masking::config() const { return written(masking_options, mask_value_); }

Masking Masking::from_config(const Config& config) {
  MaskingOptions options;
  read(config, "Masking", masking_options, options.mask_value);
  return Masking(std::move(options));
}

}  // namespace keratin::inline v0::layers
