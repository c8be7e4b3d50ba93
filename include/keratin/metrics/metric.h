#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/core/spec.h"
#include "keratin/graph/tensor.h"
#include "keratin/session/component.h"

namespace keratin::inline v0 {

/// A metric: a copyable description; its state comes to be in build(), when a session has adopted it.
/// `keras.metrics.Metric`.
class KERATIN_API Metric : public Component {
 public:
  /// Makes the state with add_state.
  virtual void build() = 0;
  /// Adds a batch to the state, with assign_add and the like. sample_weight may be empty.
  virtual void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) = 0;
  /// The metric's value from its state.
  virtual Tensor result() const = 0;
  /// Sets the state to zeros; at once outside of functions.
  virtual void reset_state();

  /// Whether a model gets better as the value grows (up) or falls (down), for callbacks that watch it with mode "auto".
  enum class Direction : std::uint8_t { unknown, up, down };
  /// As Keras has it for the metric of this class's name; unknown for others, which may say it themselves.
  virtual Direction direction() const;

  ComponentKind kind() const noexcept override { return ComponentKind::metric; }

 protected:
  explicit Metric(std::string name) : Component(std::move(name)) {}
  std::string default_name() const override { return "metric"; }
  void became_live() override { build(); }
  /// A float32 state variable that starts as zeros (or another value).
  Variable add_state(const std::string& name, const Shape& shape = {}, InitialValue initial = {});
};

/// Names that `keras.metrics.get` takes, as far as they are there; "accuracy" is resolved by the shapes of outputs and
/// targets, as Keras does.
inline constexpr std::string_view metric_names[] = {"accuracy",
                                                    "acc",
                                                    "binary_accuracy",
                                                    "BinaryAccuracy",
                                                    "categorical_accuracy",
                                                    "CategoricalAccuracy",
                                                    "sparse_categorical_accuracy",
                                                    "SparseCategoricalAccuracy",
                                                    "mean_squared_error",
                                                    "MeanSquaredError",
                                                    "mse",
                                                    "MSE",
                                                    "mean_absolute_error",
                                                    "MeanAbsoluteError",
                                                    "mae",
                                                    "MAE",
                                                    "categorical_crossentropy",
                                                    "CategoricalCrossentropy",
                                                    "sparse_categorical_crossentropy",
                                                    "SparseCategoricalCrossentropy",
                                                    "binary_crossentropy",
                                                    "BinaryCrossentropy",
                                                    "bce",
                                                    "BCE"};

/// "accuracy", or a metric object with options.
class KERATIN_API MetricSpec : public Spec<Metric> {
 public:
  constexpr MetricSpec() noexcept = default;
  KERATIN_SPEC_NAMES(MetricSpec, metric_names, "a metric")
  template <std::derived_from<Metric> T>
  MetricSpec(T object) : Spec(std::in_place, std::move(object)) {}

  /// A metric object of its own; one made from a name is called so. `y_true` and `y_pred` (shapes with batch) resolve
  /// "accuracy".
  std::unique_ptr<Metric> make(const Shape& y_true, const Shape& y_pred) const;
};

}  // namespace keratin::inline v0
