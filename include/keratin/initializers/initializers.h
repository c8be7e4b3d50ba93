#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/core/array.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/initializers/initializer.h"

/// `keras.initializers`: what weights start as. The random ones draw from a counter-based generator, so that the same
/// seed, shape and options give the same numbers on every machine. Floating dtypes alone, else DTypeError.
namespace keratin::inline v0::initializers {

/// Zeros everywhere.
class KERATIN_API Zeros : public Initializer {
 public:
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
};

/// Ones everywhere.
class KERATIN_API Ones : public Initializer {
 public:
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
};

/// One value everywhere. Unlike Keras's, the value is a number, no array.
class KERATIN_API Constant : public Initializer {
 public:
  explicit Constant(double value = 0.0) : value_(value) {}
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
  Config config() const override;

 private:
  double value_;
};

struct RandomNormalOptions {
  double mean = 0.0;
  double stddev = 0.05;
  std::optional<std::uint64_t> seed = std::nullopt;
};
/// Normal numbers.
class KERATIN_API RandomNormal : public Initializer {
 public:
  /// Throws ValueError for a negative stddev.
  explicit RandomNormal(RandomNormalOptions options = {});
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
  Config config() const override;

 private:
  RandomNormalOptions options_;
};

struct RandomUniformOptions {
  double minval = -0.05;
  double maxval = 0.05;
  std::optional<std::uint64_t> seed = std::nullopt;
};
/// Uniform numbers in [minval, maxval).
class KERATIN_API RandomUniform : public Initializer {
 public:
  /// Throws ValueError if maxval is below minval.
  explicit RandomUniform(RandomUniformOptions options = {});
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
  Config config() const override;

 private:
  RandomUniformOptions options_;
};

struct TruncatedNormalOptions {
  double mean = 0.0;
  double stddev = 0.05;
  std::optional<std::uint64_t> seed = std::nullopt;
};
/// Normal numbers, drawn again where they are more than two stddev from the mean.
class KERATIN_API TruncatedNormal : public Initializer {
 public:
  /// Throws ValueError for a negative stddev.
  explicit TruncatedNormal(TruncatedNormalOptions options = {});
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
  Config config() const override;

 private:
  TruncatedNormalOptions options_;
};

enum class FanMode : std::uint8_t { fan_in, fan_out, fan_avg };
enum class Distribution : std::uint8_t { truncated_normal, untruncated_normal, uniform };

struct VarianceScalingOptions {
  double scale = 1.0;
  FanMode mode = FanMode::fan_in;
  Distribution distribution = Distribution::truncated_normal;
  std::optional<std::uint64_t> seed = std::nullopt;
};
/// Numbers of mean 0 and variance scale / n, where n is the number of the weight's inputs, of its outputs or the mean
/// of the two. For kernels of convolutions (rank 3 and more: …, inputs, outputs) both count the receptive field.
class KERATIN_API VarianceScaling : public Initializer {
 public:
  /// Throws ValueError if scale isn't positive.
  explicit VarianceScaling(VarianceScalingOptions options = {});
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
  Config config() const override;

 private:
  VarianceScalingOptions options_;
};

struct SeedOptions {
  std::optional<std::uint64_t> seed = std::nullopt;
};

/// A VarianceScaling whose scale, mode and distribution its name fixes.
class KERATIN_API NamedVarianceScaling : public Initializer {
 public:
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
  Config config() const override;

 protected:
  explicit NamedVarianceScaling(VarianceScalingOptions options) : options_(options) {}

 private:
  VarianceScalingOptions options_;
};

/// Glorot and Bengio: uniform in ±√(6 / (inputs + outputs)).
class KERATIN_API GlorotUniform : public NamedVarianceScaling {
 public:
  explicit GlorotUniform(SeedOptions options = {})
      : NamedVarianceScaling({1.0, FanMode::fan_avg, Distribution::uniform, options.seed}) {}
};
/// Truncated normal of stddev √(2 / (inputs + outputs)).
class KERATIN_API GlorotNormal : public NamedVarianceScaling {
 public:
  explicit GlorotNormal(SeedOptions options = {})
      : NamedVarianceScaling({1.0, FanMode::fan_avg, Distribution::truncated_normal, options.seed}) {}
};
/// He et al.: uniform in ±√(6 / inputs).
class KERATIN_API HeUniform : public NamedVarianceScaling {
 public:
  explicit HeUniform(SeedOptions options = {})
      : NamedVarianceScaling({2.0, FanMode::fan_in, Distribution::uniform, options.seed}) {}
};
/// Truncated normal of stddev √(2 / inputs).
class KERATIN_API HeNormal : public NamedVarianceScaling {
 public:
  explicit HeNormal(SeedOptions options = {})
      : NamedVarianceScaling({2.0, FanMode::fan_in, Distribution::truncated_normal, options.seed}) {}
};
/// LeCun et al.: uniform in ±√(3 / inputs).
class KERATIN_API LecunUniform : public NamedVarianceScaling {
 public:
  explicit LecunUniform(SeedOptions options = {})
      : NamedVarianceScaling({1.0, FanMode::fan_in, Distribution::uniform, options.seed}) {}
};
/// Truncated normal of stddev √(1 / inputs).
class KERATIN_API LecunNormal : public NamedVarianceScaling {
 public:
  explicit LecunNormal(SeedOptions options = {})
      : NamedVarianceScaling({1.0, FanMode::fan_in, Distribution::truncated_normal, options.seed}) {}
};

struct OrthogonalOptions {
  double gain = 1.0;
  std::optional<std::uint64_t> seed = std::nullopt;
};
/// gain times a matrix whose columns (rows, where those are fewer) are orthonormal, uniform among all such. The last
/// dimension counts the columns, the others together the rows; rank 2 at least, else ShapeError.
class KERATIN_API Orthogonal : public Initializer {
 public:
  explicit Orthogonal(OrthogonalOptions options = {}) : options_(options) {}
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
  Config config() const override;

 private:
  OrthogonalOptions options_;
};

struct IdentityOptions {
  double gain = 1.0;
};
/// gain times the identity matrix: gain where row and column are equal, else 0. Rank 2, else ShapeError.
class KERATIN_API Identity : public Initializer {
 public:
  explicit Identity(IdentityOptions options = {}) : options_(options) {}
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
  Config config() const override;

 private:
  IdentityOptions options_;
};
using IdentityInitializer = Identity;
using OrthogonalInitializer = Orthogonal;

}  // namespace keratin::inline v0::initializers
