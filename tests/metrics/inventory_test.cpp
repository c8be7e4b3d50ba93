// Keras's metrics and their parameters (tests/data/keras_metrics.txt) against ours.
#include "support/inventory.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "metrics/options.h"

namespace {

using namespace keratin;
using namespace keratin::metrics;
using test::declared;
using test::InventoryClass;

/// A metric of a name and a dtype alone: an empty name stands for that of the class.
template <class T>
InventoryClass simple() {
  const T metric;
  return declared(metric.class_name(), name_options, NameOptions{.name = metric.name()});
}

std::vector<InventoryClass> of_counts() {
  std::vector<InventoryClass> all;
  for (const char* const name : {"FalseNegatives", "FalsePositives", "TrueNegatives", "TruePositives"})
    all.push_back(declared(name, confusion_count_options, ConfusionCountOptions()));
  for (const char* const name : {"Precision", "Recall"})
    all.push_back(declared(name, precision_options, PrecisionOptions()));
  const auto at_threshold = [&](const char* name, const char* bound) {
    all.push_back(declared(name, at_threshold_options, bound, 0.5, AtThresholdOptions()));
  };
  at_threshold("PrecisionAtRecall", "recall");
  at_threshold("RecallAtPrecision", "precision");
  at_threshold("SensitivityAtSpecificity", "specificity");
  at_threshold("SpecificityAtSensitivity", "sensitivity");
  all.push_back(declared("AUC", auc_options, AUCOptions()));
  return all;
}

std::vector<InventoryClass> of_overlaps() {
  const std::int64_t classes = 3;
  const std::vector<std::int64_t> ids{1};
  return {declared("BinaryIoU", binary_iou_options, BinaryIoUOptions()),
          declared("IoU", iou_options, classes, ids, IoUOptions()),
          declared("MeanIoU", mean_iou_options, classes, MeanIoUOptions()),
          declared("OneHotIoU", one_hot_iou_options, classes, ids, OneHotIoUOptions()),
          declared("OneHotMeanIoU", one_hot_mean_iou_options, classes, OneHotMeanIoUOptions())};
}

std::vector<InventoryClass> of_means() {
  InventoryClass wrapper = declared("MeanMetricWrapper", name_options, MeanMetricWrapperOptions());
  wrapper.parameters.insert(wrapper.parameters.begin(), {.name = "fn"});
  return {
      std::move(wrapper),
      declared("BinaryAccuracy", binary_accuracy_options, BinaryAccuracyOptions()),
      declared("BinaryCrossentropy", binary_crossentropy_options, BinaryCrossentropyOptions()),
      declared("CategoricalCrossentropy", categorical_crossentropy_options, CategoricalCrossentropyOptions()),
      declared("ConcordanceCorrelation", axis_options, ConcordanceCorrelationOptions()),
      declared("CosineSimilarity", cosine_similarity_options, CosineSimilarityOptions()),
      declared("F1Score", f1_score_options, F1ScoreOptions()),
      declared("FBetaScore", f_beta_score_options, FBetaScoreOptions()),
      declared("PearsonCorrelation", axis_options, PearsonCorrelationOptions()),
      declared("R2Score", r2_score_options, R2ScoreOptions()),
      declared("SparseCategoricalCrossentropy", sparse_crossentropy_options, SparseCategoricalCrossentropyOptions()),
      declared("SparseTopKCategoricalAccuracy", sparse_top_k_options, SparseTopKCategoricalAccuracyOptions()),
      declared("TopKCategoricalAccuracy", top_k_options, TopKCategoricalAccuracyOptions())};
}

TEST(MetricInventory, HasKerasMetricsAndParameters) {
  std::vector<InventoryClass> all{simple<Accuracy>(),
                                  simple<CategoricalAccuracy>(),
                                  simple<CategoricalHinge>(),
                                  simple<Hinge>(),
                                  simple<KLDivergence>(),
                                  simple<LogCoshError>(),
                                  simple<Mean>(),
                                  simple<MeanAbsoluteError>(),
                                  simple<MeanAbsolutePercentageError>(),
                                  simple<MeanSquaredError>(),
                                  simple<MeanSquaredLogarithmicError>(),
                                  simple<Poisson>(),
                                  simple<RootMeanSquaredError>(),
                                  simple<SparseCategoricalAccuracy>(),
                                  simple<SquaredHinge>(),
                                  simple<Sum>()};
  for (const auto& some : {of_counts(), of_overlaps(), of_means()}) all.insert(all.end(), some.begin(), some.end());
  test::expect_keras_classes("metrics", all);
}

}  // namespace
