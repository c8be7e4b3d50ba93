#include "keratin/initializers/initializers.h"

#include <cmath>
#include <span>
#include <vector>

#include "core/array_config.h"
#include "initializers/random.h"
#include "initializers/variance_scaling.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::initializers {
namespace {

double checked_stddev(double stddev, const char* name) {
  if (stddev >= 0.0) return stddev;
  throw ValueError(std::string(name) + ": `stddev` can't be negative. Received: stddev=" + std::to_string(stddev));
}

}  // namespace

Array Zeros::operator()(const Shape& shape, DType dtype, std::uint64_t /*seed*/) const {
  return Array::zeros(shape, dtype);
}

Array Ones::operator()(const Shape& shape, DType dtype, std::uint64_t /*seed*/) const {
  return Array::ones(shape, dtype);
}

Constant::Constant(double value) : value_(Array::full({}, value, float64)) {}

Array Constant::operator()(const Shape& shape, DType dtype, std::uint64_t /*seed*/) const {
  if (value_.rank() == 0) return Array::full(shape, value_.item<double>(), dtype);
  const Array values = value_.astype(float64).contiguous();
  const auto missing = static_cast<std::int64_t>(shape.rank()) - values.rank();
  std::vector<std::int64_t> strides(shape.rank(), 0);
  bool fits = missing >= 0;
  for (std::int64_t i = 0; fits && i < values.rank(); ++i) {
    fits = values.shape()[i] == 1 || values.shape()[i] == shape[missing + i];
    if (values.shape()[i] != 1)
      strides[static_cast<std::size_t>(missing + i)] = values.strides()[static_cast<std::size_t>(i)];
  }
  if (!fits)
    throw ShapeError("Constant: the value doesn't broadcast to the weight. Received: value of shape " +
                     to_string(values.shape()) + ", weight of shape " + to_string(shape));
  return Array::borrow(values.data<double>(), shape, {.strides = strides}).astype(dtype).copy();
}

Config Constant::config() const {
  return {{"value", value_.rank() == 0 ? ConfigValue(value_.item<double>()) : core::object_of(value_)}};
}

RandomNormal::RandomNormal(RandomNormalOptions options) : options_(options) {
  checked_stddev(options_.stddev, "RandomNormal");
}

Array RandomNormal::operator()(const Shape& shape, DType dtype, std::uint64_t seed) const {
  return normal_values(shape, dtype, options_.seed.value_or(seed), options_.mean, options_.stddev, false,
                       "RandomNormal");
}

Config RandomNormal::config() const {
  return {{"seed", seed_config(options_.seed)}, {"mean", options_.mean}, {"stddev", options_.stddev}};
}

RandomUniform::RandomUniform(RandomUniformOptions options) : options_(options) {
  if (options_.maxval < options_.minval)
    throw ValueError("RandomUniform: `maxval` can't be below `minval`. Received: minval=" +
                     std::to_string(options_.minval) + ", maxval=" + std::to_string(options_.maxval));
}

Array RandomUniform::operator()(const Shape& shape, DType dtype, std::uint64_t seed) const {
  return uniform_values(shape, dtype, options_.seed.value_or(seed), options_.minval, options_.maxval, "RandomUniform");
}

Config RandomUniform::config() const {
  return {{"seed", seed_config(options_.seed)}, {"minval", options_.minval}, {"maxval", options_.maxval}};
}

TruncatedNormal::TruncatedNormal(TruncatedNormalOptions options) : options_(options) {
  checked_stddev(options_.stddev, "TruncatedNormal");
}

Array TruncatedNormal::operator()(const Shape& shape, DType dtype, std::uint64_t seed) const {
  return normal_values(shape, dtype, options_.seed.value_or(seed), options_.mean, options_.stddev, true,
                       "TruncatedNormal");
}

Config TruncatedNormal::config() const {
  return {{"seed", seed_config(options_.seed)}, {"mean", options_.mean}, {"stddev", options_.stddev}};
}

Array Identity::operator()(const Shape& shape, DType dtype, std::uint64_t /*seed*/) const {
  if (shape.rank() != 2) throw ShapeError("Identity makes matrices. Received: shape " + to_string(shape));
  Array array = Array::zeros(shape, float64);
  const std::span<double> values = array.mutable_data<double>();
  for (std::int64_t i = 0; i < std::min(shape[0], shape[1]); ++i)
    values[static_cast<std::size_t>(i * shape[1] + i)] = options_.gain;
  return array.astype(dtype);
}

Config Identity::config() const { return {{"gain", options_.gain}}; }

}  // namespace keratin::inline v0::initializers
