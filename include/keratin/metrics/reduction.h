#pragma once

#include <optional>
#include <string>
#include <utility>

#include "keratin/core/callable.h"
#include "keratin/core/export.h"
#include "keratin/metrics/metric.h"

namespace keratin::inline v0::metrics {

/// Options of the metrics that have no others.
struct NameOptions {
  std::string name = {};  ///< empty: Keras's name of the class
  std::optional<DType> dtype = std::nullopt;
};

/// The sum of all values it is given, each times its weight: `update_state(values, sample_weight)`.
/// `keras.metrics.Sum`.
class KERATIN_API Sum : public Metric {
 public:
  explicit Sum(NameOptions options = {});
  using Metric::update_state;
  void build() override;
  /// Weights are the second argument, as Keras has it, or the third; ValueError for both.
  void update_state(const Tensor& values, const Tensor& weight, const Tensor& sample_weight) override;
  Tensor result() const override;

 private:
  Variable total_;
};

using MeanOptions = NameOptions;
/// The weighted mean of all values it is given, of which each row counts as one: `update_state(values, sample_weight)`.
/// 0 before the first. `keras.metrics.Mean`.
class KERATIN_API Mean : public Metric {
 public:
  explicit Mean(MeanOptions options = {});
  using Metric::update_state;
  void build() override;
  /// Weights are the second argument, as Keras has it, or the third; ValueError for both.
  void update_state(const Tensor& values, const Tensor& weight, const Tensor& sample_weight) override;
  Tensor result() const override;

 protected:
  /// An empty name is made of the class's.
  Mean(std::string name, std::optional<DType> dtype);
  void add(const Tensor& values, const Tensor& sample_weight);

 private:
  Variable total_;
  Variable count_;
};

/// The weighted mean of a value for each sample, which a derived class says. Rows that y_pred's mask leaves out don't
/// count.
class KERATIN_API SampleMean : public Mean {
 public:
  using Mean::update_state;
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;
  /// A value for each sample, or for each of its positions, whose mean is taken: (batch, …).
  virtual Tensor values(const Tensor& y_true, const Tensor& y_pred) const = 0;

 protected:
  explicit SampleMean(std::string name, std::optional<DType> dtype = std::nullopt);
};

struct MeanMetricWrapperOptions {
  std::string name = {};  ///< empty: "mean_metric_wrapper"
  std::optional<DType> dtype = std::nullopt;
};

/// The weighted mean of what a function of (y_true, y_pred) gives. `keras.metrics.MeanMetricWrapper`; what Keras takes
/// as further keywords, the function holds.
class KERATIN_API MeanMetricWrapper : public SampleMean {
 public:
  using Function = ::keratin::detail::TwoTensors;
  /// Throws ValueError for an empty function. `function_name`: what descriptions call it; empty: as the metric.
  MeanMetricWrapper(Function function, MeanMetricWrapperOptions options = {}, std::string function_name = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;
  /// Of a function of `keras.losses` or `keras.metrics`, or one in custom_objects. Throws ValueError for others.
  static MeanMetricWrapper from_config(const Config& config);
  /// The same, called as the function is.
  static MeanMetricWrapper of_function(const std::string& name);
  const std::string& function_name() const noexcept { return function_name_; }

 private:
  Function function_;
  std::string function_name_;
};

/// A metric of the user's own: the mean of a function of (y_true, y_pred).
inline MeanMetricWrapper custom(std::string name, MeanMetricWrapper::Function function) {
  return {std::move(function), {.name = std::move(name)}};
}

}  // namespace keratin::inline v0::metrics
