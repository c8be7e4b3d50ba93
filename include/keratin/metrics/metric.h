#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/core/array.h"
#include "keratin/core/config.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/core/spec.h"
#include "keratin/graph/tensor.h"
#include "keratin/graph/tensor_function.h"
#include "keratin/session/component.h"

namespace keratin::inline v0 {

class Session;

/// A metric: a copyable description; its state comes to be in build(), when a session has adopted it.
/// `keras.metrics.Metric`.
class KERATIN_API Metric : public Component {
 public:
  /// Makes the state with add_state.
  virtual void build() = 0;
  /// Adds a batch to the state, with assign_add and the like. sample_weight may be empty.
  virtual void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) = 0;
  /// The metric's value from its state: a scalar, or a vector, whose numbers logs call "precision[0]", "precision[1]",
  /// …
  virtual Tensor result() const = 0;
  /// Sets the state to zeros; at once outside of functions.
  virtual void reset_state();

  /// Whether a model gets better as the value grows (up) or falls (down), for callbacks that watch it with mode "auto".
  enum class Direction : std::uint8_t { unknown, up, down };
  /// As Keras has it for the metric of this class's name; unknown for others, which may say it themselves.
  virtual Direction direction() const;

  /// The same outside of functions: a batch at once. Throws ValueError inside of one.
  void update_state(const Array& y_true, const std::optional<Array>& y_pred = std::nullopt,
                    const std::optional<Array>& sample_weight = std::nullopt);
  /// result() as a number, outside of functions.
  Array value() const;
  /// update_state, then result().
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {});
  /// Adds the states of other live metrics of the same class and options, of any session when called outside of
  /// functions: what each has seen counts here too. Throws ValueError for others, before anything has changed.
  void merge_state(std::span<const Handle<Metric>> metrics);
  void merge_state(std::initializer_list<Handle<Metric>> metrics);

  /// Keras's class name: "MeanIoU". By default that of the C++ class.
  virtual std::string class_name() const;
  /// The options as data, as Keras's get_config gives them: at least name and dtype.
  virtual Config config() const;
  /// What it computes in.
  DType dtype() const noexcept { return dtype_; }
  ComponentKind kind() const noexcept override { return ComponentKind::metric; }

 protected:
  /// An empty name: the class's in snake case, numbered from the second in a session on.
  explicit Metric(std::string name = {}, std::optional<DType> dtype = std::nullopt);
  std::string default_name() const override;
  void became_live() override { build(); }
  /// A state variable that starts as zeros (or another value). It may also be made in update_state, when the shapes are
  /// known.
  Variable add_state(const std::string& name, const Shape& shape = {}, InitialValue initial = {},
                     DType dtype = float32);
  /// For metrics that make state in update_state: make what `other`, which is of this class, has. Called by
  /// merge_state.
  virtual void build_like(const Metric& other);

 private:
  friend class MetricSpec;
  DType dtype_;
};

/// Names that `keras.metrics.get` takes, but of classes that need arguments; "accuracy" (and "acc", as compile takes
/// it) is resolved by the shapes of outputs and targets.
inline constexpr std::string_view metric_names[] = {
    "accuracy", "Accuracy", "acc", "Acc", "ACC",
    // means over samples
    "mean", "Mean", "sum", "Sum", "binary_accuracy", "BinaryAccuracy", "categorical_accuracy", "CategoricalAccuracy",
    "sparse_categorical_accuracy", "SparseCategoricalAccuracy", "top_k_categorical_accuracy", "TopKCategoricalAccuracy",
    "sparse_top_k_categorical_accuracy", "SparseTopKCategoricalAccuracy", "binary_crossentropy", "BinaryCrossentropy",
    "bce", "BCE", "categorical_crossentropy", "CategoricalCrossentropy", "sparse_categorical_crossentropy",
    "SparseCategoricalCrossentropy", "kl_divergence", "KLDivergence", "poisson", "Poisson", "hinge", "Hinge",
    "squared_hinge", "SquaredHinge", "categorical_hinge", "CategoricalHinge", "mean_squared_error", "MeanSquaredError",
    "mse", "MSE", "root_mean_squared_error", "RootMeanSquaredError", "mean_absolute_error", "MeanAbsoluteError", "mae",
    "MAE", "mean_absolute_percentage_error", "MeanAbsolutePercentageError", "mape", "MAPE",
    "mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", "msle", "MSLE", "cosine_similarity",
    "CosineSimilarity", "log_cosh_error", "LogCoshError", "pearson_correlation", "PearsonCorrelation",
    "concordance_correlation", "ConcordanceCorrelation",
    // others
    "r2_score", "R2Score", "f1_score", "F1Score", "f_beta_score", "FBetaScore", "auc", "AUC", "precision", "Precision",
    "recall", "Recall", "true_positives", "TruePositives", "true_negatives", "TrueNegatives", "false_positives",
    "FalsePositives", "false_negatives", "FalseNegatives", "binary_io_u", "BinaryIoU"};

/// "accuracy", a metric object with options, or a function of the user's of (y_true, y_pred), of which the mean is
/// taken: with a name that files have for it, kt::custom("name", function), or without one, called "lambda".
class KERATIN_API MetricSpec : public Spec<Metric> {
 public:
  constexpr MetricSpec() noexcept = default;
  KERATIN_SPEC_NAMES(MetricSpec, metric_names, "a metric")
  template <std::derived_from<Metric> T>
  MetricSpec(T object) : Spec(std::in_place, std::move(object)) {}
  template <detail::PairFunction<Metric> F>
  MetricSpec(F function) : MetricSpec(of_function(detail::function_name(function), function)) {}

  /// A metric object of its own; one made from a name is called so. `y_true` and `y_pred` (shapes with batch) resolve
  /// "accuracy".
  std::unique_ptr<Metric> make(const Shape& y_true = {}, const Shape& y_pred = {}) const;
  /// The same, made live by a session.
  Handle<Metric> add_to(Session& session, const Shape& y_true = {}, const Shape& y_pred = {},
                        std::source_location where = std::source_location::current()) const;

  /// None, the name it was made from, or Keras's object {module, class_name, config, registered_name}. A function, and
  /// what metrics::custom made, is described by its name. Throws ValueError for a function without one.
  ConfigValue config() const;
  /// From what config() gives, or a function of Keras's ("mean_squared_error", in an object of the class "function").
  /// Throws ValueError for a class, function or option that is neither known nor in custom_objects.
  static MetricSpec from_config(const ConfigValue& config);

 private:
  static MetricSpec of_function(const std::string& name, detail::TwoTensors function);
};

}  // namespace keratin::inline v0
