#include "keratin/metrics/metric.h"

#include "keratin/core/error.h"
#include "keratin/metrics/metrics.h"
#include "session/core.h"

namespace keratin::inline v0 {

void Metric::reset_state() {
  for (Variable state : session::Inner::own_variables(*this)) state.assign(0.0);
}

Variable Metric::add_state(const std::string& name, const Shape& shape, InitialValue initial) {
  return add_variable(
      name, shape,
      {.dtype = float32, .initial = std::move(initial), .trainable = false, .category = MemoryCategory::metrics});
}

namespace {

/// "accuracy" by the shapes, as Keras decides: one output is binary, class numbers are sparse.
std::unique_ptr<Metric> resolved_accuracy(const Shape& y_true, const Shape& y_pred, const std::string& name) {
  const bool is_binary = !y_pred.empty() && y_pred.back() == 1;
  if (is_binary) return std::make_unique<metrics::BinaryAccuracy>(metrics::BinaryAccuracyOptions{.name = name});
  const bool is_sparse = y_true.rank() < y_pred.rank() || (!y_true.empty() && y_true.back() == 1 && y_pred.back() > 1);
  if (is_sparse) return std::make_unique<metrics::SparseCategoricalAccuracy>(metrics::NameOptions{.name = name});
  return std::make_unique<metrics::CategoricalAccuracy>(metrics::NameOptions{.name = name});
}

}  // namespace

std::unique_ptr<Metric> MetricSpec::make(const Shape& y_true, const Shape& y_pred) const {
  if (is_empty()) throw ValueError("A metric was asked for where none is given");
  if (name() == nullptr) return clone();
  const std::string wanted = name();
  const auto is = [&](auto... names) { return ((wanted == names) || ...); };
  if (is("accuracy", "acc")) return resolved_accuracy(y_true, y_pred, wanted);
  if (is("binary_accuracy", "BinaryAccuracy"))
    return std::make_unique<metrics::BinaryAccuracy>(metrics::BinaryAccuracyOptions{.name = wanted});
  const metrics::NameOptions named{.name = wanted};
  if (is("categorical_accuracy", "CategoricalAccuracy")) return std::make_unique<metrics::CategoricalAccuracy>(named);
  if (is("sparse_categorical_accuracy", "SparseCategoricalAccuracy"))
    return std::make_unique<metrics::SparseCategoricalAccuracy>(named);
  if (is("mean_squared_error", "MeanSquaredError", "mse", "MSE"))
    return std::make_unique<metrics::MeanSquaredError>(named);
  if (is("mean_absolute_error", "MeanAbsoluteError", "mae", "MAE"))
    return std::make_unique<metrics::MeanAbsoluteError>(named);
  const metrics::CrossentropyOptions crossentropy{.name = wanted};
  if (is("categorical_crossentropy", "CategoricalCrossentropy"))
    return std::make_unique<metrics::CategoricalCrossentropy>(crossentropy);
  if (is("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"))
    return std::make_unique<metrics::SparseCategoricalCrossentropy>(crossentropy);
  return std::make_unique<metrics::BinaryCrossentropy>(crossentropy);
}

}  // namespace keratin::inline v0
