#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/core/array.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/core/spec.h"

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

/// Names that `keras.initializers.get` takes.
inline constexpr std::string_view initializer_names[] = {
    "zeros",         "ones",         "glorot_uniform", "glorot_normal", "he_uniform",       "he_normal",
    "lecun_uniform", "lecun_normal", "random_uniform", "random_normal", "truncated_normal", "variance_scaling",
    "orthogonal",    "identity"};

/// "glorot_uniform", or an initializer object with options.
class KERATIN_API InitializerSpec : public Spec<initializers::Initializer> {
 public:
  constexpr InitializerSpec() noexcept = default;
  KERATIN_SPEC_NAMES(InitializerSpec, initializer_names, "an initializer")
  template <std::derived_from<initializers::Initializer> T>
  InitializerSpec(T object) : Spec(std::in_place, std::move(object)) {}

  /// Throws ValueError for an empty one.
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const;

  /// The name, an object's class_name and config, or None.
  ConfigValue config() const;
  /// Throws ValueError for the class of an initializer that isn't the library's.
  static InitializerSpec from_config(const ConfigValue& config);
};

}  // namespace keratin::inline v0
