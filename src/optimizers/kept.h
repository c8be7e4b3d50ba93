#pragma once

#include <span>
#include <utility>
#include <vector>

#include "keratin/graph/tensor.h"
#include "keratin/ops/math.h"
#include "keratin/session/variable.h"

namespace keratin::inline v0::optimizers {

/// What variables hold now, so that an update can be taken back where a condition doesn't hold: there are no branches
/// in a graph, so that both ways are one trace.
class Kept {
 public:
  explicit Kept(std::vector<Variable> variables) : variables_(std::move(variables)) {
    for (const Variable& each : variables_) before_.emplace_back(each);
  }

  void restore_unless(const Tensor& condition) {
    for (std::size_t i = 0; i < variables_.size(); ++i)
      variables_[i].assign(ops::where(condition, variables_[i], before_[i]));
  }

 private:
  std::vector<Variable> variables_;
  std::vector<Tensor> before_;
};

}  // namespace keratin::inline v0::optimizers
