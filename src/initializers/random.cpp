#include "initializers/random.h"

#include <cmath>
#include <string>

#include "core/cpu.h"
#include "core/philox.h"
#include "core/spec_table.h"
#include "keratin/core/error.h"
#include "kernels/random_blocks.h"

namespace keratin::inline v0::initializers {
namespace {

void check_floating(DType dtype, std::string_view name) {
  if (is_floating(dtype)) return;
  throw DTypeError(std::string(name) + " makes floating numbers. Use Zeros, Ones or Constant for others. Received: " +
                   std::string(name_of(dtype)));
}

core::PhiloxKey key_of(std::uint64_t seed) noexcept { return core::stream_key(seed, "initializer"); }

/// Draws the element again, from the next steps of the stream, until it is within two deviations.
float redrawn(core::PhiloxKey key, std::uint64_t element) noexcept {
  for (std::uint64_t step = 1;; ++step)
    if (const float value = core::normal_at(key, step, element); std::abs(value) <= 2.0f) return value;
}

}  // namespace

Array normal_values(const Shape& shape, DType dtype, std::uint64_t seed, double mean, double stddev, bool truncated,
                    std::string_view name) {
  check_floating(dtype, name);
  const core::PhiloxKey key = key_of(seed);
  Array array = Array::empty(shape, float32);
  const std::span<float> values = array.mutable_data<float>();
  core::fill_normal(values, key, 0, 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (truncated && std::abs(values[i]) > 2.0f) values[i] = redrawn(key, i);
    values[i] = static_cast<float>(mean + stddev * static_cast<double>(values[i]));
  }
  return array.astype(dtype);
}

Array uniform_values(const Shape& shape, DType dtype, std::uint64_t seed, double minval, double maxval,
                     std::string_view name) {
  check_floating(dtype, name);
  Array array = Array::empty(shape, float32);
  const std::span<float> values = array.mutable_data<float>();
  kernels::fill_uniform(core::cpu_level(), values.data(), array.size(), key_of(seed), 0, 0);
  for (float& value : values) value = static_cast<float>(minval + (maxval - minval) * static_cast<double>(value));
  return array.astype(dtype);
}

ConfigValue seed_config(std::optional<std::uint64_t> seed) { return seed ? ConfigValue(*seed) : ConfigValue(); }

std::optional<std::uint64_t> seed_from(const Config& config) {
  if (!config.contains("seed") || config.at("seed").is_none()) return std::nullopt;
  const ConfigValue& seed = config.at("seed");
  // Keras's SeedGenerator object: its own seed is among its options.
  return seed.is_config() ? seed_from(core::options_in(seed.as_config())) : seed.as<std::uint64_t>();
}

}  // namespace keratin::inline v0::initializers
