#include "keratin/layers/regularization.h"

#include <utility>
#include <vector>

#include "core/philox.h"
#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "layers/checks.h"
#include "ops/random.h"
#include "session/core.h"

namespace keratin::inline v0::layers {
namespace {

double checked_rate(double rate) {
  if (rate >= 0.0 && rate < 1.0) return rate;
  throw ValueError("Dropout: `rate` is the share of elements that is dropped, in [0, 1). Received: rate=" +
                   std::to_string(rate));
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

}  // namespace

Dropout::Dropout(double rate, DropoutOptions options)
    : CallableLayer(options.name), rate_(checked_rate(rate)), options_(std::move(options)) {}

void Dropout::build(const Shape& /*input*/) {
  if (rate_ > 0.0) calls_ = add_variable("seed_state", {}, {.dtype = int64, .trainable = false});
}

Tensor Dropout::call(const Tensor& x, const CallContext& context) {
  if (!context.training || rate_ == 0.0) return x;
  const core::PhiloxKey key = options_.seed ? core::stream_key(*options_.seed, "dropout")
                                            : core::stream_key(session::Inner::core(*this).seed(), path());
  const Tensor step = calls_;
  calls_.assign_add(1);
  if (!options_.noise_shape) return ops::detail::dropout(x, rate_, key, step);
  return ops::detail::dropout(x, rate_, key, step, noise_like(*this, x, *options_.noise_shape));
}

Config Dropout::config() const {
  return {{"rate", rate_},
          {"noise_shape", options_.noise_shape ? config_of(*options_.noise_shape) : ConfigValue()},
          {"seed", options_.seed ? ConfigValue(*options_.seed) : ConfigValue()}};
}

Dropout Dropout::from_config(const Config& config) {
  DropoutOptions options;
  if (!config.at("noise_shape").is_none()) options.noise_shape = shape_from(config.at("noise_shape"));
  if (!config.at("seed").is_none()) options.seed = config.get<std::uint64_t>("seed");
  return Dropout(config.get<double>("rate"), std::move(options));
}

}  // namespace keratin::inline v0::layers
