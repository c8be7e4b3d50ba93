#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/losses/loss.h"

/// Losses of probabilities, as classes and as the functions behind them. y_true is cast to y_pred's dtype; a trailing 1
/// that one of the two has more is dropped or given to both. A label_smoothing outside of [0, 1] throws ValueError, an
/// axis out of range too, and shapes that don't fit throw ShapeError.
namespace keratin::inline v0::losses {

KERATIN_API Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits = false,
                                       double label_smoothing = 0.0, std::int64_t axis = -1);
KERATIN_API Tensor binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                             bool apply_class_balancing = false, double alpha = 0.25,
                                             double gamma = 2.0, bool from_logits = false, double label_smoothing = 0.0,
                                             std::int64_t axis = -1);
KERATIN_API Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits = false,
                                            double label_smoothing = 0.0, std::int64_t axis = -1);
KERATIN_API Tensor categorical_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred, double alpha = 0.25,
                                                  double gamma = 2.0, bool from_logits = false,
                                                  double label_smoothing = 0.0, std::int64_t axis = -1);
KERATIN_API Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits = false,
                                                   std::optional<std::int64_t> ignore_class = {},
                                                   std::int64_t axis = -1);
KERATIN_API Tensor categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred, double q);
KERATIN_API Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred);
KERATIN_API Tensor poisson(const Tensor& y_true, const Tensor& y_pred);

struct BinaryCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "binary_crossentropy";
  std::optional<DType> dtype = {};
};
/// −(y_true · log(y_pred) + (1 − y_true) · log(1 − y_pred)), averaged along the axis; where y_pred comes straight from
/// a sigmoid, its logits are used. y_true and y_pred have the same shape. `keras.losses.BinaryCrossentropy`.
class KERATIN_API BinaryCrossentropy : public Loss {
 public:
  explicit BinaryCrossentropy(BinaryCrossentropyOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;

 private:
  BinaryCrossentropyOptions options_;
};

struct BinaryFocalCrossentropyOptions {
  bool apply_class_balancing = false;
  double alpha = 0.25;
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "binary_focal_crossentropy";
  std::optional<DType> dtype = {};
};
/// The binary crossentropy times (1 − p)^gamma, p being the probability given to the truth, and with class balancing
/// times alpha for 1 and 1 − alpha for 0; averaged along the axis. `keras.losses.BinaryFocalCrossentropy`, after Lin et
/// al., "Focal Loss for Dense Object Detection".
class KERATIN_API BinaryFocalCrossentropy : public Loss {
 public:
  explicit BinaryFocalCrossentropy(BinaryFocalCrossentropyOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;

 private:
  BinaryFocalCrossentropyOptions options_;
};

struct CategoricalCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "categorical_crossentropy";
  std::optional<DType> dtype = {};
};
/// −Σ y_true · log(y_pred) along the axis, for one-hot targets; probabilities are scaled to sum to 1 first, and where
/// y_pred comes straight from a softmax, its logits are used. y_true, y_pred (batch, …, classes) → (batch, …). As in
/// Keras, label_smoothing is shared among as many classes as the last dimension has, whatever the axis.
/// `keras.losses.CategoricalCrossentropy`.
class KERATIN_API CategoricalCrossentropy : public Loss {
 public:
  explicit CategoricalCrossentropy(CategoricalCrossentropyOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;

 private:
  CategoricalCrossentropyOptions options_;
};

struct CategoricalFocalCrossentropyOptions {
  double alpha = 0.25;
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "categorical_focal_crossentropy";
  std::optional<DType> dtype = {};
};
/// −Σ alpha · (1 − y_pred)^gamma · y_true · log(y_pred) along the axis, for one-hot targets; probabilities are scaled
/// to sum to 1 first. `keras.losses.CategoricalFocalCrossentropy`.
class KERATIN_API CategoricalFocalCrossentropy : public Loss {
 public:
  explicit CategoricalFocalCrossentropy(CategoricalFocalCrossentropyOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  Config config() const override;

 private:
  CategoricalFocalCrossentropyOptions options_;
};

struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class = {};  ///< targets of this class don't count: loss 0, and no weight
  Reduction reduction = Reduction::sum_over_batch_size;
  std::int64_t axis = -1;
  std::string name = "sparse_categorical_crossentropy";
  std::optional<DType> dtype = {};
};
/// −log(y_pred[y_true]) for class numbers. y_pred has the classes along the axis, y_true its shape without that axis or
/// with 1 there. The loss is NaN where a class number is outside of the classes.
/// `keras.losses.SparseCategoricalCrossentropy`.
class KERATIN_API SparseCategoricalCrossentropy : public Loss {
 public:
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  bool takes_class_numbers() const noexcept override { return true; }
  Config config() const override;

 private:
  SparseCategoricalCrossentropyOptions options_;
};

struct CategoricalGeneralizedCrossEntropyOptions {
  double q = 0.5;
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = "categorical_generalized_cross_entropy";
  std::optional<DType> dtype = {};
};
/// (1 − p^q) / q, p being the probability given to the class: y_true are class numbers (batch, …) or (batch, …, 1),
/// y_pred probabilities (batch, …, classes). `keras.losses.CategoricalGeneralizedCrossEntropy`, after Zhang and
/// Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels". The constructor
/// throws ValueError for a q outside of (0, 1).
class KERATIN_API CategoricalGeneralizedCrossEntropy : public Loss {
 public:
  explicit CategoricalGeneralizedCrossEntropy(CategoricalGeneralizedCrossEntropyOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
  bool takes_class_numbers() const noexcept override { return true; }
  Config config() const override;

 private:
  CategoricalGeneralizedCrossEntropyOptions options_;
};

/// Σ y_true · log(y_true / y_pred) along the last axis, both clipped to [1e-7, 1]. `keras.losses.KLDivergence`.
class KERATIN_API KLDivergence : public Loss {
 public:
  explicit KLDivergence(LossOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

/// y_pred − y_true · log(y_pred + 1e-7), averaged along the last axis. `keras.losses.Poisson`.
class KERATIN_API Poisson : public Loss {
 public:
  explicit Poisson(LossOptions options = {});
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override;
};

}  // namespace keratin::inline v0::losses
