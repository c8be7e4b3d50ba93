#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keratin/core/config.h"

namespace keratin::test {

/// An optimizer, and what Keras has after 5 steps.
struct OptimizerCase {
  std::string_view class_name;
  Config options;
  std::string_view config = {};  ///< get_config(), printed; empty: not recorded
  std::vector<std::string> not_decaying = {};
  int infinite_at = -1;  ///< the step that has an infinite gradient
  /// Shape and values of the three weights and then of the optimizer's variables.
  std::vector<std::string_view> variables = {};
};

struct ScheduleCase {
  Config description;
  std::string_view config;   ///< get_config(), printed
  std::vector<float> rates;  ///< of the steps from 0 on
};

}  // namespace keratin::test
