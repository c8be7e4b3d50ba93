#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/losses/loss.h"

/// Losses of numbers, as classes and as the functions behind them: y_true, y_pred (batch, …, n) → (batch, …). y_true is
/// cast to y_pred's dtype; a trailing 1 that one of the two has more is dropped or given to both. They throw ShapeError
/// where the shapes don't broadcast.
namespace keratin::inline v0::losses {

KERATIN_API Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred);
KERATIN_API Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred);
KERATIN_API Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred);
KERATIN_API Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred);
KERATIN_API Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis = -1);
KERATIN_API Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta = 1.0);
KERATIN_API Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred);

using MeanErrorOptions = LossOptions;

/// (y_true − y_pred)², averaged along the last axis. `keras.losses.MeanSquaredError`.
class KERATIN_API MeanSquaredError : public Loss {
 public:
  explicit MeanSquaredError(LossOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// |y_true − y_pred|, averaged along the last axis. `keras.losses.MeanAbsoluteError`.
class KERATIN_API MeanAbsoluteError : public Loss {
 public:
  explicit MeanAbsoluteError(LossOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// 100 · |y_true − y_pred| / max(|y_true|, 1e-7), averaged along the last axis.
/// `keras.losses.MeanAbsolutePercentageError`.
class KERATIN_API MeanAbsolutePercentageError : public Loss {
 public:
  explicit MeanAbsolutePercentageError(LossOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// (log(y_true + 1) − log(y_pred + 1))², averaged along the last axis, where what is below 1e-7 counts as that.
/// `keras.losses.MeanSquaredLogarithmicError`.
class KERATIN_API MeanSquaredLogarithmicError : public Loss {
 public:
  explicit MeanSquaredLogarithmicError(LossOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

struct CosineSimilarityOptions {
  std::int64_t axis = -1;
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "cosine_similarity";
  std::optional<DType> dtype = {};
};
/// −Σ y_true · y_pred along the axis, both of length 1 there: −1 where they point the same way, 1 where opposite ways.
/// `keras.losses.CosineSimilarity`.
class KERATIN_API CosineSimilarity : public Loss {
 public:
  explicit CosineSimilarity(CosineSimilarityOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;

 private:
  CosineSimilarityOptions options_;
};

struct HuberOptions {
  double delta = 1.0;
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "huber_loss";
  std::optional<DType> dtype = {};
};
/// error² / 2 where |error| ≤ delta, else delta · |error| − delta² / 2, averaged along the last axis.
/// `keras.losses.Huber`. The constructor throws ValueError for a delta that isn't a number.
class KERATIN_API Huber : public Loss {
 public:
  explicit Huber(HuberOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;

 private:
  HuberOptions options_;
};

/// log(cosh(y_pred − y_true)), averaged along the last axis. `keras.losses.LogCosh`.
class KERATIN_API LogCosh : public Loss {
 public:
  explicit LogCosh(LossOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

}  // namespace keratin::inline v0::losses
