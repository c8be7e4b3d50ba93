#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "support/recorded.h"

namespace keratin::test {

/// A loss with its options, what it is called with, and what Keras gives.
struct LossCase {
  std::string_view loss;
  std::string_view activation = {};  ///< y_pred is what it makes of the number given as y_pred
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  bool from_logits = false;
  std::string_view reduction = "sum_over_batch_size";
  Values y_true = {};
  Values y_pred = {};
  Values weight = {};
  Values expected = {};
};

}  // namespace keratin::test
