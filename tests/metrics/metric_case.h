#pragma once

#include <string_view>
#include <vector>

#include "support/recorded.h"

namespace keratin::test {

/// What a metric is given at a time, and its state and result after it, as Keras has them. Mean takes y_true alone.
struct MetricBatch {
  Values y_true;
  Values y_pred;
  Values weight;
  float total = 0.0f;
  float count = 0.0f;
  float result = 0.0f;
};

struct MetricCase {
  std::string_view metric;
  double threshold = 0.5;
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::vector<MetricBatch> batches = {};
};

}  // namespace keratin::test
