#pragma once

#include <cstdint>

#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/metrics/metric.h"

namespace keratin::inline v0::metrics {

/// The columns of y_true and y_pred, which must be (batch, columns) with a known number of them. Throws ShapeError.
std::int64_t checked_columns(const Metric& metric, const Tensor& y_true, const Tensor& y_pred);
/// Throws ShapeError where the shapes can't be the same.
void check_same_shape(const Metric& metric, const Tensor& y_true, const Tensor& y_pred);
/// Throws ValueError: its state, which comes with the first batch, isn't there yet.
[[noreturn]] void fail_without_batch(const Metric& metric);

}  // namespace keratin::inline v0::metrics
