#include "keratin/losses/loss.h"

#include <memory>
#include <string_view>
#include <tuple>
#include <utility>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/losses/losses.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "losses/common.h"

namespace keratin::inline v0 {
namespace losses {
namespace {

Tensor reduced(const Tensor& values, const Tensor& sample_weight, Reduction reduction) {
  if (reduction == Reduction::none || values.rank() == 0) return values;
  if (reduction == Reduction::sum) return ops::sum(values);
  if (reduction == Reduction::mean_with_sample_weight && !sample_weight.is_empty())
    return divide_no_nan(ops::sum(values), ops::sum(sample_weight));
  return ops::mean(values);
}

}  // namespace

std::pair<Tensor, Tensor> to_same_rank(Tensor a, Tensor b) {
  const auto drop_or_add = [](Tensor& longer, Tensor& shorter) {
    if (longer.rank() != shorter.rank() + 1 || longer.shape().back() != 1) return;
    if (shorter.rank() == 1) {
      shorter = ops::expand_dims(shorter, -1);
    } else {
      longer = ops::squeeze(longer, {-1});
    }
  };
  drop_or_add(a, b);
  drop_or_add(b, a);
  return {std::move(a), std::move(b)};
}

Tensor divide_no_nan(const Tensor& x, const Tensor& divisor) {
  const Tensor is_zero = ops::equal(divisor, 0.0);
  return ops::where(is_zero, 0.0, x / ops::where(is_zero, 1.0, divisor));
}

namespace {

/// The mask as weights: entries that don't count have 0; where the mean is over all entries, the others get the share
/// of those too.
Tensor mask_weights(const Tensor& mask, DType dtype, Reduction reduction) {
  const Tensor weights = ops::cast(mask, dtype);
  if (reduction != Reduction::mean && reduction != Reduction::sum_over_batch_size) return weights;
  return weights * divide_no_nan(ops::cast(ops::size(mask), dtype), ops::sum(weights));
}

}  // namespace

std::string or_default(std::string name, const char* fallback) { return name.empty() ? fallback : std::move(name); }

Loss::~Loss() = default;

Tensor Loss::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) const {
  const Tensor output = y_pred.dtype() == float64 ? y_pred : ops::cast(y_pred, float32);
  Tensor values = call(takes_class_numbers() ? y_true : ops::cast(y_true, output.dtype()), output);
  Tensor weights = sample_weight;
  if (const Tensor mask = graph::builder_of(y_pred, name_).mask(y_pred); !mask.is_empty()) {
    Tensor counted = mask_weights(mask, values.dtype(), reduction_);
    if (weights.is_empty()) {
      weights = counted;
    } else {
      std::tie(counted, weights) = to_same_rank(counted, ops::cast(weights, values.dtype()));
      weights = weights * counted;
    }
  }
  if (!weights.is_empty()) {
    weights = ops::cast(weights, values.dtype());
    std::tie(values, weights) = to_same_rank(values, weights);
    values = values * weights;
  }
  return reduced(values, weights, reduction_);
}

}  // namespace losses

std::unique_ptr<losses::Loss> LossSpec::make() const {
  if (is_empty()) throw ValueError("A loss was asked for where none is given");
  if (name() == nullptr) return clone();
  const std::string_view wanted = name();
  const auto is = [&](auto... names) { return ((wanted == names) || ...); };
  if (is("categorical_crossentropy", "CategoricalCrossentropy"))
    return std::make_unique<losses::CategoricalCrossentropy>();
  if (is("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"))
    return std::make_unique<losses::SparseCategoricalCrossentropy>();
  if (is("binary_crossentropy", "BinaryCrossentropy", "bce", "BCE"))
    return std::make_unique<losses::BinaryCrossentropy>();
  if (is("mean_squared_error", "MeanSquaredError", "mse", "MSE")) return std::make_unique<losses::MeanSquaredError>();
  return std::make_unique<losses::MeanAbsoluteError>();
}

}  // namespace keratin::inline v0
