#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/core/choice.h"
#include "keratin/metrics/confusion.h"

namespace keratin::inline v0 {

namespace detail {
struct AUCCurveNames {
  enum Value : std::uint8_t { ROC, PR, PRGAIN };
  static constexpr std::string_view names[] = {"ROC", "PR", "PRGAIN", "roc", "pr", "prgain"};
};
struct AUCSummationMethodNames {
  enum Value : std::uint8_t { interpolation, majoring, minoring };
  static constexpr std::string_view names[] = {"interpolation", "majoring", "minoring",
                                               "Interpolation", "Majoring", "Minoring"};
};
}  // namespace detail

namespace metrics {

/// "ROC": true positives over false positives. "PR": precision over recall. "PRGAIN": their gains.
class AUCCurve : public Choice<keratin::detail::AUCCurveNames> {
 public:
  KERATIN_CHOICE_NAMES(AUCCurve, keratin::detail::AUCCurveNames, "AUC curve")

 private:
  // Names come twice, in capitals and not.
  static constexpr Value value_of(std::string_view name) noexcept {
    return static_cast<Value>(static_cast<int>(Choice::value_of(name)) % 3);
  }
};

/// What lies between two points of the curve: the trapezoid ("interpolation"; for "PR" Davis's and Goadrich's curve),
/// or the larger ("majoring") or smaller ("minoring") of the two heights.
class AUCSummationMethod : public Choice<keratin::detail::AUCSummationMethodNames> {
 public:
  KERATIN_CHOICE_NAMES(AUCSummationMethod, keratin::detail::AUCSummationMethodNames, "AUC summation method")

 private:
  static constexpr Value value_of(std::string_view name) noexcept {
    return static_cast<Value>(static_cast<int>(Choice::value_of(name)) % 3);
  }
};

struct AUCOptions {
  std::int64_t num_thresholds = 200;
  AUCCurve curve = AUCCurve::ROC;
  AUCSummationMethod summation_method = AUCSummationMethod::interpolation;
  std::string name = {};  ///< empty: "auc"
  std::optional<DType> dtype = std::nullopt;
  Thresholds thresholds = {};  ///< instead of num_thresholds; 0 and 1 are added
  bool multi_label = false;    ///< an area for each label of (batch, labels), then their mean
  std::optional<std::int64_t> num_labels = std::nullopt;
  std::vector<double> label_weights = {};  ///< empty: none
  bool from_logits = false;
};
/// The area under a curve, from num_thresholds points of it. The constructor throws ValueError for num_thresholds < 2,
/// thresholds outside of [0, 1], and num_labels without multi_label; an update ShapeError for y_pred of another rank
/// than 2 with multi_label, or other labels than label_weights has. `keras.metrics.AUC`.
class KERATIN_API AUC : public Metric {
 public:
  explicit AUC(AUCOptions options = {});
  using Metric::update_state;
  void build() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  /// Throws ValueError before the first update, where the number of labels isn't known before.
  Tensor result() const override;
  Config config() const override;
  static AUC from_config(const Config& config);

 protected:
  void build_like(const Metric& other) override;

 private:
  void build_counts(const Shape& shape);
  void check_labels(const Shape& y_pred) const;
  Tensor label_weights() const;
  Tensor total_of(const Tensor& areas) const;
  Tensor interpolated_precision_recall() const;

  AUCOptions options_;
  std::vector<double> thresholds_;
  bool are_even_ = true;
  Variable true_positives_;
  Variable false_positives_;
  Variable true_negatives_;
  Variable false_negatives_;
};

}  // namespace metrics
}  // namespace keratin::inline v0
