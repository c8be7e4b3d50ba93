#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/core/choice.h"
#include "keratin/core/config.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/core/spec.h"
#include "keratin/graph/tensor.h"
#include "keratin/graph/tensor_function.h"

namespace keratin::inline v0 {

namespace detail {
struct ReductionNames {
  enum Value : std::uint8_t { sum_over_batch_size, sum, mean, mean_with_sample_weight, none };
  static constexpr std::string_view names[] = {"sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"};
};
}  // namespace detail

namespace losses {

/// What operator() makes of the weighted values, by name ("sum") or value (Reduction::sum). Means are over all
/// elements, with mean_with_sample_weight over the sum of the weights.
class Reduction : public Choice<::keratin::detail::ReductionNames> {
 public:
  KERATIN_CHOICE_NAMES(Reduction, ::keratin::detail::ReductionNames, "a reduction")
};

/// The options of losses that have no others.
struct LossOptions {
  Reduction reduction = Reduction::sum_over_batch_size;
  std::string name = {};            ///< empty: Keras's name of the class
  std::optional<DType> dtype = {};  ///< what the loss is computed in: floating; not given: float32, float64 as it is
};

/// A loss: a copyable description without state. `keras.losses.Loss`. Constructors throw ValueError for a dtype that
/// isn't floating or isn't computed in.
class KERATIN_API Loss {
 public:
  virtual ~Loss();
  /// One value for each sample (and each inner position): y_pred's shape without its last dimension. A mask that it
  /// sets on the result says which of them count.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) const = 0;
  /// Whether targets are class numbers, of the outputs' shape without its last dimension.
  virtual bool takes_class_numbers() const noexcept { return false; }
  /// call() in the loss's dtype, weighted and reduced. y_true is cast too, but for class numbers. sample_weight may be
  /// empty, or broadcast against call()'s result, after a trailing 1 that one of the two has more is dropped or given
  /// to both. Entries that the mask of y_pred or of call()'s result leaves out have no weight.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) const;

  /// Keras's class name: "Huber". By default that of the C++ class.
  virtual std::string class_name() const;
  /// The options as data, as Keras's get_config gives them; and those that it forgets, where they aren't the defaults.
  virtual Config config() const;

  const std::string& name() const noexcept { return name_; }
  Reduction reduction() const noexcept { return reduction_; }
  std::optional<DType> dtype() const noexcept { return dtype_; }

 protected:
  explicit Loss(std::string name, Reduction reduction = Reduction::sum_over_batch_size,
                std::optional<DType> dtype = {});

 private:
  std::string name_;
  Reduction reduction_;
  std::optional<DType> dtype_;
};

}  // namespace losses

/// Names that `keras.losses.get` takes; "crossentropy" (and "ce", as compile takes it) is resolved by the shapes of
/// outputs and targets.
inline constexpr std::string_view loss_names[] = {"binary_crossentropy",
                                                  "BinaryCrossentropy",
                                                  "bce",
                                                  "BCE",
                                                  "binary_focal_crossentropy",
                                                  "BinaryFocalCrossentropy",
                                                  "categorical_crossentropy",
                                                  "CategoricalCrossentropy",
                                                  "categorical_focal_crossentropy",
                                                  "CategoricalFocalCrossentropy",
                                                  "categorical_hinge",
                                                  "CategoricalHinge",
                                                  "ce",
                                                  "CE",
                                                  "circle",
                                                  "Circle",
                                                  "cosine_similarity",
                                                  "CosineSimilarity",
                                                  "crossentropy",
                                                  "Crossentropy",
                                                  "CrossEntropy",
                                                  "ctc",
                                                  "CTC",
                                                  "dice",
                                                  "Dice",
                                                  "hinge",
                                                  "Hinge",
                                                  "huber",
                                                  "Huber",
                                                  "kl_divergence",
                                                  "KLDivergence",
                                                  "kld",
                                                  "KLD",
                                                  "log_cosh",
                                                  "LogCosh",
                                                  "mean_absolute_error",
                                                  "MeanAbsoluteError",
                                                  "mae",
                                                  "MAE",
                                                  "mean_absolute_percentage_error",
                                                  "MeanAbsolutePercentageError",
                                                  "mape",
                                                  "MAPE",
                                                  "mean_squared_error",
                                                  "MeanSquaredError",
                                                  "mse",
                                                  "MSE",
                                                  "mean_squared_logarithmic_error",
                                                  "MeanSquaredLogarithmicError",
                                                  "msle",
                                                  "MSLE",
                                                  "poisson",
                                                  "Poisson",
                                                  "sparse_categorical_crossentropy",
                                                  "SparseCategoricalCrossentropy",
                                                  "squared_hinge",
                                                  "SquaredHinge",
                                                  "tversky",
                                                  "Tversky"};

/// "mse", a loss object with options, or a function of the user's of (y_true, y_pred) that gives a value for each
/// sample: with a name that files have for it, kt::custom("name", function), or without one, called "lambda".
class KERATIN_API LossSpec : public Spec<losses::Loss> {
 public:
  constexpr LossSpec() noexcept = default;
  KERATIN_SPEC_NAMES(LossSpec, loss_names, "a loss")
  template <std::derived_from<losses::Loss> T>
  LossSpec(T object) : Spec(std::in_place, std::move(object)) {}
  template <detail::PairFunction<losses::Loss> F>
  LossSpec(F function) : LossSpec(of_function(detail::function_name(function), function)) {}

  /// The loss object that a name stands for (with default options), or a copy of the object. Throws ValueError for an
  /// empty one.
  std::unique_ptr<losses::Loss> make() const;

  /// None, the name, Keras's object with module, class_name, config and registered_name, or a function's by its name.
  /// Throws ValueError for a function without a name.
  ConfigValue config() const;
  /// From None, a name, Keras's object of a loss or of a function. Throws ValueError naming the class, function or
  /// option that is neither known nor in custom_objects.
  static LossSpec from_config(const ConfigValue& config);

 private:
  static LossSpec of_function(std::string name, detail::TwoTensors function);
};

}  // namespace keratin::inline v0
