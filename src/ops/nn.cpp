#include "keratin/ops/nn.h"

#include <numbers>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "ops/apply.h"
#include "ops/elementwise.h"
#include "ops/like.h"

namespace keratin::inline v0::ops {
namespace {

using graph::ScalarOp;

Tensor primitive(ScalarOp op, const Tensor& x) {
  const graph::OpDef& def = elementwise_op(op);
  return apply(def, {as_floating(x, def.name)});
}

}  // namespace

Tensor relu(const Tensor& x) {
  const Tensor inside = in_graph(x, "relu");
  return apply(elementwise_op(ScalarOp::relu), {inside.dtype() == boolean ? cast(inside, int32) : inside});
}

Tensor relu6(const Tensor& x) { return minimum(relu(x), 6.0); }

Tensor leaky_relu(const Tensor& x, double negative_slope) { return where(x > 0.0, x, x * negative_slope); }

// The exponential of what isn't taken must stay finite: infinity times a gradient of 0 would be NaN.
Tensor elu(const Tensor& x, double alpha) { return where(x > 0.0, x, alpha * expm1(minimum(x, 0.0))); }

Tensor celu(const Tensor& x, double alpha) { return maximum(x, 0.0) + alpha * expm1(minimum(x, 0.0) / alpha); }

Tensor selu(const Tensor& x) {
  constexpr double alpha = 1.6732632423543772848170429916717;
  constexpr double scale = 1.0507009873554804934193349852946;
  return scale * elu(x, alpha);
}

Tensor gelu(const Tensor& x, bool approximate) {
  const Tensor floating = as_floating(x, "gelu");
  if (!approximate) return 0.5 * floating * (1.0 + erf(floating * (1.0 / std::numbers::sqrt2)));
  constexpr double scale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  return 0.5 * floating * (1.0 + tanh(scale * (floating + 0.044715 * (square(floating) * floating))));
}

Tensor silu(const Tensor& x) {
  const Tensor floating = as_floating(x, "silu");
  return floating * sigmoid(floating);
}

Tensor swish(const Tensor& x) { return silu(x); }
Tensor sigmoid(const Tensor& x) { return primitive(ScalarOp::sigmoid, x); }
Tensor log_sigmoid(const Tensor& x) { return -softplus(-x); }
Tensor hard_sigmoid(const Tensor& x) { return clip(x / 6.0 + 0.5, 0.0, 1.0); }
Tensor hard_silu(const Tensor& x) { return x * hard_sigmoid(x); }
Tensor hard_tanh(const Tensor& x) { return clip(x, -1.0, 1.0); }
Tensor softplus(const Tensor& x) { return primitive(ScalarOp::softplus, x); }
Tensor softsign(const Tensor& x) { return x / (1.0 + abs(x)); }

std::pair<Tensor, Tensor> moments(const Tensor& x, const Axes& axes, bool keepdims) {
  return {mean(x, axes, keepdims), var(x, axes, keepdims)};
}

Tensor batch_normalization(const Tensor& x, const Tensor& mean, const Tensor& variance, std::int64_t axis,
                           const Tensor& offset, const Tensor& scale, double epsilon) {
  const std::size_t rank = x.rank();
  const auto along = static_cast<std::size_t>(normalized_axis(axis, rank, "batch_normalization"));
  graph::Ints after;
  for (std::size_t i = along + 1; i < rank; ++i) after.push_back(static_cast<std::int64_t>(i - along));
  const auto aligned = [&](const Tensor& statistic) { return detail::insert_ones(statistic, after); };
  // What has one number an index is put together first; only the rest is of the size of x.
  Tensor factor = rsqrt(variance + epsilon);
  if (!scale.is_empty()) factor = factor * scale;
  const Tensor centred = x - aligned(mean);
  const Tensor scaled = centred * aligned(factor);
  return offset.is_empty() ? scaled : scaled + aligned(offset);
}

}  // namespace keratin::inline v0::ops
