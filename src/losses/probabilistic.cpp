#include "keratin/losses/probabilistic.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/ops/creation.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "losses/common.h"
#include "losses/options.h"
#include "ops/apply.h"
#include "ops/epsilon.h"

namespace keratin::inline v0::losses {
namespace {

Tensor smoothed(const Tensor& target, double label_smoothing, std::string_view loss) {
  check_smoothing(label_smoothing, loss);
  if (label_smoothing == 0.0) return target;
  const std::int64_t classes = target.rank() == 0 ? -1 : target.shape().back();
  if (classes < 1)
    throw ShapeError(std::string(loss) + ": label_smoothing needs a known number of classes. Received: y_true " +
                     to_string(target.shape()));
  return target * (1.0 - label_smoothing) + label_smoothing / static_cast<double>(classes);
}

Tensor smoothed_binary(const Tensor& target, double label_smoothing, std::string_view loss) {
  check_smoothing(label_smoothing, loss);
  return label_smoothing == 0.0 ? target : target * (1.0 - label_smoothing) + 0.5 * label_smoothing;
}

void check_q(double q, std::string_view owner) {
  if (std::isnan(q) || q <= 0.0 || q >= 1.0)
    throw ValueError(std::string(owner) + ": `q` must lie in (0, 1). Received: q=" + std::to_string(q));
}

/// Class numbers without a dimension of 1 where the classes are.
Tensor class_numbers(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis, std::string_view loss) {
  const Tensor labels = ops::in_graph(y_true, loss);
  const std::int64_t along = ops::normalized_axis(axis, y_pred.rank(), loss);
  return labels.rank() == y_pred.rank() && labels.shape()[along] == 1 ? ops::squeeze(labels, axis) : labels;
}

}  // namespace

Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits, double label_smoothing,
                           std::int64_t axis) {
  const auto [labels, output] = prepared_alike("binary_crossentropy", y_true, y_pred);
  const Tensor target = smoothed_binary(labels, label_smoothing, "binary_crossentropy");
  return ops::mean(ops::binary_crossentropy(target, output, from_logits), axis);
}

Tensor binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool apply_class_balancing, double alpha,
                                 double gamma, bool from_logits, double label_smoothing, std::int64_t axis) {
  const auto [labels, given] = prepared_alike("binary_focal_crossentropy", y_true, y_pred);
  const Tensor target = smoothed_binary(labels, label_smoothing, "binary_focal_crossentropy");
  const Tensor output = from_logits ? ops::sigmoid(given) : given;
  const Tensor of_truth = target * output + (1.0 - target) * (1.0 - output);
  Tensor loss = ops::power(1.0 - of_truth, gamma) * ops::binary_crossentropy(target, output);
  if (apply_class_balancing) loss = (target * alpha + (1.0 - target) * (1.0 - alpha)) * loss;
  return ops::mean(loss, axis);
}

Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits, double label_smoothing,
                                std::int64_t axis) {
  const auto [labels, output] = prepared(y_true, y_pred);
  const Tensor target = smoothed(labels, label_smoothing, "categorical_crossentropy");
  return ops::categorical_crossentropy(target, output, from_logits, axis);
}

Tensor categorical_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred, double alpha, double gamma,
                                      bool from_logits, double label_smoothing, std::int64_t axis) {
  const auto [labels, given] = prepared_alike("categorical_focal_crossentropy", y_true, y_pred);
  const Tensor target = smoothed(labels, label_smoothing, "categorical_focal_crossentropy");
  const Tensor probabilities = from_logits ? ops::softmax(given, axis) : given;
  const Tensor output =
      ops::clip(probabilities / ops::sum(probabilities, axis, true), ops::epsilon, 1.0 - ops::epsilon);
  return ops::sum(alpha * ops::power(1.0 - output, gamma) * (-target * ops::log(output)), axis);
}

Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits,
                                       std::optional<std::int64_t> ignore_class, std::int64_t axis) {
  const Tensor labels = class_numbers(y_true, y_pred, axis, "sparse_categorical_crossentropy");
  if (!ignore_class) return ops::sparse_categorical_crossentropy(labels, y_pred, from_logits, axis);
  // In int64, which holds the class that is left out (often −1) whatever the class numbers are stored in.
  const Tensor counted = ops::not_equal(is_integer(labels.dtype()) ? ops::cast(labels, int64) : labels, *ignore_class);
  const Tensor output = ops::where(ops::expand_dims(counted, axis), y_pred, 0.0);
  const Tensor all = ops::sparse_categorical_crossentropy(ops::where(counted, labels, 0), output, from_logits, axis);
  Tensor loss = ops::where(counted, all, 0.0);
  graph::builder_of(loss, "sparse_categorical_crossentropy").set_mask(loss, counted);
  return loss;
}

