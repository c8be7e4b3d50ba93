#pragma once

#include <optional>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/losses/loss.h"
#include "keratin/ops/axes.h"

/// Losses of how far two sets overlap, for segmentation, as classes and as the functions behind them. y_true and y_pred
/// are broadcast; sums are along `axis`, or over everything where none is given, which makes the loss one number for
/// the batch. They throw ShapeError where the shapes don't broadcast, ValueError for an axis out of range.
namespace keratin::inline v0::losses {

KERATIN_API Tensor dice(const Tensor& y_true, const Tensor& y_pred, const Axes& axis = {});
KERATIN_API Tensor tversky(const Tensor& y_true, const Tensor& y_pred, double alpha = 0.5, double beta = 0.5,
                           const Axes& axis = {});

struct DiceOptions {
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "dice";
  Axes axis = {};
  std::optional<DType> dtype = {};
};
/// 1 − 2 Σ y_true · y_pred / (Σ y_true + Σ y_pred). `keras.losses.Dice`.
class KERATIN_API Dice : public Loss {
 public:
  explicit Dice(DiceOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;

 private:
  DiceOptions options_;
};

struct TverskyOptions {
  double alpha = 0.5;  ///< weight of what y_true has and y_pred hasn't, as Keras counts
  double beta = 0.5;   ///< weight of what y_pred has and y_true hasn't
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "tversky";
  Axes axis = {};
  std::optional<DType> dtype = {};
};
/// 1 − i / (i + alpha · Σ y_true · (1 − y_pred) + beta · Σ y_pred · (1 − y_true)), i = Σ y_true · y_pred.
/// `keras.losses.Tversky`, after Salehi et al., "Tversky loss function for image segmentation using 3D fully
/// convolutional deep networks".
class KERATIN_API Tversky : public Loss {
 public:
  explicit Tversky(TverskyOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;

 private:
  TverskyOptions options_;
};

}  // namespace keratin::inline v0::losses
