#include "keratin/losses/losses.h"

#include <algorithm>
#include <cmath>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "losses/common.h"

namespace keratin::inline v0::losses {
namespace {

/// y_true in y_pred's dtype and, where a trailing 1 is the only difference, rank.
std::pair<Tensor, Tensor> prepared(const Tensor& y_true, const Tensor& y_pred) {
  return to_same_rank(ops::cast(y_true, y_pred.dtype()), y_pred);
}

/// Unknown sizes may turn out equal to any.
bool may_be_equal(const Shape& a, const Shape& b) {
  return std::ranges::equal(a.dims(), b.dims(),
                            [](std::int64_t x, std::int64_t y) { return x == y || x == -1 || y == -1; });
}

void check_smoothing(double label_smoothing, const char* loss) {
  if (std::isnan(label_smoothing) || label_smoothing < 0.0 || label_smoothing > 1.0)
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
    const std::int64_t classes = target.shape().back();
    if (classes < 1)
      throw ShapeError("Loss '" + name() + "': label_smoothing needs a known number of classes. Received: y_true " +
                       to_string(target.shape()));
    target = target * (1.0 - options_.label_smoothing) + options_.label_smoothing / static_cast<double>(classes);
  }
  return ops::categorical_crossentropy(target, output, options_.from_logits, options_.axis);
}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options)
    : Loss(options.name, options.reduction), options_(std::move(options)) {}

Tensor SparseCategoricalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return ops::sparse_categorical_crossentropy(y_true, y_pred, options_.from_logits, options_.axis);
}

BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyOptions options)
    : Loss(options.name, options.reduction), options_(std::move(options)) {
  check_smoothing(options_.label_smoothing, "BinaryCrossentropy");
}

Tensor BinaryCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  auto [target, output] = prepared(y_true, y_pred);
  // The op broadcasts; (n, 1) against (n, 5) would hide a mistake, which Keras reports too.
  if (!may_be_equal(target.shape(), output.shape()))
    throw ShapeError("Loss '" + name() + "': y_true and y_pred must have the same shape. Received: y_true " +
                     to_string(y_true.shape()) + ", y_pred " + to_string(y_pred.shape()));
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

Tensor Custom::call(const Tensor& y_true, const Tensor& y_pred) const { return function_(y_true, y_pred); }

}  // namespace keratin::inline v0::losses
