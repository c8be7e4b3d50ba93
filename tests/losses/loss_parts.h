#pragma once

#include <span>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/losses/losses.h"
#include "keratin/session/session.h"
#include "losses/loss_case.h"

namespace keratin::test {

/// The loss of the case, made as files' losses are.
LossSpec loss_spec(const LossCase& given);

/// The loss of the case, of inputs y_true, y_pred and, if there are three, sample_weight.
Tensor loss_of(const LossCase& given, std::span<const Tensor> inputs);

}  // namespace keratin::test