Tensor categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred, double q) {
  constexpr std::string_view loss = "categorical_generalized_cross_entropy";
  check_q(q, loss);
  const Tensor labels = class_numbers(y_true, y_pred, -1, loss);
  const std::int64_t classes = y_pred.shape().back();
  if (labels.rank() + 1 != y_pred.rank() || classes < 1)
    throw ShapeError(std::string(loss) + ": y_true must have y_pred's shape without its last dimension, which is the " +
                     "known number of classes. Received: y_true " + to_string(y_true.shape()) + ", y_pred " +
                     to_string(y_pred.shape()));
  const Tensor target = ops::one_hot(ops::cast(labels, int32), classes, -1, y_pred.dtype());
  const Tensor probability = ops::sum(y_pred * target, -1);
  // The power has an infinite slope at 0, where a class that isn't there is: no gradient is better than NaN.
  const Tensor is_possible = probability > 0.0;
  const Tensor power = ops::where(is_possible, ops::power(ops::where(is_possible, probability, 1.0), q), 0.0);
  return (1.0 - power) / q;
}

Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred) {
  const auto [labels, given] = prepared(y_true, y_pred);
  const Tensor target = ops::clip(labels, ops::epsilon, 1.0);
  const Tensor output = ops::clip(given, ops::epsilon, 1.0);
  return ops::sum(target * ops::log(target / output), -1);
}

Tensor poisson(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, output] = prepared(y_true, y_pred);
  return ops::mean(output - target * ops::log(output + ops::epsilon), -1);
}

BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyOptions options)
    : Loss(options.name, options.reduction, options.dtype), options_(std::move(options)) {
  check_smoothing(options_.label_smoothing, "BinaryCrossentropy");
}
Tensor BinaryCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return binary_crossentropy(y_true, y_pred, options_.from_logits, options_.label_smoothing, options_.axis);
}
Config BinaryCrossentropy::config() const { return core::written(crossentropy_options, options_); }

BinaryFocalCrossentropy::BinaryFocalCrossentropy(BinaryFocalCrossentropyOptions options)
    : Loss(options.name, options.reduction, options.dtype), options_(std::move(options)) {
  check_smoothing(options_.label_smoothing, "BinaryFocalCrossentropy");
}
Tensor BinaryFocalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return binary_focal_crossentropy(y_true, y_pred, options_.apply_class_balancing, options_.alpha, options_.gamma,
                                   options_.from_logits, options_.label_smoothing, options_.axis);
}
Config BinaryFocalCrossentropy::config() const { return core::written(binary_focal_options, options_); }

CategoricalCrossentropy::CategoricalCrossentropy(CategoricalCrossentropyOptions options)
    : Loss(options.name, options.reduction, options.dtype), options_(std::move(options)) {
  check_smoothing(options_.label_smoothing, "CategoricalCrossentropy");
}
Tensor CategoricalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return categorical_crossentropy(y_true, y_pred, options_.from_logits, options_.label_smoothing, options_.axis);
}
Config CategoricalCrossentropy::config() const { return core::written(crossentropy_options, options_); }

CategoricalFocalCrossentropy::CategoricalFocalCrossentropy(CategoricalFocalCrossentropyOptions options)
    : Loss(options.name, options.reduction, options.dtype), options_(std::move(options)) {
  check_smoothing(options_.label_smoothing, "CategoricalFocalCrossentropy");
}
Tensor CategoricalFocalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return categorical_focal_crossentropy(y_true, y_pred, options_.alpha, options_.gamma, options_.from_logits,
                                        options_.label_smoothing, options_.axis);
}
Config CategoricalFocalCrossentropy::config() const { return core::written(categorical_focal_options, options_); }

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options)
    : Loss(options.name, options.reduction, options.dtype), options_(std::move(options)) {}
Tensor SparseCategoricalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return sparse_categorical_crossentropy(y_true, y_pred, options_.from_logits, options_.ignore_class, options_.axis);
}
Config SparseCategoricalCrossentropy::config() const { return core::written(sparse_categorical_options, options_); }

CategoricalGeneralizedCrossEntropy::CategoricalGeneralizedCrossEntropy(
    CategoricalGeneralizedCrossEntropyOptions options)
    : Loss(options.name, options.reduction, options.dtype), options_(std::move(options)) {
  check_q(options_.q, "CategoricalGeneralizedCrossEntropy");
}
Tensor CategoricalGeneralizedCrossEntropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return categorical_generalized_cross_entropy(y_true, y_pred, options_.q);
}
Config CategoricalGeneralizedCrossEntropy::config() const { return core::written(generalized_options, options_); }

KLDivergence::KLDivergence(LossOptions options)
    : Loss(or_default(std::move(options.name), "kl_divergence"), options.reduction, options.dtype) {}
Tensor KLDivergence::call(const Tensor& y_true, const Tensor& y_pred) const { return kl_divergence(y_true, y_pred); }

Poisson::Poisson(LossOptions options)
    : Loss(or_default(std::move(options.name), "poisson"), options.reduction, options.dtype) {}
Tensor Poisson::call(const Tensor& y_true, const Tensor& y_pred) const { return poisson(y_true, y_pred); }

}  // namespace keratin::inline v0::losses
