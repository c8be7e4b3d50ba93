#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"
#include "keratin/layers/normalization.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/normalization.h"
#include "layers/options.h"
#include "ops/epsilon.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto spectral_options = [](auto& option, auto& layer, auto& options) {
  option.required("layer", layer);
  option("power_iterations", options.power_iterations);
};

}  // namespace

SpectralNormalization::SpectralNormalization(LayerSpec layer, SpectralNormalizationOptions options)
    : CallableLayer(std::move(layer), std::move(options.name)),
      power_iterations_(checked_positive(options.power_iterations, "SpectralNormalization", "power_iterations")) {
  set_common(options.trainable, options.dtype);
}

void SpectralNormalization::build(const Shape& input) {
  Wrapper::build(input);
  const std::vector<Variable> weights = wrapped().own_weights();
  const auto named = [&](std::string_view name) {
    return std::find_if(weights.begin(), weights.end(), [&](const Variable& each) { return each.name() == name; });
  };
  auto kernel = named("kernel");
  if (kernel == weights.end()) kernel = named("embeddings");
  if (kernel == weights.end())
    throw ValueError(title(*this) + " normalizes the kernel or the embeddings of a layer, and " + title(wrapped()) +
                     " has neither");
  kernel_ = *kernel;
  share_weight(wrapped(), kernel_);
  vector_u_ = add_weight("vector_u", {1, kernel_.shape().back()},
                         {.initializer = initializers::TruncatedNormal({.stddev = 0.02}),
                          .dtype = kernel_.dtype(),
                          .trainable = false,
                          .autocast = false});
}

/// Power iteration: u and v come closer to the kernel's first singular vectors, and v·kernel·u to its largest value.
void SpectralNormalization::normalize_kernel() {
  const Tensor kernel = kernel_;
  const Tensor rows = ops::reshape(kernel, {-1, kernel_.shape().back()});
  const Tensor before = vector_u_;
  Tensor u = ops::cast(before, kernel.dtype());
  Tensor v;
  for (std::int64_t i = 0; i < power_iterations_; ++i) {
    v = unit_length(ops::matmul(u, ops::transpose(rows)), {}, ops::epsilon);
    u = unit_length(ops::matmul(v, rows), {}, ops::epsilon);
  }
  const Tensor sigma = ops::reshape(ops::matmul(ops::matmul(v, rows), ops::transpose(u)), {});
  const Tensor is_zero = ops::all(ops::equal(kernel, 0.0));
  vector_u_.assign(ops::where(is_zero, before, ops::cast(u, vector_u_.dtype())));
  kernel_.assign(ops::cast(ops::where(is_zero, kernel, kernel / sigma), kernel_.dtype()));
}

Tensor SpectralNormalization::call(const Tensor& x, const CallContext& context) {
  if (context.training) normalize_kernel();
  const Tensor result = wrapped().invoke({&x, 1}, {.mask = context.mask});
  return ops::cast(result, x.dtype());
}

Config SpectralNormalization::config() const {
  SpectralNormalizationOptions options{.power_iterations = power_iterations_};
  Config config = written(spectral_options, layer_spec(), options);
  for (const Config own = Wrapper::config(); const auto& [key, value] : own.entries()) config.set(key, value);
  return config;
}

SpectralNormalization SpectralNormalization::from_config(const Config& config) {
  SpectralNormalizationOptions options;
  std::optional<LayerSpec> layer;
  read(config, "SpectralNormalization", spectral_options, layer, options);
  if (!layer) fail_option("SpectralNormalization", "layer", "It must be a layer. Received: None");
  return SpectralNormalization(std::move(*layer), options);
}

}  // namespace keratin::inline v0::layers
