#pragma once

#include <string_view>
#include <vector>

#include "keratin/core/config.h"
#include "support/recorded.h"

namespace keratin::test {

/// A loss with its options, what it is called with, and what Keras gives.
struct LossCase {
  std::string_view loss;
  std::string_view activation = {};  ///< y_pred is what it makes of the number given as y_pred
  Config config = {};                ///< options, as get_config gives them
  Values y_true = {};
  Values y_pred = {};
  Values weight = {};
  Values mask = {};  ///< of y_pred: 1 for what counts
  Values expected = {};
};

/// What Keras's get_config gives for a loss of these options.
struct LossConfigCase {
  std::string_view loss;
  Config given = {};
  Config expected = {};
};

}  // namespace keratin::test
