// Curves as a picture: SVG, which browsers and pages of code show, and which needs no library to be written.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/prove/curve.h"

namespace keratin::inline v0::cli {
namespace {

constexpr double width = 760.0;
constexpr double height = 250.0;  // of one panel
constexpr double left = 80.0;
constexpr double right = 20.0;
constexpr double top = 46.0;
constexpr double bottom = 40.0;
constexpr std::array<const char*, 2> colours{"#1b6ca8", "#d1495b"};

std::string number(double value, int digits = 1) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string escaped(const std::string& text) {
  std::string all;
  for (const char c : text) all += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return all;
}

std::string text_at(double x, double y, const std::string& text, const std::string& attributes) {
  return "<text x='" + number(x) + "' y='" + number(y) + "' " + attributes + ">" + escaped(text) + "</text>\n";
}

/// The least of 1, 2, 5, 10, 20, … that is no less than a fifth of the range.
double step_of(double range) {
  const double unit = std::pow(10.0, std::floor(std::log10(range / 5.0)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * unit * 5.0 >= range) return factor * unit;
  return 10.0 * unit;
}

struct Panel {
  double y = 0.0;  ///< of its upper edge
  double rounds = 1.0;
  double low = 0.0;
  double high = 1.0;

  double at_round(double round) const { return left + (width - left - right) * round / rounds; }
  double at_bytes(double bytes) const {
    return y + height - bottom - (height - top - bottom) * (bytes - low) / (high - low);
  }

  std::string axes(const std::string& title) const {
    constexpr double mib = 1 << 20;
    std::string all = text_at(left, y + top - 12, title, "font-weight='bold'");
    const double step = step_of((high - low) / mib);
    // + 0.0: a negative zero is written without its sign.
    for (double value = std::ceil(low / mib / step) * step + 0.0; value <= high / mib + 1e-9; value += step) {
      const double line = at_bytes(value * mib);
      all += "<line x1='" + number(left) + "' x2='" + number(width - right) + "' y1='" + number(line) + "' y2='" +
             number(line) + "' stroke='#ddd'/>\n" +
             text_at(left - 6, line + 4, number(value, step < 1.0 ? (step < 0.1 ? 2 : 1) : 0) + " MiB",
                     "text-anchor='end'");
    }
    const double rounds_step = std::max(1.0, step_of(rounds));
    for (double round = 0.0; round <= rounds; round += rounds_step)
      all += text_at(at_round(round), y + height - bottom + 18, number(round, 0), "text-anchor='middle'");
    return all + text_at(width - right, y + height - 6, "round", "text-anchor='end'");
  }

  std::string line(const Curve& curve, double from, const char* colour) const {
    std::string points;
    const std::size_t every = std::max<std::size_t>(1, curve.bytes.size() / 1000);
    for (std::size_t i = 0; i < curve.bytes.size(); i += every)
      points += number(at_round(static_cast<double>(i + 1))) + "," +
                number(at_bytes(static_cast<double>(curve.bytes[i]) - from)) + " ";
    return "<polyline fill='none' stroke-width='1.6' stroke='" + std::string(colour) + "' points='" + points + "'/>\n";
  }
};

double settled(const Curve& curve) {
  return curve.bytes.empty() ? 0.0 : static_cast<double>(curve.bytes[curve.warm_up()]);
}

std::string legend(const std::vector<Curve>& curves, double y) {
  std::string all;
  double x = width - right;
  for (std::size_t i = curves.size(); i-- > 0;) {
    const std::string text = curves[i].name + ": " + in_bytes(curves[i].slope()) + " a round";
    all += text_at(x, y, text, "text-anchor='end' fill='" + std::string(colours[i % colours.size()]) + "'");
    x -= 7.2 * static_cast<double>(text.size()) + 12.0;
  }
  return all;
}

}  // namespace

std::string picture_of(const std::vector<Curve>& curves, const std::string& title) {
  Panel memory{.y = 24.0, .high = 0.0};
  Panel growth{.y = 24.0 + height, .high = 64 << 10};
  for (const Curve& curve : curves) {
    memory.rounds = std::max(memory.rounds, static_cast<double>(curve.bytes.size()));
    for (std::size_t i = 0; i < curve.bytes.size(); ++i) {
      const auto bytes = static_cast<double>(curve.bytes[i]);
      memory.high = std::max(memory.high, 1.1 * bytes);
      if (i < curve.warm_up()) continue;
      growth.low = std::min(growth.low, 1.1 * (bytes - settled(curve)));
      growth.high = std::max(growth.high, 1.1 * (bytes - settled(curve)));
    }
  }
  growth.rounds = memory.rounds;
  const std::string total = number(2.0 * height + 24.0, 0);
  std::string all = "<svg xmlns='http://www.w3.org/2000/svg' width='" + number(width, 0) + "' height='" + total +
                    "' viewBox='0 0 " + number(width, 0) + " " + total +
                    "' font-family='sans-serif' font-size='12'>\n<rect width='100%' height='100%' fill='white'/>\n" +
                    text_at(left, 22, title, "font-size='15'") + memory.axes("Private resident memory") +
                    growth.axes("… beyond that at the end of the warm-up") + legend(curves, memory.y + top - 12);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    all += memory.line(curves[i], 0.0, colours[i % colours.size()]);
    Curve after = curves[i];
    const double from = settled(curves[i]);
    std::fill_n(after.bytes.begin(), after.warm_up(), static_cast<std::int64_t>(from));
    all += growth.line(after, from, colours[i % colours.size()]);
  }
  return all + "</svg>\n";
}

}  // namespace keratin::inline v0::cli
