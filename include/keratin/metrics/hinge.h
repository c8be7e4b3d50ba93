#pragma once

#include "keratin/metrics/reduction.h"

/// Means of the hinge losses of the same names.
namespace keratin::inline v0::metrics {

/// max(1 − y_true · y_pred, 0); targets are −1 or 1 (0 and 1 are taken so). `keras.metrics.Hinge`.
class KERATIN_API Hinge : public SampleMean {
 public:
  explicit Hinge(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// max(1 − y_true · y_pred, 0)². `keras.metrics.SquaredHinge`.
class KERATIN_API SquaredHinge : public SampleMean {
 public:
  explicit SquaredHinge(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// How far the largest score of another class, plus 1, is above that of the target's. `keras.metrics.CategoricalHinge`.
class KERATIN_API CategoricalHinge : public SampleMean {
 public:
  explicit CategoricalHinge(NameOptions options = {});
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override;
};

}  // namespace keratin::inline v0::metrics
