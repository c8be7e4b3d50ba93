#include "keratin/metrics/hinge.h"

#include <utility>

#include "keratin/losses/losses.h"
#include "losses/common.h"

namespace keratin::inline v0::metrics {

using losses::or_default;

Hinge::Hinge(NameOptions options) : SampleMean(or_default(std::move(options.name), "hinge"), options.dtype) {}

Tensor Hinge::values(const Tensor& y_true, const Tensor& y_pred) const { return losses::Hinge().call(y_true, y_pred); }

SquaredHinge::SquaredHinge(NameOptions options)
    : SampleMean(or_default(std::move(options.name), "squared_hinge"), options.dtype) {}

Tensor SquaredHinge::values(const Tensor& y_true, const Tensor& y_pred) const {
  return losses::SquaredHinge().call(y_true, y_pred);
}

CategoricalHinge::CategoricalHinge(NameOptions options)
    : SampleMean(or_default(std::move(options.name), "categorical_hinge"), options.dtype) {}

Tensor CategoricalHinge::values(const Tensor& y_true, const Tensor& y_pred) const {
  return losses::CategoricalHinge().call(y_true, y_pred);
}

}  // namespace keratin::inline v0::metrics
