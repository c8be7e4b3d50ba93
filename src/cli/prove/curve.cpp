#include "cli/prove/curve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace keratin::inline v0::cli {

std::size_t Curve::warm_up() const noexcept { return std::min<std::size_t>(bytes.size() / 10, 1000); }

double Curve::slope() const noexcept {
  const std::size_t first = warm_up();
  if (bytes.size() < first + 2) return 0.0;
  const auto count = static_cast<double>(bytes.size() - first);
  double mean_bytes = 0.0;
  for (std::size_t i = first; i < bytes.size(); ++i) mean_bytes += static_cast<double>(bytes[i]) / count;
  const double mean_round = static_cast<double>(first) + (count - 1.0) / 2.0;
  double covariance = 0.0;
  double variance = 0.0;
  for (std::size_t i = first; i < bytes.size(); ++i) {
    const double round = static_cast<double>(i) - mean_round;
    covariance += round * (static_cast<double>(bytes[i]) - mean_bytes);
    variance += round * round;
  }
  return covariance / variance;
}

double Curve::growth() const noexcept { return slope() * static_cast<double>(bytes.size() - warm_up()); }

std::string in_bytes(double bytes) {
  constexpr std::array<const char*, 4> units{"bytes", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  for (; std::abs(bytes) >= 1024.0 && unit + 1 < units.size(); ++unit) bytes /= 1024.0;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", bytes, units[unit]);
  return text.data();
}

std::string table_of(const std::vector<Curve>& curves) {
  std::string text = "round";
  std::size_t rounds = 0;
  for (const Curve& curve : curves) {
    text += "," + curve.name;
    rounds = std::max(rounds, curve.bytes.size());
  }
  text += '\n';
  for (std::size_t round = 0; round < rounds; ++round) {
    text += std::to_string(round + 1);
    for (const Curve& curve : curves)
      text += "," + (round < curve.bytes.size() ? std::to_string(curve.bytes[round]) : std::string());
    text += '\n';
  }
  return text;
}

}  // namespace keratin::inline v0::cli
