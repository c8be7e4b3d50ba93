#include "keratin/losses/losses.h"

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "losses/ranks.h"

namespace keratin::inline v0::losses {
namespace {

/// y_true in y_pred's dtype and, where a trailing 1 is the only difference, rank.
std::pair<Tensor, Tensor> prepared(const Tensor& y_true, const Tensor& y_pred) {
  return to_same_rank(ops::cast(y_true, y_pred.dtype()), y_pred);
}

std::string or_default(std::string name, const char* fallback) { return name.empty() ? fallback : std::move(name); }

void check_smoothing(double label_smoothing, const char* loss) {
  if (label_smoothing < 0.0 || label_smoothing > 1.0)
    throw ValueError(std::string(loss) +
                     ": label_smoothing must lie in [0, 1]. Received: " + std::to_string(label_smoothing));
}

}  // namespace

CategoricalCrossentropy::CategoricalCrossentropy(CategoricalCrossentropyOptions options)
    : Loss(options.name, options.reduction), options_(std::move(options)) {
  check_smoothing(options_.label_smoothing, "CategoricalCrossentropy");
}

Tensor CategoricalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  auto [target, output] = prepared(y_true, y_pred);
  if (options_.label_smoothing > 0.0) {
    const auto classes = static_cast<double>(target.shape().back());
    target = target * (1.0 - options_.label_smoothing) + options_.label_smoothing / classes;
  }
  return ops::categorical_crossentropy(target, output, options_.from_logits, options_.axis);
}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options)
    : Loss(options.name, options.reduction), options_(std::move(options)) {}

Tensor SparseCategoricalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  Tensor target = y_true;
  if (target.rank() == y_pred.rank() && target.shape().back() == 1) target = ops::squeeze(target, {-1});
  return ops::sparse_categorical_crossentropy(target, y_pred, options_.from_logits, options_.axis);
}

BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyOptions options)
    : Loss(options.name, options.reduction), options_(std::move(options)) {
  check_smoothing(options_.label_smoothing, "BinaryCrossentropy");
}

Tensor BinaryCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  auto [target, output] = prepared(y_true, y_pred);
  if (options_.label_smoothing > 0.0)
    target = target * (1.0 - options_.label_smoothing) + 0.5 * options_.label_smoothing;
  return ops::mean(ops::binary_crossentropy(target, output, options_.from_logits), {options_.axis});
}

MeanSquaredError::MeanSquaredError(MeanErrorOptions options)
    : Loss(or_default(std::move(options.name), "mean_squared_error"), options.reduction) {}

Tensor MeanSquaredError::call(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [target, output] = prepared(y_true, y_pred);
  return ops::mean(ops::square(target - output), {-1});
}

MeanAbsoluteError::MeanAbsoluteError(MeanErrorOptions options)
    : Loss(or_default(std::move(options.name), "mean_absolute_error"), options.reduction) {}

Tensor MeanAbsoluteError::call(const Tensor& y_true, const Tensor& y_pred) const {
  const auto [target, output] = prepared(y_true, y_pred);
  return ops::mean(ops::abs(target - output), {-1});
}

Custom::Custom(std::string name, Function function, Reduction reduction)
    : Loss(std::move(name), reduction), function_(std::move(function)) {
  if (!function_) throw ValueError("losses::custom needs a function. Received: an empty one");
}

Tensor Custom::call(const Tensor& y_true, const Tensor& y_pred) const {
  const Tensor target = is_floating(y_pred.dtype()) ? ops::cast(y_true, y_pred.dtype()) : y_true;
  return function_(target, y_pred);
}

}  // namespace keratin::inline v0::losses
