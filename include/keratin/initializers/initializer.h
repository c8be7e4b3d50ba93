#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "keratin/core/array.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/core/spec.h"
#include "keratin/graph/tensor_function.h"

namespace keratin::inline v0 {

namespace initializers {

/// What a weight starts as. A copyable description; the numbers stem from shape and seed alone.
class KERATIN_API Initializer {
 public:
  virtual ~Initializer();
  /// `seed` stems from the session's seed and the weight's path; an initializer with a seed of its own ignores it.
  virtual Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const = 0;

  /// Keras's class name: "RandomNormal". By default that of the C++ class.
  virtual std::string class_name() const;
  /// The options as data, as Keras's get_config gives them.
  virtual Config config() const;

 protected:
  Initializer() = default;
  Initializer(const Initializer&) = default;
  Initializer& operator=(const Initializer&) = default;
};

}  // namespace initializers

namespace detail {

/// A function of the user's of shape and dtype, or of these and the seed.
template <class F>
concept InitializerFunction = !std::derived_from<F, initializers::Initializer> &&
                              (std::is_invocable_r_v<Array, const F&, const Shape&, DType> ||
                               std::is_invocable_r_v<Array, const F&, const Shape&, DType, std::uint64_t>);

template <class F>
struct InitializerFunctionOf final : initializers::Initializer, FunctionObject {
  explicit InitializerFunctionOf(F f) : FunctionObject{detail::function_name(f)}, function(std::move(f)) {}
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override {
    if constexpr (std::is_invocable_v<const F&, const Shape&, DType, std::uint64_t>)
      return function(shape, dtype, seed);
    else
      return static_cast<void>(seed), function(shape, dtype);
  }
  std::string class_name() const override { return "function"; }
  F function;
};

}  // namespace detail

/// Names that `keras.initializers.get` takes.
inline constexpr std::string_view initializer_names[] = {"zeros",
                                                         "ones",
                                                         "constant",
                                                         "glorot_uniform",
                                                         "glorot_normal",
                                                         "he_uniform",
                                                         "he_normal",
                                                         "lecun_uniform",
                                                         "lecun_normal",
                                                         "random_uniform",
                                                         "random_normal",
                                                         "truncated_normal",
                                                         "orthogonal",
                                                         "identity",
                                                         "variance_scaling",
                                                         "stft",
                                                         "zero",
                                                         "one",
                                                         "uniform",
                                                         "normal",
                                                         "Zeros",
                                                         "Ones",
                                                         "Constant",
                                                         "GlorotUniform",
                                                         "GlorotNormal",
                                                         "HeUniform",
                                                         "HeNormal",
                                                         "LecunUniform",
                                                         "LecunNormal",
                                                         "RandomUniform",
                                                         "RandomNormal",
                                                         "STFT",
                                                         "TruncatedNormal",
                                                         "VarianceScaling",
                                                         "Orthogonal",
                                                         "OrthogonalInitializer",
                                                         "Identity",
                                                         "STFTInitializer",
                                                         "IdentityInitializer"};

/// "glorot_uniform", an initializer object with options, or a function of the user's that makes an Array of a shape, a
/// dtype and, if it takes one, a seed.
class KERATIN_API InitializerSpec : public Spec<initializers::Initializer> {
 public:
  constexpr InitializerSpec() noexcept = default;
  KERATIN_SPEC_NAMES(InitializerSpec, initializer_names, "an initializer")
  template <std::derived_from<initializers::Initializer> T>
  InitializerSpec(T object) : Spec(std::in_place, std::move(object)) {}
  template <detail::InitializerFunction F>
  InitializerSpec(F function) : Spec(std::in_place, detail::InitializerFunctionOf<F>(std::move(function))) {}

  /// Throws ValueError for an empty one, ShapeError where what it makes has another shape.
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const;

  /// The object's description with class_name and config, a function's by its name, or None. Throws ValueError for a
  /// function without a name.
  ConfigValue config() const;
  /// Throws ValueError for a class or a function that is neither the library's nor in custom_objects.
  static InitializerSpec from_config(const ConfigValue& config);
};

}  // namespace keratin::inline v0
