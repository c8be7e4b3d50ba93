#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "keratin/core/callable.h"
#include "keratin/core/export.h"
#include "keratin/losses/loss.h"

namespace keratin::inline v0::losses {

struct CategoricalCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "categorical_crossentropy";
};

/// −Σ y_true · log(y_pred) along the axis, for one-hot targets; probabilities are scaled to sum to 1 first, and where
/// y_pred comes straight from a softmax, its logits are used. y_true, y_pred (batch, …, classes) → (batch, …). The
/// constructor throws ValueError for a label_smoothing outside of [0, 1], the call ShapeError for differing shapes.
class KERATIN_API CategoricalCrossentropy : public Loss {
 public:
  explicit CategoricalCrossentropy(CategoricalCrossentropyOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;

 private:
  CategoricalCrossentropyOptions options_;
};

struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
  std::int64_t axis = -1;
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "sparse_categorical_crossentropy";
};

/// −log(y_pred[y_true]) for class numbers. y_true (batch, …) or (batch, …, 1), y_pred (batch, …, classes) → (batch, …).
/// The call throws ValueError for another axis than the last, ShapeError where the shapes don't fit.
class KERATIN_API SparseCategoricalCrossentropy : public Loss {
 public:
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  bool takes_class_numbers() const noexcept override { return true; }

 private:
  SparseCategoricalCrossentropyOptions options_;
};

struct BinaryCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "binary_crossentropy";
};

/// −(y_true · log(y_pred) + (1 − y_true) · log(1 − y_pred)), averaged along the axis; where y_pred comes straight from
/// a sigmoid, its logits are used. The constructor throws ValueError for a label_smoothing outside of [0, 1], the call
/// ShapeError for differing shapes.
class KERATIN_API BinaryCrossentropy : public Loss {
 public:
  explicit BinaryCrossentropy(BinaryCrossentropyOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;

 private:
  BinaryCrossentropyOptions options_;
};

struct MeanErrorOptions {
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = {};  ///< empty: Keras's name of the class
};

/// (y_true − y_pred)², averaged along the last axis.
class KERATIN_API MeanSquaredError : public Loss {
 public:
  explicit MeanSquaredError(MeanErrorOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// |y_true − y_pred|, averaged along the last axis.
class KERATIN_API MeanAbsoluteError : public Loss {
 public:
  explicit MeanAbsoluteError(MeanErrorOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// A loss of the user's own: a function of (y_true, y_pred) that gives a value for each sample.
class KERATIN_API Custom : public Loss {
 public:
  using Function = Callable<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  Custom(std::string name, Function function, Reduction reduction);
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;

 private:
  Function function_;
};
inline Custom custom(std::string name, Custom::Function function,
                     Reduction reduction = Reduction::sum_over_batch_size) {
  return {std::move(name), std::move(function), reduction};
}

}  // namespace keratin::inline v0::losses
