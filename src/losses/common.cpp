#include "losses/common.h"

#include <cmath>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "ops/broadcasting.h"

namespace keratin::inline v0::losses {

std::pair<Tensor, Tensor> to_same_rank(Tensor a, Tensor b) {
  const auto drop_or_add = [](Tensor& longer, Tensor& shorter) {
    if (longer.rank() != shorter.rank() + 1 || longer.shape().back() != 1) return;
    if (shorter.rank() == 1) {
      shorter = ops::expand_dims(shorter, -1);
    } else {
      longer = ops::squeeze(longer, {-1});
    }
  };
  drop_or_add(a, b);
  drop_or_add(b, a);
  return {std::move(a), std::move(b)};
}

std::pair<Tensor, Tensor> prepared(const Tensor& y_true, const Tensor& y_pred) {
  return to_same_rank(ops::cast(y_true, y_pred.dtype()), y_pred);
}

std::pair<Tensor, Tensor> prepared_alike(std::string_view loss, const Tensor& y_true, const Tensor& y_pred) {
  auto both = prepared(y_true, y_pred);
  // (n, 1) against (n, 5) would be broadcast, which would hide a mistake.
  if (!ops::may_be_same_shape(both.first.shape(), both.second.shape()))
    throw ShapeError(std::string(loss) + ": y_true and y_pred must have the same shape. Received: y_true " +
                     to_string(y_true.shape()) + ", y_pred " + to_string(y_pred.shape()));
  return both;
}

Tensor divide_no_nan(const Tensor& x, const Tensor& divisor) {
  const Tensor is_zero = ops::equal(divisor, 0.0);
  return ops::where(is_zero, 0.0, x / ops::where(is_zero, 1.0, divisor));
}

Tensor weights_with(const Tensor& mask, const Tensor& sample_weight, DType dtype, bool is_for_mean) {
  if (mask.is_empty()) return sample_weight;
  Tensor counted = ops::cast(mask, dtype);
  // Where the mean is over all entries, those that count get the share of the others too.
  if (is_for_mean) counted = counted * divide_no_nan(ops::cast(ops::size(mask), dtype), ops::sum(counted));
  if (sample_weight.is_empty()) return counted;
  const auto [of_mask, of_samples] = to_same_rank(counted, ops::cast(sample_weight, dtype));
  return of_samples * of_mask;
}

Tensor weights_with_mask(const Tensor& sample_weight, const Tensor& y_pred, DType dtype, bool is_for_mean) {
  return weights_with(graph::builder_of(y_pred, "a mask").mask(y_pred), sample_weight, dtype, is_for_mean);
}

Classes classes_by_shapes(const Shape& y_true, const Shape& y_pred) noexcept {
  if (!y_pred.empty() && y_pred.back() == 1) return Classes::binary;
  const bool is_sparse = y_true.rank() < y_pred.rank() || (!y_true.empty() && y_true.back() == 1 && y_pred.back() > 1);
  return is_sparse ? Classes::sparse : Classes::categorical;
}

std::string or_default(std::string name, const char* fallback) { return name.empty() ? fallback : std::move(name); }

void check_smoothing(double label_smoothing, std::string_view owner) {
  if (std::isnan(label_smoothing) || label_smoothing < 0.0 || label_smoothing > 1.0)
    throw ValueError(std::string(owner) +
                     ": `label_smoothing` must lie in [0, 1]. Received: " + std::to_string(label_smoothing));
}

}  // namespace keratin::inline v0::losses
