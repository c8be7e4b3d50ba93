#include "keratin/layers/core.h"

#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/operators.h"
#include "layers/checks.h"

namespace keratin::inline v0::layers {

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

Config Input::config() const {
  return {{"batch_shape", config_of(batch_shape())}, {"dtype", std::string(name_of(options_.dtype))}};
}

Input Input::from_config(const Config& config) {
  Shape shape = shape_from(config.at("batch_shape"));
  InputOptions options{.dtype = dtype_from_name(config.get<std::string>("dtype"))};
  if (shape.front() >= 0) options.batch_size = shape.front();
  shape.erase(0);
  return Input(shape, std::move(options));
}

Dense::Dense(std::int64_t units, DenseOptions options)
    : CallableLayer(options.name), units_(checked_positive(units, "Dense", "units")), options_(std::move(options)) {
  set_common(options_.trainable, {});
}

void Dense::build(const Shape& input) {
  check_rank_at_least(*this, input, 2);
  inputs_ = known_size(*this, input, -1);
  kernel_ = add_weight("kernel", {inputs_, units_}, {.initializer = options_.kernel_initializer});
  if (options_.use_bias) bias_ = add_weight("bias", {units_}, {.initializer = options_.bias_initializer});
}

Tensor Dense::call(const Tensor& x, const CallContext& /*context*/) {
  check_rank_at_least(*this, x.shape(), 2);
  check_size(*this, x.shape(), -1, inputs_);
  Tensor y = ops::matmul(x, kernel_);
  if (options_.use_bias) y = y + bias_;
  return options_.activation(y);
}

Config Dense::config() const {
  return {{"units", units_},
          {"activation", options_.activation.config()},
          {"use_bias", options_.use_bias},
          {"kernel_initializer", options_.kernel_initializer.config()},
          {"bias_initializer", options_.bias_initializer.config()}};
}

Dense Dense::from_config(const Config& config) {
  return Dense(config.get<std::int64_t>("units"),
               {.activation = keratin::Activation::from_config(config.at("activation")),
                .use_bias = config.get<bool>("use_bias"),
                .kernel_initializer = InitializerSpec::from_config(config.at("kernel_initializer")),
                .bias_initializer = InitializerSpec::from_config(config.at("bias_initializer"))});
}

Activation::Activation(keratin::Activation activation, ActivationOptions options)
    : CallableLayer(std::move(options.name)), activation_(std::move(activation)) {}

Tensor Activation::call(const Tensor& x, const CallContext& /*context*/) { return activation_(x); }

Config Activation::config() const { return {{"activation", activation_.config()}}; }

Activation Activation::from_config(const Config& config) {
  return Activation(keratin::Activation::from_config(config.at("activation")));
}

}  // namespace keratin::inline v0::layers
