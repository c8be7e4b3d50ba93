#include "keratin/activations/activations.h"

#include "keratin/ops/operators.h"

namespace keratin::inline v0::activations {

Tensor relu(const Tensor& x, double negative_slope, std::optional<double> max_value, double threshold) {
  if (negative_slope != 0.0 && !max_value && threshold == 0.0) return ops::leaky_relu(x, negative_slope);
  Tensor result = threshold == 0.0 ? ops::relu(x) : ops::where(x > threshold, x, 0.0);
  if (max_value) result = ops::clip(result, 0.0, *max_value);
  return negative_slope == 0.0 ? result : result - negative_slope * ops::relu(threshold - x);
}

Tensor gelu(const Tensor& x, bool approximate) { return ops::gelu(x, approximate); }
Tensor exponential(const Tensor& x) { return ops::exp(x); }
Tensor linear(const Tensor& x) { return x; }
Tensor mish(const Tensor& x) { return x * ops::tanh(ops::softplus(x)); }

}  // namespace keratin::inline v0::activations
