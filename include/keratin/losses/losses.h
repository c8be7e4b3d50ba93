#pragma once

#include <optional>
#include <string>
#include <utility>

#include "keratin/core/callable.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/losses/ctc.h"
#include "keratin/losses/hinge.h"
#include "keratin/losses/loss.h"
#include "keratin/losses/metric_learning.h"
#include "keratin/losses/overlap.h"
#include "keratin/losses/probabilistic.h"
#include "keratin/losses/regression.h"

namespace keratin::inline v0::losses {

/// A loss of the user's own: a function of (y_true, y_pred) that gives a value for each sample.
class KERATIN_API Custom : public Loss {
 public:
  using Function = ::keratin::detail::TwoTensors;
  /// `name`: the loss's, and the function's in files; "<lambda>", as Python says, for one without.
  Custom(std::string name, Function function, Reduction reduction, std::optional<DType> dtype = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  std::string class_name() const override { return "LossFunctionWrapper"; }
  /// Throws ValueError for a function without a name.
  Config config() const override;
  const std::string& function_name() const noexcept { return function_name_; }

 private:
  std::string function_name_;
  Function function_;
};
inline Custom custom(std::string name, Custom::Function function, Reduction reduction = Reduction::sum_over_batch_size,
                     std::optional<DType> dtype = {}) {
  return {std::move(name), std::move(function), reduction, dtype};
}

}  // namespace keratin::inline v0::losses
