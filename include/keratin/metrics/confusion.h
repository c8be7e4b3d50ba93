#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/metrics/metric.h"

/// Metrics that count true and false positives and negatives: y_pred counts as positive above a threshold, y_true where
/// it isn't 0. y_true and y_pred have the same shape (a trailing 1 more is dropped), else ShapeError. All entries count
/// one by one; sample_weight broadcasts against them. State is float32. Masks are not looked at, as in Keras.
namespace keratin::inline v0::metrics {

/// One threshold, a list of them, or none given. In [0, 1].
class KERATIN_API Thresholds {
 public:
  Thresholds() = default;
  Thresholds(double one) : all_{one} {}
  Thresholds(std::initializer_list<double> all) : all_(all), is_list_(true) {}
  Thresholds(std::vector<double> all) : all_(std::move(all)), is_list_(true) {}

  bool is_given() const noexcept { return is_list_ || !all_.empty(); }
  const std::vector<double>& all() const noexcept { return all_; }
  ConfigValue config() const;
  static Thresholds from_config(const ConfigValue& config);

 private:
  std::vector<double> all_;
  bool is_list_ = false;
};

struct ConfusionCountOptions {
  Thresholds thresholds = {};  ///< not given: 0.5
  std::string name = {};       ///< empty: that of the class in snake case
  std::optional<DType> dtype = std::nullopt;
};

/// What the four below have in common: their weighted number, for each threshold. The constructors throw ValueError for
/// thresholds outside of [0, 1].
class KERATIN_API ConfusionCount : public Metric {
 public:
  using Metric::update_state;
  void build() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  Tensor result() const override;
  Config config() const override;

 protected:
  enum class Kind : std::uint8_t { true_positives, false_positives, true_negatives, false_negatives };
  ConfusionCount(Kind kind, const char* class_name, ConfusionCountOptions options);

 private:
  Kind kind_;
  ConfusionCountOptions options_;
  std::vector<double> thresholds_;
  Variable accumulator_;
};

/// `keras.metrics.TruePositives`.
class KERATIN_API TruePositives : public ConfusionCount {
 public:
  explicit TruePositives(ConfusionCountOptions options = {});
  static TruePositives from_config(const Config& config);
};
/// `keras.metrics.FalsePositives`.
class KERATIN_API FalsePositives : public ConfusionCount {
 public:
  explicit FalsePositives(ConfusionCountOptions options = {});
  static FalsePositives from_config(const Config& config);
};
/// `keras.metrics.TrueNegatives`.
class KERATIN_API TrueNegatives : public ConfusionCount {
 public:
  explicit TrueNegatives(ConfusionCountOptions options = {});
  static TrueNegatives from_config(const Config& config);
};
/// `keras.metrics.FalseNegatives`.
class KERATIN_API FalseNegatives : public ConfusionCount {
 public:
  explicit FalseNegatives(ConfusionCountOptions options = {});
  static FalseNegatives from_config(const Config& config);
};

struct PrecisionOptions {
  Thresholds thresholds = {};                           ///< not given: 0.5; with top_k, none
  std::optional<std::int64_t> top_k = std::nullopt;     ///< only the k largest of a row can be positive
  std::optional<std::int64_t> class_id = std::nullopt;  ///< only this entry of the last dimension counts
  std::string name = {};                                ///< empty: "precision"
  std::optional<DType> dtype = std::nullopt;
};
/// true positives / (true positives + false positives), for each threshold; 0 where nothing was positive. The
/// constructor throws ValueError for thresholds outside of [0, 1] and top_k < 1. `keras.metrics.Precision`.
class KERATIN_API Precision : public Metric {
 public:
  explicit Precision(PrecisionOptions options = {});
  using Metric::update_state;
  void build() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  Tensor result() const override;
  Config config() const override;
  static Precision from_config(const Config& config);

 private:
  PrecisionOptions options_;
  std::vector<double> thresholds_;
  Variable true_positives_;
  Variable false_positives_;
};

using RecallOptions = PrecisionOptions;
/// true positives / (true positives + false negatives), for each threshold; 0 where no target was positive. The
/// constructor throws as Precision's. `keras.metrics.Recall`.
class KERATIN_API Recall : public Metric {
 public:
  explicit Recall(RecallOptions options = {});
  using Metric::update_state;
  void build() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  Tensor result() const override;
  Config config() const override;
  static Recall from_config(const Config& config);

 private:
  RecallOptions options_;
  std::vector<double> thresholds_;
  Variable true_positives_;
  Variable false_negatives_;
};

struct AtThresholdOptions {
  std::int64_t num_thresholds = 200;
  std::optional<std::int64_t> class_id = std::nullopt;
  std::string name = {};  ///< empty: that of the class in snake case
  std::optional<DType> dtype = std::nullopt;
};

/// What the four below have in common: the largest value of one rate where another reaches a bound, over
/// num_thresholds thresholds from 0 to 1. The constructors throw ValueError for a bound outside of [0, 1] and
/// num_thresholds < 1.
class KERATIN_API BestAtThreshold : public Metric {
 public:
  using Metric::update_state;
  void build() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  Tensor result() const override;
  Config config() const override;

 protected:
  enum class Rate : std::uint8_t { precision, recall, specificity };
  /// `bound_name` is the parameter's, as Keras has it.
  BestAtThreshold(const char* class_name, Rate wanted, Rate bounded, const char* bound_name, double bound,
                  AtThresholdOptions options);

 private:
  Tensor rate(Rate which) const;

  Rate wanted_;
  Rate bounded_;
  const char* bound_name_;
  double bound_;
  AtThresholdOptions options_;
  std::vector<double> thresholds_;
  Variable true_positives_;
  Variable false_positives_;
  Variable true_negatives_;
  Variable false_negatives_;
};

/// `keras.metrics.SensitivityAtSpecificity`.
class KERATIN_API SensitivityAtSpecificity : public BestAtThreshold {
 public:
  explicit SensitivityAtSpecificity(double specificity, AtThresholdOptions options = {});
  static SensitivityAtSpecificity from_config(const Config& config);
};
/// `keras.metrics.SpecificityAtSensitivity`.
class KERATIN_API SpecificityAtSensitivity : public BestAtThreshold {
 public:
  explicit SpecificityAtSensitivity(double sensitivity, AtThresholdOptions options = {});
  static SpecificityAtSensitivity from_config(const Config& config);
};
/// `keras.metrics.PrecisionAtRecall`.
class KERATIN_API PrecisionAtRecall : public BestAtThreshold {
 public:
  explicit PrecisionAtRecall(double recall, AtThresholdOptions options = {});
  static PrecisionAtRecall from_config(const Config& config);
};
/// `keras.metrics.RecallAtPrecision`.
class KERATIN_API RecallAtPrecision : public BestAtThreshold {
 public:
  explicit RecallAtPrecision(double precision, AtThresholdOptions options = {});
  static RecallAtPrecision from_config(const Config& config);
};

}  // namespace keratin::inline v0::metrics
