#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "ops/apply.h"

// The rarer activations: all are composed of other ops.
namespace keratin::inline v0::ops {

Tensor threshold(const Tensor& x, double threshold, double default_value) {
  return where(x > threshold, x, default_value);
}

Tensor soft_shrink(const Tensor& x, double threshold) {
  const Tensor floating = as_floating(x, "soft_shrink");
  return where(floating > threshold, floating - threshold, where(floating < -threshold, floating + threshold, 0.0));
}

Tensor hard_shrink(const Tensor& x, double threshold) {
  const Tensor floating = as_floating(x, "hard_shrink");
  return where(abs(floating) > threshold, floating, 0.0);
}

Tensor tanh_shrink(const Tensor& x) {
  const Tensor floating = as_floating(x, "tanh_shrink");
  return floating - tanh(floating);
}

Tensor sparse_sigmoid(const Tensor& x) { return 0.5 * (clip(as_floating(x, "sparse_sigmoid"), -1.0, 1.0) + 1.0); }

// The square is taken of what is clipped: it must stay finite where it isn't used.
Tensor sparse_plus(const Tensor& x) {
  const Tensor floating = as_floating(x, "sparse_plus");
  return where(floating < 1.0, 0.25 * square(clip(floating, -1.0, 1.0) + 1.0), floating);
}

Tensor squareplus(const Tensor& x, double b) {
  if (!(b >= 0.0)) throw ValueError("squareplus: `b` can't be negative. Received: b=" + std::to_string(b));
  const Tensor floating = as_floating(x, "squareplus");
  return 0.5 * (floating + sqrt(square(floating) + b));
}

Tensor hard_swish(const Tensor& x) { return hard_silu(x); }

Tensor glu(const Tensor& x, std::int64_t axis) {
  const Tensor floating = as_floating(x, "glu");
  const std::int64_t along = normalized_axis(axis, floating.rank(), "glu");
  const std::int64_t size = floating.shape()[along];
  if (size < 0 || size % 2 != 0)
    throw ShapeError("glu: the size along axis " + std::to_string(axis) +
                     " must be known and even, as one half gates the other. Received: shape " +
                     to_string(floating.shape()));
  const std::vector<Tensor> halves = split_into(floating, 2, along);
  return halves[0] * sigmoid(halves[1]);
}

Tensor sparsemax(const Tensor& x, std::int64_t axis) {
  const Tensor floating = as_floating(x, "sparsemax");
  const std::int64_t along = normalized_axis(axis, floating.rank(), "sparsemax");
  const Tensor sorted = flip(sort(floating, along), along);
  const Tensor sums = cumsum(sorted, along);
  const Tensor place = cumsum(ones_like(sorted), along);
  const Tensor supported = sorted > (sums - 1.0) / place;
  const Tensor count = sum(cast(supported, floating.dtype()), along, true);
  const Tensor total = sum(where(supported, sums, 0.0), along, true);
  return maximum(floating - (total - 1.0) / count, 0.0);
}

}  // namespace keratin::inline v0::ops
