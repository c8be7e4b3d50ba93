#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/core/choice.h"
#include "keratin/metrics/metric.h"

namespace keratin::inline v0 {

namespace detail {
struct FScoreAverageNames {
  enum Value : std::uint8_t { none, micro, macro, weighted };
  static constexpr std::string_view names[] = {"none", "micro", "macro", "weighted"};
};
}  // namespace detail

namespace metrics {

/// How scores of classes become one: none (Keras's None) leaves them; micro counts over all classes; macro is their
/// mean; weighted by how many each has.
class KERATIN_API FScoreAverage : public Choice<keratin::detail::FScoreAverageNames> {
 public:
  KERATIN_CHOICE_NAMES(FScoreAverage, keratin::detail::FScoreAverageNames, "average")
  constexpr FScoreAverage(std::nullopt_t) noexcept : Choice(none) {}
  ConfigValue config() const;
  static FScoreAverage from_config(const ConfigValue& config);
};

struct FBetaScoreOptions {
  FScoreAverage average = FScoreAverage::none;
  double beta = 1.0;
  /// What y_pred must exceed to count as 1; not given: the largest of a row does.
  std::optional<double> threshold = std::nullopt;
  std::string name = "fbeta_score";
  std::optional<DType> dtype = std::nullopt;
};
/// (1 + β²) · precision · recall / (β² · precision + recall). y_true (one-hot), y_pred (batch, classes), else
/// ShapeError at the first update. Throws ValueError for a beta that isn't positive and a threshold outside of (0, 1].
/// `keras.metrics.FBetaScore`.
class KERATIN_API FBetaScore : public Metric {
 public:
  explicit FBetaScore(FBetaScoreOptions options = {});
  using Metric::update_state;
  void build() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  /// Throws ValueError before the first update.
  Tensor result() const override;
  Config config() const override;
  static FBetaScore from_config(const Config& config);

 protected:
  void build_like(const Metric& other) override;
  const FBetaScoreOptions& options() const noexcept { return options_; }

 private:
  void build_counts(const Shape& shape);

  FBetaScoreOptions options_;
  Variable true_positives_;
  Variable false_positives_;
  Variable false_negatives_;
  Variable intermediate_weights_;
};

struct F1ScoreOptions {
  FScoreAverage average = FScoreAverage::none;
  std::optional<double> threshold = std::nullopt;
  std::string name = "f1_score";
  std::optional<DType> dtype = std::nullopt;
};
/// FBetaScore with β = 1. `keras.metrics.F1Score`.
class KERATIN_API F1Score : public FBetaScore {
 public:
  explicit F1Score(F1ScoreOptions options = {});
  Config config() const override;
  static F1Score from_config(const Config& config);
};

}  // namespace metrics
}  // namespace keratin::inline v0
