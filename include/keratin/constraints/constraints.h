#pragma once

#include "keratin/constraints/constraint.h"
#include "keratin/ops/axes.h"

/// `keras.constraints`. Norms are taken along `axis`: 0 for a Dense kernel, {0, 1, 2} for one of Conv2D, so that each
/// unit's incoming weights have one. ValueError for an axis that the weight doesn't have.
namespace keratin::inline v0::constraints {

struct MaxNormOptions {
  double max_value = 2.0;
  Axes axis = 0;
};
/// Norms of at most max_value. Throws ValueError if that is negative.
class KERATIN_API MaxNorm : public Constraint {
 public:
  explicit MaxNorm(MaxNormOptions options = {});
  Tensor operator()(const Tensor& weights) const override;
  Config config() const override;

 private:
  MaxNormOptions options_;
};

/// Negative weights become 0.
class KERATIN_API NonNeg : public Constraint {
 public:
  Tensor operator()(const Tensor& weights) const override;
};

struct UnitNormOptions {
  Axes axis = 0;
};
/// Norms of 1.
class KERATIN_API UnitNorm : public Constraint {
 public:
  explicit UnitNorm(UnitNormOptions options = {}) : options_(options) {}
  Tensor operator()(const Tensor& weights) const override;
  Config config() const override;

 private:
  UnitNormOptions options_;
};

struct MinMaxNormOptions {
  double min_value = 0.0;
  double max_value = 1.0;
  double rate = 1.0;
  Axes axis = 0;
};
/// Norms go a share `rate` of their way into [min_value, max_value]. Throws ValueError if min_value is negative or
/// above max_value, or rate isn't in [0, 1].
class KERATIN_API MinMaxNorm : public Constraint {
 public:
  explicit MinMaxNorm(MinMaxNormOptions options = {});
  Tensor operator()(const Tensor& weights) const override;
  Config config() const override;

 private:
  MinMaxNormOptions options_;
};

using max_norm = MaxNorm;
using non_neg = NonNeg;
using unit_norm = UnitNorm;
using min_max_norm = MinMaxNorm;

}  // namespace keratin::inline v0::constraints
