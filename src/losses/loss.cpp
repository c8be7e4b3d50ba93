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

Tensor weights_with_mask(const Tensor& sample_weight, const Tensor& y_pred, DType dtype, bool is_for_mean) {
  const Tensor mask = graph::builder_of(y_pred, "a mask").mask(y_pred);
  if (mask.is_empty()) return sample_weight;
  Tensor counted = ops::cast(mask, dtype);
  // Where the mean is over all entries, those that count get the share of the others too.
  if (is_for_mean) counted = counted * divide_no_nan(ops::cast(ops::size(mask), dtype), ops::sum(counted));
  if (sample_weight.is_empty()) return counted;
  const auto [of_mask, of_samples] = to_same_rank(counted, ops::cast(sample_weight, dtype));
  return of_samples * of_mask;
}

std::string or_default(std::string name, const char* fallback) { return name.empty() ? fallback : std::move(name); }

Loss::~Loss() = default;

Tensor Loss::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) const {
  const Tensor output = y_pred.dtype() == float64 ? y_pred : ops::cast(y_pred, float32);
  Tensor values = call(takes_class_numbers() ? y_true : ops::cast(y_true, output.dtype()), output);
  const bool is_mean = reduction_ == Reduction::mean || reduction_ == Reduction::sum_over_batch_size;
  Tensor weights = weights_with_mask(sample_weight, y_pred, values.dtype(), is_mean);
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
