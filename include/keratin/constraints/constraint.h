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

namespace constraints {

/// What a weight is put through after each update of the optimizer. A copyable description.
class KERATIN_API Constraint {
 public:
  virtual ~Constraint();
  /// The weight as it may be: of the same shape.
  virtual Tensor operator()(const Tensor& weights) const = 0;

  /// Keras's class name: "MaxNorm". By default that of the C++ class.
  virtual std::string class_name() const;
  /// The options as data, as Keras's get_config gives them.
  virtual Config config() const;

 protected:
  Constraint() = default;
  Constraint(const Constraint&) = default;
  Constraint& operator=(const Constraint&) = default;
};

}  // namespace constraints

/// Names that `keras.constraints.get` takes.
inline constexpr std::string_view constraint_names[] = {"max_norm", "min_max_norm", "non_neg", "unit_norm",
                                                        "MaxNorm",  "MinMaxNorm",   "NonNeg",  "UnitNorm"};

/// "non_neg", a constraint object with options, or a function of the user's from a weight to what it may be.
class KERATIN_API ConstraintSpec : public Spec<constraints::Constraint> {
 public:
  constexpr ConstraintSpec() noexcept = default;
  KERATIN_SPEC_NAMES(ConstraintSpec, constraint_names, "a constraint")
  template <std::derived_from<constraints::Constraint> T>
  ConstraintSpec(T object) : Spec(std::in_place, std::move(object)) {}
  template <detail::TensorFunction<constraints::Constraint> F>
  ConstraintSpec(F function)
      : Spec(std::in_place, detail::TensorFunctionOf<constraints::Constraint, F>(std::move(function))) {}

  /// Throws ValueError for an empty one.
  Tensor operator()(const Tensor& weights) const;

  /// The object's description with class_name and config, a function's by its name, or None. Throws ValueError for a
  /// function without a name.
  ConfigValue config() const;
  /// Throws ValueError for a class or a function that is neither the library's nor in custom_objects.
  static ConstraintSpec from_config(const ConfigValue& config);
};

}  // namespace keratin::inline v0
