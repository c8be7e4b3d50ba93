#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/core/choice.h"
#include "keratin/metrics/reduction.h"

namespace keratin::inline v0 {

namespace detail {
struct ClassAggregationNames {
  enum Value : std::uint8_t { none, uniform_average, variance_weighted_average };
  static constexpr std::string_view names[] = {"none", "uniform_average", "variance_weighted_average"};
};
}  // namespace detail

namespace metrics {

/// (y_true − y_pred)². `keras.metrics.MeanSquaredError`.
class KERATIN_API MeanSquaredError : public SampleMean {
 public:
  explicit MeanSquaredError(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// The root of the mean of (y_true − y_pred)². Masks are not looked at, as in Keras.
/// `keras.metrics.RootMeanSquaredError`.
class KERATIN_API RootMeanSquaredError : public Mean {
 public:
  explicit RootMeanSquaredError(NameOptions options = {});
  using Mean::update_state;
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  Tensor result() const override;
};

/// |y_true − y_pred|. `keras.metrics.MeanAbsoluteError`.
class KERATIN_API MeanAbsoluteError : public SampleMean {
 public:
  explicit MeanAbsoluteError(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// 100 · |(y_true − y_pred) / y_true|. `keras.metrics.MeanAbsolutePercentageError`.
class KERATIN_API MeanAbsolutePercentageError : public SampleMean {
 public:
  explicit MeanAbsolutePercentageError(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// (log(y_true + 1) − log(y_pred + 1))². `keras.metrics.MeanSquaredLogarithmicError`.
class KERATIN_API MeanSquaredLogarithmicError : public SampleMean {
 public:
  explicit MeanSquaredLogarithmicError(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// log(cosh(y_pred − y_true)). `keras.metrics.LogCoshError`.
class KERATIN_API LogCoshError : public SampleMean {
 public:
  explicit LogCoshError(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

struct CosineSimilarityOptions {
  std::string name = "cosine_similarity";
  std::optional<DType> dtype = std::nullopt;
  std::int64_t axis = -1;
};
/// The cosine of the angle between y_true and y_pred along the axis (the loss of this name is its negative).
/// `keras.metrics.CosineSimilarity`.
class KERATIN_API CosineSimilarity : public SampleMean {
 public:
  explicit CosineSimilarity(CosineSimilarityOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;
  static CosineSimilarity from_config(const Config& config);

 private:
  CosineSimilarityOptions options_;
};

struct PearsonCorrelationOptions {
  std::string name = "pearson_correlation";
  std::optional<DType> dtype = std::nullopt;
  std::int64_t axis = -1;
};
/// The correlation of y_true and y_pred along the axis. `keras.metrics.PearsonCorrelation`.
class KERATIN_API PearsonCorrelation : public SampleMean {
 public:
  explicit PearsonCorrelation(PearsonCorrelationOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;
  static PearsonCorrelation from_config(const Config& config);

 private:
  PearsonCorrelationOptions options_;
};

struct ConcordanceCorrelationOptions {
  std::string name = "concordance_correlation";
  std::optional<DType> dtype = std::nullopt;
  std::int64_t axis = -1;
};
/// How near y_true and y_pred are to the line y_true = y_pred, as Keras computes it along the axis.
/// `keras.metrics.ConcordanceCorrelation`.
class KERATIN_API ConcordanceCorrelation : public SampleMean {
 public:
  explicit ConcordanceCorrelation(ConcordanceCorrelationOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;
  static ConcordanceCorrelation from_config(const Config& config);

 private:
  ConcordanceCorrelationOptions options_;
};

/// What R2Score makes of the scores of several outputs; none, which is Keras's None: a score for each.
class KERATIN_API ClassAggregation : public Choice<keratin::detail::ClassAggregationNames> {
 public:
  KERATIN_CHOICE_NAMES(ClassAggregation, keratin::detail::ClassAggregationNames, "class aggregation")
  constexpr ClassAggregation(std::nullopt_t) noexcept : Choice(none) {}
  ConfigValue config() const;
  static ClassAggregation from_config(const ConfigValue& config);
};

struct R2ScoreOptions {
  ClassAggregation class_aggregation = ClassAggregation::uniform_average;
  std::int64_t num_regressors = 0;
  std::string name = "r2_score";
  std::optional<DType> dtype = std::nullopt;
};
/// 1 − Σ (y_true − y_pred)² / Σ (y_true − mean)², adjusted for num_regressors where there are more values than those
/// (else not). y_true, y_pred (batch, outputs), else ShapeError at the first update. Throws ValueError for a negative
/// num_regressors. `keras.metrics.R2Score`.
class KERATIN_API R2Score : public Metric {
 public:
  explicit R2Score(R2ScoreOptions options = {});
  using Metric::update_state;
  void build() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  /// Throws ValueError before the first update.
  Tensor result() const override;
  Config config() const override;
  static R2Score from_config(const Config& config);

 protected:
  void build_like(const Metric& other) override;

 private:
  void build_sums(std::int64_t outputs);
  Tensor adjusted(const Tensor& score) const;

  R2ScoreOptions options_;
  Variable num_samples_;
  Variable squared_sum_;
  Variable sum_;
  Variable residual_;
  Variable count_;
};

}  // namespace metrics
}  // namespace keratin::inline v0
