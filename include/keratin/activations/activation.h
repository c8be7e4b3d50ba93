#pragma once

#include <concepts>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/spec.h"
#include "keratin/graph/tensor.h"

namespace keratin::inline v0 {

/// Names of `keras.activations` that a layer's `activation` may be.
inline constexpr std::string_view activation_names[] = {
    "linear",      "relu",         "relu6",     "leaky_relu", "elu",      "selu",       "celu", "gelu",
    "sigmoid",     "log_sigmoid",  "tanh",      "hard_tanh",  "softplus", "softsign",   "silu", "swish",
    "exponential", "hard_sigmoid", "hard_silu", "hard_swish", "softmax",  "log_softmax"};

/// A function of one tensor that a layer applies to its result.
class KERATIN_API ActivationFunction {
 public:
  virtual ~ActivationFunction();
  virtual Tensor operator()(const Tensor& x) const = 0;
};

/// "relu", or a function of the user's on tensors. Empty: linear.
class KERATIN_API Activation : public Spec<ActivationFunction> {
 public:
  constexpr Activation() noexcept = default;
  KERATIN_SPEC_NAMES(Activation, activation_names, "an activation")
  template <class F>
    requires std::is_invocable_r_v<Tensor, const F&, const Tensor&>
  Activation(F function) : Spec(std::in_place, Custom<F>(std::move(function))) {}

  Tensor operator()(const Tensor& x) const;

  /// The name. Throws ValueError for a function of the user's, which has no description.
  ConfigValue config() const;
  static Activation from_config(const ConfigValue& config);

 private:
  template <class F>
  struct Custom final : ActivationFunction {
    explicit Custom(F f) : function(std::move(f)) {}
    Tensor operator()(const Tensor& x) const override { return function(x); }
    F function;
  };
};

}  // namespace keratin::inline v0
