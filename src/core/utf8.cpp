#include "core/utf8.h"

#include <array>
#include <cstdint>

#include "keratin/core/error.h"

namespace keratin::inline v0::core {
namespace {

constexpr bool is_scalar(char32_t point) { return point < 0xd800 || (point > 0xdfff && point <= 0x10ffff); }

/// Bytes of the sequence that starts with `first`; 0 if none does.
constexpr std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

}  // namespace

std::u32string from_utf8(std::string_view text) {
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  std::u32string points;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = sequence_length(first);
    bool valid = length > 0 && at + length <= text.size();
    char32_t point = length == 1 ? first : first & (0x7fu >> length);
    for (std::size_t i = 1; valid && i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      valid = (next & 0xc0) == 0x80;
      point = (point << 6) | (next & 0x3fu);
    }
    if (!valid || point < smallest[length] || !is_scalar(point))
      throw ValueError("A string is no valid UTF-8 at its byte " + std::to_string(at));
    points += point;
    at += length;
  }
  return points;
}

std::string to_utf8(std::u32string_view points) {
  std::string text;
  const auto follow = [&text](char32_t point, int shift) {
    text += static_cast<char>(0x80 | ((point >> shift) & 0x3f));
  };
  for (char32_t point : points) {
    if (!is_scalar(point)) point = 0xfffd;
    if (point < 0x80) {
      text += static_cast<char>(point);
    } else if (point < 0x800) {
      text += static_cast<char>(0xc0 | (point >> 6));
      follow(point, 0);
    } else if (point < 0x10000) {
      text += static_cast<char>(0xe0 | (point >> 12));
      follow(point, 6);
      follow(point, 0);
    } else {
      text += static_cast<char>(0xf0 | (point >> 18));
      follow(point, 12);
      follow(point, 6);
      follow(point, 0);
    }
  }
  return text;
}

}  // namespace keratin::inline v0::core
