#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/metrics/reduction.h"

/// Metrics that count hits. y_pred (batch, …, classes) and, where targets are class numbers, y_true (batch, …) or
/// (batch, …, 1).
namespace keratin::inline v0::metrics {

/// How often y_pred equals y_true. `keras.metrics.Accuracy`.
class KERATIN_API Accuracy : public SampleMean {
 public:
  explicit Accuracy(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

struct BinaryAccuracyOptions {
  std::string name = "binary_accuracy";
  std::optional<DType> dtype = std::nullopt;
  double threshold = 0.5;
};
/// How often y_pred > threshold is y_true (0 or 1). Throws ValueError for a threshold that isn't a number.
/// `keras.metrics.BinaryAccuracy`.
class KERATIN_API BinaryAccuracy : public SampleMean {
 public:
  explicit BinaryAccuracy(BinaryAccuracyOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;
  static BinaryAccuracy from_config(const Config& config);

 private:
  BinaryAccuracyOptions options_;
};

/// How often the largest of y_pred stands where the largest of y_true (one-hot) does.
/// `keras.metrics.CategoricalAccuracy`.
class KERATIN_API CategoricalAccuracy : public SampleMean {
 public:
  explicit CategoricalAccuracy(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// How often the largest of y_pred stands at y_true (a class number). `keras.metrics.SparseCategoricalAccuracy`.
class KERATIN_API SparseCategoricalAccuracy : public SampleMean {
 public:
  explicit SparseCategoricalAccuracy(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

struct TopKCategoricalAccuracyOptions {
  std::int64_t k = 5;
  std::string name = "top_k_categorical_accuracy";
  std::optional<DType> dtype = std::nullopt;
};
/// How often the class of y_true (one-hot) is among the k that y_pred holds likeliest; ties count as in. Throws
/// ValueError for k < 1. `keras.metrics.TopKCategoricalAccuracy`.
class KERATIN_API TopKCategoricalAccuracy : public SampleMean {
 public:
  explicit TopKCategoricalAccuracy(TopKCategoricalAccuracyOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;
  static TopKCategoricalAccuracy from_config(const Config& config);

 private:
  TopKCategoricalAccuracyOptions options_;
};

struct SparseTopKCategoricalAccuracyOptions {
  std::int64_t k = 5;
  std::string name = "sparse_top_k_categorical_accuracy";
  std::optional<DType> dtype = std::nullopt;
  bool from_sorted_ids = false;
};
/// The same for class numbers. With from_sorted_ids, y_pred (batch, …, ids) lists class numbers, likeliest first.
/// `keras.metrics.SparseTopKCategoricalAccuracy`.
class KERATIN_API SparseTopKCategoricalAccuracy : public SampleMean {
 public:
  explicit SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;
  static SparseTopKCategoricalAccuracy from_config(const Config& config);

 private:
  SparseTopKCategoricalAccuracyOptions options_;
};

}  // namespace keratin::inline v0::metrics
