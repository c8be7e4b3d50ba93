#include "keratin/losses/metric_learning.h"

#include <string>
#include <utility>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "losses/common.h"
#include "losses/options.h"
#include "ops/broadcasting.h"

namespace keratin::inline v0::losses {
namespace {

/// Class numbers as a column; a row of them is one already.
Tensor column_of(const Tensor& labels) {
  const Tensor numbers = ops::cast(labels, int32);
  return numbers.rank() == 1 ? ops::expand_dims(numbers, -1) : numbers;
}

void check_pairs(const Tensor& labels, const Tensor& embeddings, const char* what) {
  const Shape of_labels = labels.shape();
  const Shape of_embeddings = embeddings.shape();
  const bool fits = of_labels.rank() == 2 && of_embeddings.rank() == 2 && of_labels[1] == 1 &&
                    ops::may_be_same_shape(Shape{of_labels[0]}, Shape{of_embeddings[0]});
  if (!fits)
    throw ShapeError("circle: " + std::string(what) + " must be class numbers (batch,) and embeddings (batch, size). " +
                     "Received: " + to_string(of_labels) + " and " + to_string(of_embeddings));
}

/// 1, 2, … in the column's shape, however long it is.
Tensor counted(const Tensor& column) { return ops::cumsum(ops::ones_like(column), 0); }

/// log(Σ exp(x)) along the pairs that the mask has; without any, so little that nothing is left of it. (−∞ would be as
/// good for the value, and the gradient would be NaN.)
Tensor logsumexp_of(const Tensor& mask, const Tensor& x) { return ops::logsumexp(ops::where(mask, x, -1e30), 1); }

}  // namespace

Tensor circle(const Tensor& y_true, const Tensor& y_pred, const Tensor& ref_labels, const Tensor& ref_embeddings,
              bool remove_diagonal, double gamma, double margin) {
  const Tensor labels = column_of(y_true);
  const Tensor other_labels = ref_labels.is_empty() ? labels : column_of(ref_labels);
  const Tensor others = ref_embeddings.is_empty() ? y_pred : ops::cast(ref_embeddings, y_pred.dtype());
  check_pairs(labels, y_pred, "y_true and y_pred");
  check_pairs(other_labels, others, "ref_labels and ref_embeddings");
  const Tensor distances = ops::maximum(1.0 - ops::matmul(y_pred, ops::transpose(others)), 0.0);
  Tensor positive = ops::equal(labels, ops::transpose(other_labels));
  const Tensor negative = ops::logical_not(positive);
  if (remove_diagonal)
    positive = ops::logical_and(positive, ops::not_equal(counted(labels), ops::transpose(counted(other_labels))));
  // How far each is from its optimum, margin or 1 − margin away from which it counts.
  const Tensor of_positive = -gamma * ops::maximum(distances + margin, 0.0) * (margin - distances);
  const Tensor of_negative = gamma * ops::maximum(1.0 + margin - distances, 0.0) * (1.0 - margin - distances);
  Tensor loss = ops::softplus(logsumexp_of(positive, of_positive) + logsumexp_of(negative, of_negative));
  graph::builder_of(loss, "circle").set_mask(loss, loss > 0.0);
  return loss;
}

Circle::Circle(CircleOptions options)
    : Loss(options.name, options.reduction, options.dtype), options_(std::move(options)) {}
Tensor Circle::call(const Tensor& y_true, const Tensor& y_pred) const {
  return circle(y_true, y_pred, {}, {}, options_.remove_diagonal, options_.gamma, options_.margin);
}
Config Circle::config() const { return core::written(circle_options, options_); }

}  // namespace keratin::inline v0::losses
