#include "keratin/losses/loss.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/class_name.h"
#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "losses/common.h"
#include "losses/options.h"
#include "ops/apply.h"

namespace keratin::inline v0::losses {
namespace {

Tensor reduced(const Tensor& values, const Tensor& sample_weight, Reduction reduction) {
  if (reduction == Reduction::none || values.rank() == 0) return values;
  // The mean of nothing: 0, as Keras has it.
  const Shape shape = values.shape();
  const bool is_empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  if (reduction == Reduction::sum || is_empty) return ops::sum(values);
  if (reduction == Reduction::mean_with_sample_weight && !sample_weight.is_empty())
    return divide_no_nan(ops::sum(values), ops::sum(sample_weight));
  return ops::mean(values);
}

/// The mask of the entries that both count; empty where neither says.
Tensor mask_of_both(const Tensor& y_pred, const Tensor& values) {
  const Tensor given = graph::builder_of(y_pred, "a mask").mask(y_pred);
  Tensor made = graph::builder_of(values, "a mask").mask(values);
  if (given.is_empty()) return made;
  return made.is_empty() ? given : ops::logical_and(given, made);
}

}  // namespace

Loss::Loss(std::string name, Reduction reduction, std::optional<DType> dtype)
    : name_(std::move(name)), reduction_(reduction), dtype_(dtype) {
  if (dtype && (!is_floating(*dtype) || *dtype == float16))
    throw ValueError("The loss '" + name_ + "': `dtype` must be bfloat16, float32 or float64. Received: dtype='" +
                     std::string(name_of(*dtype)) + "'");
}

Loss::~Loss() = default;

std::string Loss::class_name() const { return core::class_name(typeid(*this)); }

Config Loss::config() const {
  const LossOptions options{.reduction = reduction_, .name = name_, .dtype = dtype_};
  return core::written(loss_options, options);
}

Tensor Loss::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) const {
  const DType dtype = dtype_.value_or(y_pred.dtype() == float64 ? float64 : float32);
  const Tensor output = ops::cast(y_pred, dtype);
  Tensor values = ops::in_graph(call(takes_class_numbers() ? y_true : ops::cast(y_true, dtype), output), name_);
  const bool is_mean = reduction_ == Reduction::mean || reduction_ == Reduction::sum_over_batch_size;
  Tensor weights = weights_with(mask_of_both(y_pred, values), sample_weight, values.dtype(), is_mean);
  if (!weights.is_empty()) {
    weights = ops::cast(weights, values.dtype());
    std::tie(values, weights) = to_same_rank(values, weights);
    values = values * weights;
  }
  return reduced(values, weights, reduction_);
}

}  // namespace keratin::inline v0::losses
