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

namespace regularizers {

/// A penalty on a weight or on a layer's result, which is added to the loss. A copyable description.
class KERATIN_API Regularizer {
 public:
  virtual ~Regularizer();
  /// The penalty: a scalar.
  virtual Tensor operator()(const Tensor& weights) const = 0;

  /// Keras's class name: "L1L2". By default that of the C++ class.
  virtual std::string class_name() const;
  /// The options as data, as Keras's get_config gives them.
  virtual Config config() const;

 protected:
  Regularizer() = default;
  Regularizer(const Regularizer&) = default;
  Regularizer& operator=(const Regularizer&) = default;
};

}  // namespace regularizers

/// Names that `keras.regularizers.get` takes, and "l1_l2".
inline constexpr std::string_view regularizer_names[] = {
    "l1", "l2", "l1l2", "l1_l2", "orthogonal_regularizer", "L1", "L2", "L1L2", "OrthogonalRegularizer"};

/// "l2", a regularizer object with options, or a function of the user's that gives the penalty of a tensor.
class KERATIN_API RegularizerSpec : public Spec<regularizers::Regularizer> {
 public:
  constexpr RegularizerSpec() noexcept = default;
  KERATIN_SPEC_NAMES(RegularizerSpec, regularizer_names, "a regularizer")
  template <std::derived_from<regularizers::Regularizer> T>
  RegularizerSpec(T object) : Spec(std::in_place, std::move(object)) {}
  template <detail::TensorFunction<regularizers::Regularizer> F>
  RegularizerSpec(F function)
      : Spec(std::in_place, detail::TensorFunctionOf<regularizers::Regularizer, F>(std::move(function))) {}

  /// Throws ValueError for an empty one.
  Tensor operator()(const Tensor& weights) const;

  /// The object's description with class_name and config, a function's by its name, or None. Throws ValueError for a
  /// function without a name.
  ConfigValue config() const;
  /// Throws ValueError for a class or a function that is neither the library's nor in custom_objects.
  static RegularizerSpec from_config(const ConfigValue& config);
};

}  // namespace keratin::inline v0
