#include "initializers/variance_scaling.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <string>
#include <string_view>

#include "initializers/random.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::initializers {
namespace {

/// The standard deviation of a standard normal number that is within two of its deviations.
constexpr double truncated_deviation = 0.87962566103423978;

constexpr std::string_view fan_modes[] = {"fan_in", "fan_out", "fan_avg"};
constexpr std::string_view distributions[] = {"truncated_normal", "untruncated_normal", "uniform"};

std::size_t index_of(std::span<const std::string_view> names, const std::string& name, std::string_view what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  throw ValueError("VarianceScaling: not a known `" + std::string(what) + "`. Received: '" + name + "'");
}

double variance(const VarianceScalingOptions& options, const Shape& shape) {
  const Fans fans = fans_of(shape, options.input_axes, options.output_axes);
  const auto in = static_cast<double>(fans.in);
  const auto out = static_cast<double>(fans.out);
  const double count = options.mode == FanMode::fan_in ? in : options.mode == FanMode::fan_out ? out : (in + out) / 2;
  return options.scale / std::max(1.0, count);
}

std::int64_t product(const Shape& shape, const Axes& axes) {
  std::int64_t count = 1;
  for (const std::int64_t axis : axes.values()) count *= shape[axis];
  return count;
}

ConfigValue list_of(const Axes& axes) {
  if (axes.empty()) return {};
  ConfigValue::List list;
  for (const std::int64_t axis : axes.values()) list.emplace_back(axis);
  return list;
}

}  // namespace

Fans fans_of(const Shape& shape, const Axes& input_axes, const Axes& output_axes) {
  if (!input_axes.empty() && !output_axes.empty()) return {product(shape, input_axes), product(shape, output_axes)};
  if (shape.empty()) return {1, 1};
  if (shape.rank() == 1) return {shape[0], shape[0]};
  std::int64_t receptive_field = 1;
  for (std::size_t i = 0; i + 2 < shape.rank(); ++i) receptive_field *= shape.dims()[i];
  return {shape[-2] * receptive_field, shape[-1] * receptive_field};
}

FanMode fan_mode_from(const std::string& name) { return static_cast<FanMode>(index_of(fan_modes, name, "mode")); }

Distribution distribution_from(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower == "normal" ? Distribution::truncated_normal
                           : static_cast<Distribution>(index_of(distributions, lower, "distribution"));
}

VarianceScaling::VarianceScaling(VarianceScalingOptions options) : options_(options) {
  if (options_.scale > 0.0) return;
  throw ValueError("VarianceScaling: `scale` must be positive. Received: scale=" + std::to_string(options_.scale));
}

Array VarianceScaling::operator()(const Shape& shape, DType dtype, std::uint64_t seed) const {
  const std::uint64_t own = options_.seed.value_or(seed);
  const double wanted = variance(options_, shape);
  if (options_.distribution == Distribution::uniform) {
    const double limit = std::sqrt(3.0 * wanted);
    return uniform_values(shape, dtype, own, -limit, limit, "VarianceScaling");
  }
  const bool truncated = options_.distribution == Distribution::truncated_normal;
  const double stddev = std::sqrt(wanted) / (truncated ? truncated_deviation : 1.0);
  return normal_values(shape, dtype, own, 0.0, stddev, truncated, "VarianceScaling");
}

Config VarianceScaling::config() const {
  return {{"seed", seed_config(options_.seed)},
          {"scale", options_.scale},
          {"mode", std::string(fan_modes[static_cast<std::size_t>(options_.mode)])},
          {"distribution", std::string(distributions[static_cast<std::size_t>(options_.distribution)])},
          {"input_axes", list_of(options_.input_axes)},
          {"output_axes", list_of(options_.output_axes)}};
}

Array NamedVarianceScaling::operator()(const Shape& shape, DType dtype, std::uint64_t seed) const {
  return VarianceScaling(options_)(shape, dtype, seed);
}

Config NamedVarianceScaling::config() const {
  return {{"seed", seed_config(options_.seed)},
          {"input_axes", list_of(options_.input_axes)},
          {"output_axes", list_of(options_.output_axes)}};
}

}  // namespace keratin::inline v0::initializers
