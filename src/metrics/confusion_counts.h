#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "keratin/metrics/confusion.h"
#include "keratin/session/variable.h"

namespace keratin::inline v0::metrics {

/// Below all thresholds that can be given: what the predictions beyond the k largest are set to.
inline constexpr double negative_infinity = -1e10;

/// Where the numbers go, each of shape (thresholds,), or (thresholds, labels) with multi_label. Empty: not counted.
struct ConfusionCounts {
  Variable true_positives = {};
  Variable false_positives = {};
  Variable true_negatives = {};
  Variable false_negatives = {};
};

/// What is counted, and how.
struct ConfusionRule {
  std::span<const double> thresholds;
  /// Whether they lie evenly from 0 to 1 (those two may be a little further out): then the number of those below a
  /// score is computed, not counted, and scores count as the nearest in [0, 1].
  bool are_even = false;
  std::optional<std::int64_t> top_k = std::nullopt;
  std::optional<std::int64_t> class_id = std::nullopt;
  bool multi_label = false;
  Tensor label_weights = {};  ///< (labels,); empty: none
};

/// The weighted numbers of (y_true is positive or not, y_pred is above a threshold or not) for each threshold, added to
/// the counts. Keras's update_confusion_matrix_variables.
void add_confusion(const Metric& metric, const ConfusionCounts& counts, const ConfusionRule& rule, const Tensor& y_true,
                   const Tensor& y_pred, const Tensor& sample_weight);

/// Whether it lies in [0, 1]; not so for NaN.
bool is_share(double number);
/// Those given, or the default. Throws ValueError outside of [0, 1] and for an empty list.
std::vector<double> checked_thresholds(const char* class_name, const Thresholds& given, double fallback);
/// Whether there are at least three, from 0 to 1 at even distances.
bool evenly_distributed(std::span<const double> thresholds);
/// `count` of them from 0 to 1.
std::vector<double> even_thresholds(std::int64_t count);
/// x / (x + y), 0 where both are.
Tensor share(const Tensor& x, const Tensor& y);

}  // namespace keratin::inline v0::metrics
