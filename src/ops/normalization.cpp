#include <cmath>
#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "ops/apply.h"

namespace keratin::inline v0::ops {
namespace {

/// In float32 at least.
Tensor precise(const Tensor& x, std::string_view op) {
  const Tensor input = in_graph(x, op);
  return cast(input, keratin::result_type(input.dtype(), float32));
}

Tensor as_given(const Tensor& result, const Tensor& x) {
  const DType dtype = default_dtype(x);
  return is_floating(dtype) ? cast(result, dtype) : result;
}

/// A weight with a number for each index along the axes, in the place of these axes.
Tensor aligned(const Tensor& weight, const Tensor& x, const Axes& axis, std::string_view op) {
  const Shape shape = x.shape();
  const graph::Ints axes = normalized_axes(axis, shape.rank(), op);
  const bool last = axes.size() == 1 && axes[0] + 1 == static_cast<std::int64_t>(shape.rank());
  if (last || weight.rank() == shape.rank()) return weight;
  Shape target;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(shape.rank()); ++i)
    target.push_back(axes.contains(i) ? shape[i] : 1);
  return reshape(weight, target);
}

}  // namespace

Tensor rms_normalization(const Tensor& x, const Tensor& scale, const Axes& axis, double epsilon) {
  const Tensor input = precise(x, "rms_normalization");
  Tensor result = input * rsqrt(mean(square(input), axis, true) + epsilon);
  if (!scale.is_empty()) result = result * cast(scale, input.dtype());
  return as_given(result, x);
}

Tensor layer_normalization(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Axes& axis, double epsilon) {
  const Tensor input = precise(x, "layer_normalization");
  const auto weight = [&](const Tensor& given) {
    return cast(aligned(given, input, axis, "layer_normalization"), input.dtype());
  };
  const Tensor centred = input - mean(input, axis, true);
  Tensor result = centred * rsqrt(mean(square(centred), axis, true) + epsilon);
  if (!gamma.is_empty()) result = result * weight(gamma);
  if (!beta.is_empty()) result = result + weight(beta);
  return as_given(result, x);
}

Tensor normalize(const Tensor& x, const Axes& axis, int order, double epsilon) {
  if (order < 1) throw ValueError("normalize: `order` must be 1 or more. Received: order=" + std::to_string(order));
  const Tensor input = as_floating(x, "normalize");
  if (order == 2) return input * rsqrt(maximum(sum(square(input), axis, true), epsilon * epsilon));
  if (axis.values().size() != 1)
    throw ValueError("normalize: norms of another order than 2 are those of vectors, along one axis. Received: order=" +
                     std::to_string(order) + " and " + std::to_string(axis.values().size()) + " axes");
  const Tensor sizes = abs(input);
  const Tensor norm = order == 1 ? sum(sizes, axis, true) : power(sum(power(sizes, order), axis, true), 1.0 / order);
  return input / maximum(norm, epsilon);
}

Tensor psnr(const Tensor& x1, const Tensor& x2, double max_val) {
  if (x1.shape() != x2.shape())
    throw ShapeError("psnr: both images must have one shape. Received: " + to_string(x1.shape()) + " and " +
                     to_string(x2.shape()));
  if (!(max_val > 0.0))
    throw ValueError("psnr: `max_val` must be positive. Received: max_val=" + std::to_string(max_val));
  return 20.0 * std::log10(max_val) - 10.0 * log10(mean(square(x1 - x2)));
}

}  // namespace keratin::inline v0::ops
