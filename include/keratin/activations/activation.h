#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/spec.h"
#include "keratin/graph/tensor_function.h"

namespace keratin::inline v0 {

/// Names of `keras.activations` that a layer's `activation` may be: all but threshold, which has no defaults.
inline constexpr std::string_view activation_names[] = {
    "linear",      "relu",        "relu6",        "leaky_relu",     "elu",       "selu",        "celu",       "gelu",
    "sigmoid",     "log_sigmoid", "tanh",         "hard_tanh",      "softplus",  "softsign",    "silu",       "swish",
    "exponential", "hard_silu",   "hard_sigmoid", "hard_swish",     "softmax",   "log_softmax", "mish",       "glu",
    "squareplus",  "sparse_plus", "soft_shrink",  "sparse_sigmoid", "sparsemax", "hard_shrink", "tanh_shrink"};

/// A function of one tensor that a layer applies to its result. A copyable description.
class KERATIN_API ActivationFunction {
 public:
  virtual ~ActivationFunction();
  virtual Tensor operator()(const Tensor& x) const = 0;
  /// By default that of the C++ class.
  virtual std::string class_name() const;
  /// The options as data.
  virtual Config config() const;

 protected:
  ActivationFunction() = default;
  ActivationFunction(const ActivationFunction&) = default;
  ActivationFunction& operator=(const ActivationFunction&) = default;
};

/// "relu", or a function of the user's on tensors. Empty: linear.
class KERATIN_API Activation : public Spec<ActivationFunction> {
 public:
  constexpr Activation() noexcept = default;
  KERATIN_SPEC_NAMES(Activation, activation_names, "an activation")
  template <std::derived_from<ActivationFunction> T>
  Activation(T object) : Spec(std::in_place, std::move(object)) {}
  template <detail::TensorFunction<ActivationFunction> F>
  Activation(F function) : Spec(std::in_place, detail::TensorFunctionOf<ActivationFunction, F>(std::move(function))) {}
  /// A function of `keras.activations` with options by their names: `with_options("elu", {{"alpha", 0.5}})`. Throws
  /// ValueError for names that it doesn't know.
  static Activation with_options(const std::string& name, Config options);

  Tensor operator()(const Tensor& x) const;

  /// The name (of a function of the user's too, which kt::custom gives one), or an object's description; options are
  /// those of the layer of Keras that does the same, where there is one. Throws ValueError for a function without a
  /// name.
  ConfigValue config() const;
  /// From None, a name, a function's description (class_name "function"), or the layer of Keras that is one: ReLU,
  /// LeakyReLU, ELU, Softmax, Activation. Throws ValueError for what is neither that nor in custom_objects.
  static Activation from_config(const ConfigValue& config);
};

}  // namespace keratin::inline v0
