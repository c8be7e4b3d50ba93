#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/metrics/reduction.h"

/// Means of the losses of the same names, which say what they take.
namespace keratin::inline v0::metrics {

/// Σ y_true · log(y_true / y_pred). `keras.metrics.KLDivergence`.
class KERATIN_API KLDivergence : public SampleMean {
 public:
  explicit KLDivergence(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// y_pred − y_true · log(y_pred). `keras.metrics.Poisson`.
class KERATIN_API Poisson : public SampleMean {
 public:
  explicit Poisson(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

struct BinaryCrossentropyOptions {
  std::string name = "binary_crossentropy";
  std::optional<DType> dtype = std::nullopt;
  bool from_logits = false;
  double label_smoothing = 0.0;
};
/// Throws ValueError for a label_smoothing outside of [0, 1]. `keras.metrics.BinaryCrossentropy`.
class KERATIN_API BinaryCrossentropy : public SampleMean {
 public:
  explicit BinaryCrossentropy(BinaryCrossentropyOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;
  static BinaryCrossentropy from_config(const Config& config);

 private:
  BinaryCrossentropyOptions options_;
};

struct CategoricalCrossentropyOptions {
  std::string name = "categorical_crossentropy";
  std::optional<DType> dtype = std::nullopt;
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
};
/// Throws ValueError for a label_smoothing outside of [0, 1]. `keras.metrics.CategoricalCrossentropy`.
class KERATIN_API CategoricalCrossentropy : public SampleMean {
 public:
  explicit CategoricalCrossentropy(CategoricalCrossentropyOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;
  static CategoricalCrossentropy from_config(const Config& config);

 private:
  CategoricalCrossentropyOptions options_;
};

struct SparseCategoricalCrossentropyOptions {
  std::string name = "sparse_categorical_crossentropy";
  std::optional<DType> dtype = std::nullopt;
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class = std::nullopt;
  std::int64_t axis = -1;
};
/// Targets of the class ignore_class add 0 and, without sample weights, count all the same, as in Keras.
/// `keras.metrics.SparseCategoricalCrossentropy`.
class KERATIN_API SparseCategoricalCrossentropy : public SampleMean {
 public:
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;
  static SparseCategoricalCrossentropy from_config(const Config& config);

 private:
  SparseCategoricalCrossentropyOptions options_;
};

}  // namespace keratin::inline v0::metrics
