#include "keratin/losses/hinge.h"

#include <utility>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "losses/common.h"

namespace keratin::inline v0::losses {
namespace {

/// max(1 − y_true · y_pred, 0), where labels 0 and 1 become −1 and 1 if there are no others.
Tensor missing_margin(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, output] = prepared(y_true, y_pred);
  const Tensor is_binary = ops::all(ops::logical_or(ops::equal(target, 0.0), ops::equal(target, 1.0)));
  const Tensor sign = ops::where(is_binary, 2.0 * target - 1.0, target);
  return ops::maximum(1.0 - sign * output, 0.0);
}

}  // namespace

Tensor hinge(const Tensor& y_true, const Tensor& y_pred) { return ops::mean(missing_margin(y_true, y_pred), -1); }

Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred) {
  return ops::mean(ops::square(missing_margin(y_true, y_pred)), -1);
}

Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, output] = prepared(y_true, y_pred);
  const Tensor of_class = ops::sum(target * output, -1);
  const Tensor of_others = ops::max((1.0 - target) * output, -1);
  return ops::maximum(of_others - of_class + 1.0, 0.0);
}

Hinge::Hinge(LossOptions options)
    : Loss(or_default(std::move(options.name), "hinge"), options.reduction, options.dtype) {}
Tensor Hinge::call(const Tensor& y_true, const Tensor& y_pred) const { return hinge(y_true, y_pred); }

SquaredHinge::SquaredHinge(LossOptions options)
    : Loss(or_default(std::move(options.name), "squared_hinge"), options.reduction, options.dtype) {}
Tensor SquaredHinge::call(const Tensor& y_true, const Tensor& y_pred) const { return squared_hinge(y_true, y_pred); }

CategoricalHinge::CategoricalHinge(LossOptions options)
    : Loss(or_default(std::move(options.name), "categorical_hinge"), options.reduction, options.dtype) {}
Tensor CategoricalHinge::call(const Tensor& y_true, const Tensor& y_pred) const {
  return categorical_hinge(y_true, y_pred);
}

}  // namespace keratin::inline v0::losses
