#include "saving/callbacks/file_name.h"

#include <cmath>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "core/text.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::saving {
namespace {

/// [[fill]align][sign][0][width][grouping][.precision][type] of Python's formats.
struct NumberFormat {
  std::string fill = " ";
  char align = '>';
  char sign = '-';
  std::size_t width = 0;
  char grouping = '\0';
  std::optional<int> precision;
  char type = '\0';
};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_align(char c) noexcept { return c == '<' || c == '>' || c == '^' || c == '='; }

/// Bytes of the character that a UTF-8 text begins with.
std::size_t first_character(std::string_view text) noexcept {
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) ++size;
  return size;
}

class FormatReader {
 public:
  explicit FormatReader(std::string_view text) : left_(text) {}

  /// Nothing for what is no format of numbers.
  std::optional<NumberFormat> read() {
    NumberFormat format;
    read_alignment(format);
    if (next_is("+- ")) format.sign = take();
    if (next_is("0")) {
      take();
      format.fill = "0";
      format.align = '=';
    }
    format.width = static_cast<std::size_t>(number().value_or(0));
    if (next_is(",_")) format.grouping = take();
    if (next_is(".")) {
      take();
      format.precision = number();
      if (!format.precision) return std::nullopt;
    }
    if (next_is("deEfFgG%")) format.type = take();
    if (!left_.empty() || is_too_large_) return std::nullopt;
    return format;
  }

 private:
  void read_alignment(NumberFormat& format) {
    if (left_.empty()) return;
    const std::size_t fill = first_character(left_);
    if (fill < left_.size() && is_align(left_[fill])) {
      format.fill = left_.substr(0, fill);
      left_.remove_prefix(fill);
      format.align = take();
    } else if (is_align(left_.front())) {
      format.align = take();
    }
  }
  bool next_is(std::string_view any) const {
    return !left_.empty() && any.find(left_.front()) != std::string_view::npos;
  }
  char take() {
    const char c = left_.front();
    left_.remove_prefix(1);
    return c;
  }
  std::optional<int> number() {
    if (left_.empty() || !is_digit(left_.front())) return std::nullopt;
    int value = 0;
    while (!left_.empty() && is_digit(left_.front())) {
      value = value * 10 + (take() - '0');
      is_too_large_ = is_too_large_ || value > 100;
      if (is_too_large_) value = 0;
    }
    return value;
  }

  std::string_view left_;
  bool is_too_large_ = false;
};

std::string printed(const char* format, int precision, double value) {
  char text[512];
  const int size = std::snprintf(text, sizeof text, format, precision, value);
  return {text, static_cast<std::size_t>(size)};
}

