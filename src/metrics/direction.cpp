#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <typeinfo>

#include "core/class_name.h"
#include "keratin/metrics/metric.h"

namespace keratin::inline v0 {
namespace {

constexpr std::string_view up[] = {"AUC",
                                   "Accuracy",
                                   "BinaryAccuracy",
                                   "BinaryIoU",
                                   "F1Score",
                                   "CategoricalAccuracy",
                                   "ConcordanceCorrelation",
                                   "CosineSimilarity",
                                   "FBetaScore",
                                   "IoU",
                                   "MeanIoU",
                                   "OneHotIoU",
                                   "OneHotMeanIoU",
                                   "PearsonCorrelation",
                                   "Precision",
                                   "PrecisionAtRecall",
                                   "R2Score",
                                   "Recall",
                                   "RecallAtPrecision",
                                   "SensitivityAtSpecificity",
                                   "SparseCategoricalAccuracy",
                                   "SparseTopKCategoricalAccuracy",
                                   "SpecificityAtSensitivity",
                                   "TopKCategoricalAccuracy"};

constexpr std::string_view down[] = {"BinaryCrossentropy",
                                     "CategoricalCrossentropy",
                                     "CategoricalHinge",
                                     "Hinge",
                                     "KLDivergence",
                                     "LogCoshError",
                                     "MeanAbsoluteError",
                                     "MeanAbsolutePercentageError",
                                     "MeanSquaredError",
                                     "MeanSquaredLogarithmicError",
                                     "Poisson",
                                     "RootMeanSquaredError",
                                     "SparseCategoricalCrossentropy",
                                     "SquaredHinge"};

}  // namespace

Metric::Direction Metric::direction() const {
  const std::string name = core::class_name(typeid(*this));
  if (std::ranges::find(up, name) != std::end(up)) return Direction::up;
  return std::ranges::find(down, name) != std::end(down) ? Direction::down : Direction::unknown;
}

}  // namespace keratin::inline v0
