#pragma once

#include <string>
#include <vector>

#include "keratin/core/config.h"
#include "support/recorded.h"

namespace keratin::test {

/// What a metric is given at a time, and its states and result after it, as Keras has them. Mean and Sum take y_true
/// alone, and their mask is its.
struct MetricBatch {
  Values y_true = {};
  Values y_pred = {};
  Values weight = {};
  Values mask = {};                ///< 1 for the rows that count
  std::vector<float> states = {};  ///< all of them, one after the other
  Values result = {};
};

struct MetricCase {
  std::string metric;
  Config config = {};  ///< as get_config gives it
  std::vector<std::string> states = {};
  std::vector<MetricBatch> batches = {};

  /// Its description, as files have it.
  Config object() const { return {{"class_name", metric}, {"config", config}}; }
};

}  // namespace keratin::test
