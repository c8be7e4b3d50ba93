#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/core/export.h"
#include "keratin/core/spec.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0 {

namespace losses {

/// What operator() makes of the weighted values. Means are over all elements, with mean_with_sample_weight over the sum
/// of the weights.
enum class Reduction : std::uint8_t { sum_over_batch_size, sum, mean, mean_with_sample_weight, none };

/// A loss: a copyable description without state. `keras.losses.Loss`.
class KERATIN_API Loss {
 public:
  virtual ~Loss();
  /// One value for each sample (and each inner position): y_pred's shape without its last dimension.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) const = 0;
  /// Whether targets are class numbers, of the outputs' shape without its last dimension.
  virtual bool takes_class_numbers() const noexcept { return false; }
  /// call() in float32 (float64 stays), weighted and reduced. y_true is cast to y_pred's dtype first, but for class
  /// numbers. sample_weight may be empty, or broadcast against call()'s result, after a trailing 1 that one of the two
  /// has more is dropped or given to both. Entries that y_pred's mask leaves out have no weight.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) const;

  const std::string& name() const noexcept { return name_; }
  Reduction reduction() const noexcept { return reduction_; }

 protected:
  explicit Loss(std::string name, Reduction reduction = Reduction::sum_over_batch_size)
      : name_(std::move(name)), reduction_(reduction) {}

 private:
  std::string name_;
  Reduction reduction_;
};

}  // namespace losses

/// Names that `keras.losses.get` takes, as far as the losses are there.
inline constexpr std::string_view loss_names[] = {"categorical_crossentropy",
                                                  "CategoricalCrossentropy",
                                                  "sparse_categorical_crossentropy",
                                                  "SparseCategoricalCrossentropy",
                                                  "binary_crossentropy",
                                                  "BinaryCrossentropy",
                                                  "bce",
                                                  "BCE",
                                                  "mean_squared_error",
                                                  "MeanSquaredError",
                                                  "mse",
                                                  "MSE",
                                                  "mean_absolute_error",
                                                  "MeanAbsoluteError",
                                                  "mae",
                                                  "MAE"};

/// "mse", or a loss object with options, or losses::custom(name, function).
class KERATIN_API LossSpec : public Spec<losses::Loss> {
 public:
  constexpr LossSpec() noexcept = default;
  KERATIN_SPEC_NAMES(LossSpec, loss_names, "a loss")
  template <std::derived_from<losses::Loss> T>
  LossSpec(T object) : Spec(std::in_place, std::move(object)) {}

  /// The loss object that a name stands for (with default options), or a copy of the object.
  std::unique_ptr<losses::Loss> make() const;
};

}  // namespace keratin::inline v0
