#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "keratin/core/array.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/initializers/initializer.h"
#include "keratin/ops/axes.h"

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

/// One value everywhere, or those of an array that broadcasts to the weight's shape (else ShapeError).
class KERATIN_API Constant : public Initializer {
 public:
  explicit Constant(double value = 0.0);
  explicit Constant(Array value) : value_(std::move(value)) {}
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
  Config config() const override;

 private:
  Array value_;  ///< of rank 0 where it is a number
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
  Axes input_axes = {};   ///< with output_axes: the dimensions that count the inputs
  Axes output_axes = {};  ///< and those that count the outputs
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

struct FanOptions {
  std::optional<std::uint64_t> seed = std::nullopt;
  Axes input_axes = {};
  Axes output_axes = {};
};

/// A VarianceScaling whose scale, mode and distribution its name fixes.
class KERATIN_API NamedVarianceScaling : public Initializer {
 public:
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
  Config config() const override;

 protected:
  NamedVarianceScaling(VarianceScalingOptions fixed, const FanOptions& options) : options_(fixed) {
    options_.seed = options.seed;
    options_.input_axes = options.input_axes;
    options_.output_axes = options.output_axes;
  }

 private:
  VarianceScalingOptions options_;
};

/// Glorot and Bengio: uniform in ±√(6 / (inputs + outputs)).
class KERATIN_API GlorotUniform : public NamedVarianceScaling {
 public:
  explicit GlorotUniform(FanOptions options = {})
      : NamedVarianceScaling({1.0, FanMode::fan_avg, Distribution::uniform}, options) {}
};
/// Truncated normal of stddev √(2 / (inputs + outputs)).
class KERATIN_API GlorotNormal : public NamedVarianceScaling {
 public:
  explicit GlorotNormal(FanOptions options = {})
      : NamedVarianceScaling({1.0, FanMode::fan_avg, Distribution::truncated_normal}, options) {}
};
/// He et al.: uniform in ±√(6 / inputs).
class KERATIN_API HeUniform : public NamedVarianceScaling {
 public:
  explicit HeUniform(FanOptions options = {})
      : NamedVarianceScaling({2.0, FanMode::fan_in, Distribution::uniform}, options) {}
};
/// Truncated normal of stddev √(2 / inputs).
class KERATIN_API HeNormal : public NamedVarianceScaling {
 public:
  explicit HeNormal(FanOptions options = {})
      : NamedVarianceScaling({2.0, FanMode::fan_in, Distribution::truncated_normal}, options) {}
};
/// LeCun et al.: uniform in ±√(3 / inputs).
class KERATIN_API LecunUniform : public NamedVarianceScaling {
 public:
  explicit LecunUniform(FanOptions options = {})
      : NamedVarianceScaling({1.0, FanMode::fan_in, Distribution::uniform}, options) {}
};
/// Truncated normal of stddev √(1 / inputs).
class KERATIN_API LecunNormal : public NamedVarianceScaling {
 public:
  explicit LecunNormal(FanOptions options = {})
      : NamedVarianceScaling({1.0, FanMode::fan_in, Distribution::truncated_normal}, options) {}
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

enum class StftSide : std::uint8_t { real, imag };
enum class StftScaling : std::uint8_t { none, density, spectrum };

struct STFTOptions {
  StftSide side = StftSide::real;
  /// A name of scipy.signal.get_window's: boxcar, hann, hamming, blackman, nuttall, blackmanharris, flattop, bartlett,
  /// triang or cosine. None: no window.
  std::optional<std::string> window = "hann";
  StftScaling scaling = StftScaling::density;
  bool periodic = false;
};
/// The kernel of a short-time Fourier transform as a convolution: (frame length, 1, fft length / 2 + 1), ShapeError for
/// another rank. Its real or its imaginary part, windowed and scaled.
class KERATIN_API STFT : public Initializer {
 public:
  /// Throws ValueError for a window that it doesn't know.
  explicit STFT(STFTOptions options = {});
  Array operator()(const Shape& shape, DType dtype, std::uint64_t seed) const override;
  Config config() const override;

 private:
  STFTOptions options_;
};

// Keras's other names.
using zeros = Zeros;
using ones = Ones;
using constant = Constant;
using random_normal = RandomNormal;
using random_uniform = RandomUniform;
using truncated_normal = TruncatedNormal;
using variance_scaling = VarianceScaling;
using glorot_uniform = GlorotUniform;
using glorot_normal = GlorotNormal;
using he_uniform = HeUniform;
using he_normal = HeNormal;
using lecun_uniform = LecunUniform;
using lecun_normal = LecunNormal;
using orthogonal = Orthogonal;
using identity = Identity;
using stft = STFT;
using IdentityInitializer = Identity;
using OrthogonalInitializer = Orthogonal;
using STFTInitializer = STFT;

}  // namespace keratin::inline v0::initializers
