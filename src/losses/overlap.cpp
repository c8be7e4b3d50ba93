#include "keratin/losses/overlap.h"

#include <utility>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "losses/common.h"
#include "losses/options.h"
#include "ops/epsilon.h"

namespace keratin::inline v0::losses {

Tensor dice(const Tensor& y_true, const Tensor& y_pred, const Axes& axis) {
  const auto [target, output] = prepared(y_true, y_pred);
  const Tensor both = ops::sum(target * output, axis);
  return 1.0 - 2.0 * both / (ops::sum(target, axis) + ops::sum(output, axis) + ops::epsilon);
}

Tensor tversky(const Tensor& y_true, const Tensor& y_pred, double alpha, double beta, const Axes& axis) {
  const auto [target, output] = prepared(y_true, y_pred);
  const Tensor both = ops::sum(target * output, axis);
  const Tensor only_target = ops::sum((1.0 - output) * target, axis);
  const Tensor only_output = ops::sum(output * (1.0 - target), axis);
  return 1.0 - both / (both + only_target * alpha + only_output * beta + ops::epsilon);
}

Dice::Dice(DiceOptions options) : Loss(options.name, options.reduction, options.dtype), options_(std::move(options)) {}
Tensor Dice::call(const Tensor& y_true, const Tensor& y_pred) const { return dice(y_true, y_pred, options_.axis); }
Config Dice::config() const { return core::written(dice_options, options_); }

Tversky::Tversky(TverskyOptions options)
    : Loss(options.name, options.reduction, options.dtype), options_(std::move(options)) {}
Tensor Tversky::call(const Tensor& y_true, const Tensor& y_pred) const {
  return tversky(y_true, y_pred, options_.alpha, options_.beta, options_.axis);
}
Config Tversky::config() const { return core::written(tversky_options, options_); }

}  // namespace keratin::inline v0::losses
