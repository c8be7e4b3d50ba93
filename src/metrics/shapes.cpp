#include "metrics/shapes.h"

#include "keratin/core/error.h"
#include "ops/broadcasting.h"

namespace keratin::inline v0::metrics {

std::int64_t checked_columns(const Metric& metric, const Tensor& y_true, const Tensor& y_pred) {
  const Shape& target = y_true.shape();
  const Shape& output = y_pred.shape();
  if (target.rank() == 2 && output.rank() == 2 && output.back() >= 0 && ops::may_be_same_shape(target, output))
    return output.back();
  throw ShapeError("'" + metric.path() + "': " + metric.class_name() +
                       " takes y_true and y_pred of one shape (batch, outputs), with a known number of outputs. "
                       "Received: y_true " +
                       to_string(target) + ", y_pred " + to_string(output),
                   metric.path());
}

void check_same_shape(const Metric& metric, const Tensor& y_true, const Tensor& y_pred) {
  if (ops::may_be_same_shape(y_true.shape(), y_pred.shape())) return;
  throw ShapeError("'" + metric.path() + "': y_true and y_pred must have the same shape. Received: y_true " +
                       to_string(y_true.shape()) + ", y_pred " + to_string(y_pred.shape()),
                   metric.path());
}

void fail_without_batch(const Metric& metric) {
  throw ValueError("'" + metric.path() + "': there is no result before the first batch, whose shape says how much " +
                       metric.class_name() + " has to keep. Call update_state first",
                   metric.path());
}

}  // namespace keratin::inline v0::metrics
