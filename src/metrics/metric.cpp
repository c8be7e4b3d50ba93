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

bool is_one_of(std::string_view name, std::string_view a, std::string_view b) { return name == a || name == b; }

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
  if (is_one_of(wanted, "accuracy", "acc")) return resolved_accuracy(y_true, y_pred, wanted);
  if (wanted == "binary_accuracy") return std::make_unique<metrics::BinaryAccuracy>();
  if (wanted == "categorical_accuracy") return std::make_unique<metrics::CategoricalAccuracy>();
  if (wanted == "sparse_categorical_accuracy") return std::make_unique<metrics::SparseCategoricalAccuracy>();
  const metrics::CrossentropyOptions named{.name = wanted};
  if (wanted == "categorical_crossentropy") return std::make_unique<metrics::CategoricalCrossentropy>(named);
  if (wanted == "sparse_categorical_crossentropy")
    return std::make_unique<metrics::SparseCategoricalCrossentropy>(named);
  if (wanted == "binary_crossentropy") return std::make_unique<metrics::BinaryCrossentropy>(named);
  if (is_one_of(wanted, "mean_squared_error", "mse"))
    return std::make_unique<metrics::MeanSquaredError>(metrics::NameOptions{.name = wanted});
  return std::make_unique<metrics::MeanAbsoluteError>(metrics::NameOptions{.name = wanted});
}

}  // namespace keratin::inline v0
