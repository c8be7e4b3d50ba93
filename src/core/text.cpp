#include "core/text.h"

#include <charconv>
#include <cmath>

namespace keratin::inline v0::core {

std::string listed(std::span<const std::string> names, std::string_view quote) {
  std::string all;
  for (const std::string& each : names) {
    if (!all.empty()) all += ", ";
    all += quote;
    all += each;
    all += quote;
  }
  return all.empty() ? "none" : all;
}

std::string shortest(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const double size = std::fabs(value);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  char digits[32];
  char* const end = std::to_chars(digits, digits + sizeof digits, value,
                                  plain ? std::chars_format::fixed : std::chars_format::scientific)
                        .ptr;
  std::string text(digits, end);
  if (plain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

}  // namespace keratin::inline v0::core
