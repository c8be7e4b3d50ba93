#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "keratin/core/callable.h"
#include "keratin/core/export.h"
#include "keratin/metrics/metric.h"

namespace keratin::inline v0::metrics {

struct MeanOptions {
  std::string name = "mean";
};

/// The weighted mean of all values it is given (as y_true: `update_state(values, {}, sample_weight)`).
class KERATIN_API Mean : public Metric {
 public:
  explicit Mean(MeanOptions options = {});
  void build() override;
  void update_state(const Tensor& values, const Tensor& unused, const Tensor& sample_weight) override;
  Tensor result() const override;

 protected:
  void add(const Tensor& values, const Tensor& sample_weight);

 private:
  Variable total_;
  Variable count_;
};

/// The mean of a function of (y_true, y_pred) that gives a value for each sample. `keras.metrics.MeanMetricWrapper`.
class KERATIN_API MeanMetricWrapper : public Mean {
 public:
  using Function = Callable<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  MeanMetricWrapper(Function function, std::string name);
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override;

 private:
  Function function_;
};

struct BinaryAccuracyOptions {
  std::string name = "binary_accuracy";
  double threshold = 0.5;
};
/// How often y_pred > threshold is y_true (0 or 1).
class KERATIN_API BinaryAccuracy : public MeanMetricWrapper {
 public:
  explicit BinaryAccuracy(BinaryAccuracyOptions options = {});
};

struct NameOptions {
  std::string name = {};  ///< empty: Keras's name of the class
};
/// How often y_pred equals y_true.
class KERATIN_API Accuracy : public MeanMetricWrapper {
 public:
  explicit Accuracy(NameOptions options = {});
};
/// How often the largest of y_pred stands where the largest of y_true (one-hot) does.
class KERATIN_API CategoricalAccuracy : public MeanMetricWrapper {
 public:
  explicit CategoricalAccuracy(NameOptions options = {});
};
/// How often the largest of y_pred stands at y_true (a class number).
class KERATIN_API SparseCategoricalAccuracy : public MeanMetricWrapper {
 public:
  explicit SparseCategoricalAccuracy(NameOptions options = {});
};
class KERATIN_API MeanSquaredError : public MeanMetricWrapper {
 public:
  explicit MeanSquaredError(NameOptions options = {});
};
class KERATIN_API MeanAbsoluteError : public MeanMetricWrapper {
 public:
  explicit MeanAbsoluteError(NameOptions options = {});
};

struct CrossentropyOptions {
  std::string name = {};  ///< empty: Keras's name of the class
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
};
class KERATIN_API CategoricalCrossentropy : public MeanMetricWrapper {
 public:
  explicit CategoricalCrossentropy(CrossentropyOptions options = {});
};
/// label_smoothing must be 0.
class KERATIN_API SparseCategoricalCrossentropy : public MeanMetricWrapper {
 public:
  explicit SparseCategoricalCrossentropy(CrossentropyOptions options = {});
};
class KERATIN_API BinaryCrossentropy : public MeanMetricWrapper {
 public:
  explicit BinaryCrossentropy(CrossentropyOptions options = {});
};

/// A metric of the user's own: the mean of a function of (y_true, y_pred).
inline MeanMetricWrapper custom(std::string name, MeanMetricWrapper::Function function) {
  return {std::move(function), std::move(name)};
}

}  // namespace keratin::inline v0::metrics
