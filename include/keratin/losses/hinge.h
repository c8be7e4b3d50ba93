#pragma once

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/losses/loss.h"

/// Losses of margins, as classes and as the functions behind them: y_true, y_pred (batch, …, n) → (batch, …). y_true is
/// cast to y_pred's dtype; a trailing 1 that one of the two has more is dropped or given to both. They throw ShapeError
/// where the shapes don't broadcast.
namespace keratin::inline v0::losses {

KERATIN_API Tensor hinge(const Tensor& y_true, const Tensor& y_pred);
KERATIN_API Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred);
KERATIN_API Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred);

/// max(1 − y_true · y_pred, 0), averaged along the last axis. y_true is −1 or 1; where all of it is 0 or 1, 0 stands
/// for −1. `keras.losses.Hinge`.
class KERATIN_API Hinge : public Loss {
 public:
  explicit Hinge(LossOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// max(1 − y_true · y_pred, 0)², averaged along the last axis, for y_true as Hinge takes it.
/// `keras.losses.SquaredHinge`.
class KERATIN_API SquaredHinge : public Loss {
 public:
  explicit SquaredHinge(LossOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// max(neg − pos + 1, 0) for one-hot targets: pos is the score of the class, neg the greatest of the others'.
/// `keras.losses.CategoricalHinge`.
class KERATIN_API CategoricalHinge : public Loss {
 public:
  explicit CategoricalHinge(LossOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

}  // namespace keratin::inline v0::losses
