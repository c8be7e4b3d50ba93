#include "keratin/losses/regression.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "losses/common.h"
#include "losses/options.h"
#include "ops/epsilon.h"

namespace keratin::inline v0::losses {

Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, output] = prepared(y_true, y_pred);
  return ops::mean(ops::square(target - output), -1);
}

Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, output] = prepared(y_true, y_pred);
  return ops::mean(ops::abs(target - output), -1);
}

Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, output] = prepared(y_true, y_pred);
  return 100.0 * ops::mean(ops::abs((target - output) / ops::maximum(ops::abs(target), ops::epsilon)), -1);
}

Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, output] = prepared(y_true, y_pred);
  const auto logarithm = [](const Tensor& x) { return ops::log(ops::maximum(x, ops::epsilon) + 1.0); };
  return ops::mean(ops::square(logarithm(output) - logarithm(target)), -1);
}

Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis) {
  const auto [target, output] = prepared(y_true, y_pred);
  return -ops::sum(ops::normalize(target, axis) * ops::normalize(output, axis), axis);
}

Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta) {
  const auto [target, output] = prepared(y_true, y_pred);
  const Tensor error = output - target;
  const Tensor size = ops::abs(error);
  return ops::mean(ops::where(size <= delta, 0.5 * ops::square(error), delta * size - 0.5 * delta * delta), -1);
}

Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, output] = prepared(y_true, y_pred);
  const Tensor error = output - target;
  return ops::mean(error + ops::softplus(-2.0 * error) - std::numbers::ln2, -1);
}

MeanSquaredError::MeanSquaredError(LossOptions options)
    : Loss(or_default(std::move(options.name), "mean_squared_error"), options.reduction, options.dtype) {}
Tensor MeanSquaredError::call(const Tensor& y_true, const Tensor& y_pred) const {
  return mean_squared_error(y_true, y_pred);
}

MeanAbsoluteError::MeanAbsoluteError(LossOptions options)
    : Loss(or_default(std::move(options.name), "mean_absolute_error"), options.reduction, options.dtype) {}
Tensor MeanAbsoluteError::call(const Tensor& y_true, const Tensor& y_pred) const {
  return mean_absolute_error(y_true, y_pred);
}

MeanAbsolutePercentageError::MeanAbsolutePercentageError(LossOptions options)
    : Loss(or_default(std::move(options.name), "mean_absolute_percentage_error"), options.reduction, options.dtype) {}
Tensor MeanAbsolutePercentageError::call(const Tensor& y_true, const Tensor& y_pred) const {
  return mean_absolute_percentage_error(y_true, y_pred);
}

MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(LossOptions options)
    : Loss(or_default(std::move(options.name), "mean_squared_logarithmic_error"), options.reduction, options.dtype) {}
Tensor MeanSquaredLogarithmicError::call(const Tensor& y_true, const Tensor& y_pred) const {
  return mean_squared_logarithmic_error(y_true, y_pred);
}

CosineSimilarity::CosineSimilarity(CosineSimilarityOptions options)
    : Loss(options.name, options.reduction, options.dtype), options_(std::move(options)) {}
Tensor CosineSimilarity::call(const Tensor& y_true, const Tensor& y_pred) const {
  return cosine_similarity(y_true, y_pred, options_.axis);
}
Config CosineSimilarity::config() const { return core::written(cosine_similarity_options, options_); }

Huber::Huber(HuberOptions options)
    : Loss(options.name, options.reduction, options.dtype), options_(std::move(options)) {
  if (std::isnan(options_.delta)) throw ValueError("Huber: `delta` must be a number. Received: delta=nan");
}
Tensor Huber::call(const Tensor& y_true, const Tensor& y_pred) const { return huber(y_true, y_pred, options_.delta); }
Config Huber::config() const { return core::written(huber_options, options_); }

LogCosh::LogCosh(LossOptions options)
    : Loss(or_default(std::move(options.name), "log_cosh"), options.reduction, options.dtype) {}
Tensor LogCosh::call(const Tensor& y_true, const Tensor& y_pred) const { return log_cosh(y_true, y_pred); }

}  // namespace keratin::inline v0::losses
