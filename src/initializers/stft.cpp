#include "initializers/stft.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/initializers/initializers.h"

namespace keratin::inline v0::initializers {
namespace {

using std::numbers::pi;

constexpr std::array<std::string_view, 3> scalings{"none", "density", "spectrum"};

/// Windows that are sums of cosines of multiples of the place, from −π to π, with these weights.
struct CosineSum {
  std::string_view name;
  std::array<double, 5> weights;
};
constexpr CosineSum cosine_sums[] = {
    {"boxcar", {1.0}},
    {"hann", {0.5, 0.5}},
    {"hamming", {0.54, 0.46}},
    {"blackman", {0.42, 0.50, 0.08}},
    {"nuttall", {0.3635819, 0.4891775, 0.1365995, 0.0106411}},
    {"blackmanharris", {0.35875, 0.48829, 0.14128, 0.01168}},
    {"flattop", {0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368}},
};

/// The others: value i of n.
struct Shape1D {
  std::string_view name;
  double (*value)(double i, double n);
};
constexpr Shape1D shapes[] = {
    {"bartlett", [](double i, double n) { return 1.0 - std::abs(2.0 * i / (n - 1.0) - 1.0); }},
    {"triang",
     [](double i, double n) { return 1.0 - std::abs(2.0 * i - (n - 1.0)) / (std::fmod(n, 2.0) == 0.0 ? n : n + 1.0); }},
    {"cosine", [](double i, double n) { return std::sin(pi / n * (i + 0.5)); }},
};

double cosine_sum(const CosineSum& sum, double i, double n) {
  double value = 0.0;
  for (std::size_t k = 0; k < sum.weights.size(); ++k)
    value += sum.weights[k] * std::cos(static_cast<double>(k) * (2.0 * pi * i / (n - 1.0) - pi));
  return value;
}

/// scipy.signal.get_window(name, length, periodic).
std::vector<double> window_of(const std::string& name, std::int64_t length, bool periodic) {
  std::vector<double> values(static_cast<std::size_t>(length), 1.0);
  if (length == 1) return values;
  const auto n = static_cast<double>(periodic ? length + 1 : length);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (const CosineSum& each : cosine_sums)
      if (each.name == name) values[i] = cosine_sum(each, static_cast<double>(i), n);
    for (const Shape1D& each : shapes)
      if (each.name == name) values[i] = each.value(static_cast<double>(i), n);
  }
  return values;
}

void check_window(const std::string& name) {
  std::vector<std::string> known;
  for (const CosineSum& each : cosine_sums) known.emplace_back(each.name);
  for (const Shape1D& each : shapes) known.emplace_back(each.name);
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  throw ValueError("STFT: not a known `window`. Known: " + core::listed(known) + ". Received: '" + name + "'");
}

StftSide side_from(const std::string& name) {
  if (name == "real") return StftSide::real;
  if (name == "imag") return StftSide::imag;
  throw ValueError("STFT: `side` must be 'real' or 'imag'. Received: side='" + name + "'");
}

StftScaling scaling_from(const ConfigValue& value) {
  if (value.is_none()) return StftScaling::none;
  for (std::size_t i = 1; i < scalings.size(); ++i)
    if (scalings[i] == value.as_text()) return static_cast<StftScaling>(i);
  throw ValueError("STFT: `scaling` must be None, 'density' or 'spectrum'. Received: scaling='" + value.as_text() +
                   "'");
}

double scale_of(StftScaling scaling, std::span<const double> window) {
  double squares = 0.0;
  double sum = 0.0;
  for (const double each : window) {
    squares += each * each;
    sum += std::abs(each);
  }
  return scaling == StftScaling::density ? std::sqrt(squares) : scaling == StftScaling::spectrum ? sum : 1.0;
}

}  // namespace

STFT::STFT(STFTOptions options) : options_(std::move(options)) {
  if (options_.window) check_window(*options_.window);
}

Array STFT::operator()(const Shape& shape, DType dtype, std::uint64_t /*seed*/) const {
  if (shape.rank() != 3 || shape[1] != 1)
    throw ShapeError("STFT makes kernels of shape (frame length, 1, frequencies). Received: shape " + to_string(shape));
  const std::int64_t frequencies = shape[2];
  std::vector<double> window(static_cast<std::size_t>(shape[0]), 1.0);
  double scale = 1.0;
  if (options_.window) {
    window = window_of(*options_.window, shape[0], options_.periodic);
    scale = scale_of(options_.scaling, window);
  }
  Array array = Array::empty(shape, float64);
  const std::span<double> values = array.mutable_data<double>();
  const double length = 2.0 * static_cast<double>(frequencies - 1);
  for (std::size_t time = 0; time < window.size(); ++time)
    for (std::size_t frequency = 0; frequency < static_cast<std::size_t>(frequencies); ++frequency) {
      const double turns = frequencies == 1 ? 0.0 : static_cast<double>(time * frequency) / length;
      const double wave = options_.side == StftSide::real ? std::cos(2.0 * pi * turns) : -std::sin(2.0 * pi * turns);
      values[time * static_cast<std::size_t>(frequencies) + frequency] = wave * window[time] / scale;
    }
  return array.astype(dtype);
}

Config STFT::config() const {
  return {{"side", options_.side == StftSide::real ? "real" : "imag"},
          {"window", options_.window ? ConfigValue(*options_.window) : ConfigValue()},
          {"periodic", options_.periodic},
          {"scaling", options_.scaling == StftScaling::none
                          ? ConfigValue()
                          : ConfigValue(std::string(scalings[static_cast<std::size_t>(options_.scaling)]))}};
}

InitializerSpec stft_from(const Config& config) {
  STFTOptions options{.side = side_from(config.get_or<std::string>("side", "real")),
                      .periodic = config.get_or("periodic", false)};
  if (config.contains("window")) {
    const ConfigValue& window = config.at("window");
    options.window = window.is_none() ? std::nullopt : std::optional(window.as_text());
  }
  if (config.contains("scaling")) options.scaling = scaling_from(config.at("scaling"));
  return STFT(std::move(options));
}

}  // namespace keratin::inline v0::initializers