/// The digits of a number that isn't negative.
std::string digits_of(double value, const NumberFormat& format) {
  const int precision = format.precision.value_or(6);
  switch (format.type) {
    case 'e':
      return printed("%.*e", precision, value);
    case 'E':
      return printed("%.*E", precision, value);
    case 'f':
    case 'F':
      return printed("%.*f", precision, value);
    case 'g':
      return printed("%.*g", precision, value);
    case 'G':
      return printed("%.*G", precision, value);
    case '%':
      return printed("%.*f", precision, value * 100) + "%";
    default:
      break;
  }
  if (!format.precision) return core::shortest(value);
  const std::string text = printed("%.*g", precision, value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

/// With a separator between groups of three digits before the point.
std::string grouped(const std::string& digits, char separator) {
  const std::size_t whole = std::min(digits.find_first_not_of("0123456789"), digits.size());
  std::string text;
  for (std::size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % 3 == 0) text += separator;
    text += digits[i];
  }
  return text + digits.substr(whole);
}

std::string repeated(const std::string& fill, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += fill;
  return text;
}

using Number = std::variant<std::int64_t, double>;

std::string formatted(const Number& number, const NumberFormat& format) {
  const auto* const integer = std::get_if<std::int64_t>(&number);
  const double value = integer != nullptr ? static_cast<double>(*integer) : std::get<double>(number);
  const bool is_plain = integer != nullptr && (format.type == '\0' || format.type == 'd');
  std::string digits = is_plain ? std::to_string(std::abs(*integer)) : digits_of(std::fabs(value), format);
  if (format.grouping != '\0') digits = grouped(digits, format.grouping);
  const std::string sign = std::signbit(value) ? "-" : format.sign == '-' ? "" : std::string(1, format.sign);
  const std::size_t size = sign.size() + digits.size();
  const std::size_t missing = format.width > size ? format.width - size : 0;
  if (format.align == '=') return sign + repeated(format.fill, missing) + digits;
  const std::size_t before = format.align == '<' ? 0 : format.align == '>' ? missing : missing / 2;
  return repeated(format.fill, before) + sign + digits + repeated(format.fill, missing - before);
}

/// Calls text(part) and place(name, format) for the parts of a pattern; false where braces don't fit.
template <class Text, class Place>
bool for_each_part(std::string_view pattern, Text text, Place place) {
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t brace = pattern.find_first_of("{}", at);
    text(pattern.substr(at, brace - at));
    if (brace == std::string_view::npos) return true;
    if (brace + 1 < pattern.size() && pattern[brace + 1] == pattern[brace]) {
      text(pattern.substr(brace, 1));
      at = brace + 2;
      continue;
    }
    const std::size_t end = pattern.find('}', brace);
    if (pattern[brace] == '}' || end == std::string_view::npos) return false;
    const std::string_view inside = pattern.substr(brace + 1, end - brace - 1);
    const std::size_t colon = std::min(inside.find(':'), inside.size());
    if (colon == 0 || inside.find('{') != std::string_view::npos) return false;
    place(inside.substr(0, colon), colon < inside.size() ? inside.substr(colon + 1) : std::string_view());
    at = end + 1;
  }
  return true;
}

}  // namespace

FileName::FileName(std::string pattern, std::string owner) : pattern_(std::move(pattern)), owner_(std::move(owner)) {
  const bool fits = for_each_part(
      pattern_, [](std::string_view) {},
      [&](std::string_view name, std::string_view format) {
        if (!FormatReader(format).read())
          throw ValueError(owner_ + ": '" + std::string(format) +
                           "' is no format of numbers, as d, f, e, g or % with " +
                           "width and precision are. Received: {" + std::string(name) + ":" + std::string(format) +
                           "} in '" + pattern_ + "'");
      });
  if (!fits)
    throw ValueError(owner_ + ": each { of the path needs a name and a }; {{ and }} stand for themselves. Received: '" +
                     pattern_ + "'");
}

std::string FileName::filled(std::int64_t epoch, std::int64_t batch, const Logs& logs) const {
  std::string all;
  const auto value_of = [&](std::string_view name) -> Number {
    if (logs.contains(name)) return logs.at(name);
    if (name == "epoch") return epoch;
    if (name == "batch" && batch > 0) return batch;
    std::vector<std::string> names = {"epoch"};
    if (batch > 0) names.emplace_back("batch");
    for (std::size_t i = 0; i < logs.size(); ++i) names.push_back(logs.name(i));
    throw KeyError(owner_ + ": the path '" + pattern_ + "' names a number that isn't there. There are: " +
                   core::listed(names) + ". Received: {" + std::string(name) + "}");
  };
  for_each_part(
      pattern_, [&](std::string_view text) { all += text; },
      [&](std::string_view name, std::string_view text) {
        const NumberFormat format = FormatReader(text).read().value();
        const Number value = value_of(name);
        if (format.type == 'd' && std::holds_alternative<double>(value))
          throw ValueError(owner_ + ": the format d is one of integers, and '" + std::string(name) +
                           "' is a floating number; use f, e or g. Received: '" + pattern_ + "'");
        if (std::holds_alternative<std::int64_t>(value) && format.precision &&
            (format.type == '\0' || format.type == 'd'))
          throw ValueError(owner_ + ": an integer has no precision. Received: {" + std::string(name) + ":" +
                           std::string(text) + "} in '" + pattern_ + "'");
        all += formatted(value, format);
      });
  return all;
}

}  // namespace keratin::inline v0::saving
