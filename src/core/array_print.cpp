#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <complex>
#include <cstdio>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "core/array_impl.h"
#include "core/element_convert.h"
#include "keratin/core/array.h"

// The layout is that of numpy.array2string: shortened above 1000 elements to 3 at each end of a dimension, columns
// aligned, lines of 75 characters, at most 8 digits after the point.

namespace keratin::inline v0 {
namespace {

constexpr std::int64_t shortened_from = 1001;
constexpr std::int64_t edge = 3;
constexpr std::size_t line_width = 75;
constexpr int digits = 8;

/// A float's text, at the point: "−12" and "5".
struct Decimal {
  std::string whole;
  std::string fraction;
  std::string exponent;
};

/// The shortest digits that read back as the same value, at most 8 of them after the point.
template <class T>
Decimal decimal(T value, bool scientific) {
  std::array<char, 400> text{};
  const auto format = scientific ? std::chars_format::scientific : std::chars_format::fixed;
  char* end = std::to_chars(text.data(), text.data() + text.size(), value, format).ptr;
  std::string_view all(text.data(), static_cast<std::size_t>(end - text.data()));
  const auto digits_after_point = [&] {
    const std::size_t point = all.find('.');
    return point == std::string_view::npos ? std::size_t{0} : std::min(all.find('e'), all.size()) - point - 1;
  };
  if (digits_after_point() > digits) {
    end = std::to_chars(text.data(), text.data() + text.size(), value, format, digits).ptr;
    all = {text.data(), static_cast<std::size_t>(end - text.data())};
  }
  Decimal result;
  if (const std::size_t e = all.find('e'); e != std::string_view::npos) {
    result.exponent = all.substr(e);
    all = all.substr(0, e);
  }
  const std::size_t point = all.find('.');
  result.whole = all.substr(0, point);
  if (point != std::string_view::npos) result.fraction = all.substr(point + 1);
  while (!result.fraction.empty() && result.fraction.back() == '0') result.fraction.pop_back();
  return result;
}

template <class T>
bool needs_exponent(const std::vector<T>& values) {
  T largest = 0;
  T smallest = std::numeric_limits<T>::infinity();
  for (const T value : values) {
    const T magnitude = std::abs(value);
    if (!std::isfinite(value) || magnitude == 0) continue;
    largest = std::max(largest, magnitude);
    smallest = std::min(smallest, magnitude);
  }
  if (largest == 0) return false;
  const T switch_at = std::is_same_v<T, double> ? T(1e8) : T(1e6);
  return largest >= switch_at || smallest < T(1e-4) || largest / smallest > T(1000);
}

/// Texts of one width: points under one another.
template <class T>
std::vector<std::string> float_texts(const std::vector<T>& values) {
  const bool scientific = needs_exponent(values);
  std::vector<Decimal> decimals;
  std::size_t left = 0;
  std::size_t right = 0;
  for (const T value : values) {
    decimals.push_back(std::isfinite(value) ? decimal(value, scientific) : Decimal{});
    left = std::max(left, decimals.back().whole.size());
    right = std::max(right, decimals.back().fraction.size());
  }
  std::vector<std::string> texts;
  std::size_t widest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Decimal& number = decimals[i];
    std::string text;
    if (std::isfinite(values[i])) {
      number.fraction.resize(right, scientific ? '0' : ' ');
      text = std::string(left - number.whole.size(), ' ') + number.whole + '.' + number.fraction + number.exponent;
    } else {
      text = std::isnan(values[i]) ? "nan" : values[i] > 0 ? "inf" : "-inf";
    }
    widest = std::max(widest, text.size());
    texts.push_back(std::move(text));
  }
  for (std::string& text : texts) text.insert(0, widest - text.size(), ' ');
  return texts;
}

std::string quoted(const std::string& value) {
  std::ostringstream out;
  out << std::quoted(value, '\'');
  return out.str();
}

template <class T>
std::string plain_text(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "True" : "False";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return quoted(value);
  } else if constexpr (std::is_same_v<T, std::complex<float>>) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.8g%+.8gj", static_cast<double>(value.real()),
                  static_cast<double>(value.imag()));
    return text.data();
  } else {
    return std::to_string(value);
  }
}

template <class T>
std::vector<std::string> texts_of(const std::vector<T>& values) {
  if constexpr (std::is_floating_point_v<T>) {
    return float_texts(values);
  } else {
    std::vector<std::string> texts;
    std::size_t widest = 0;
    for (const T& value : values) {
      texts.push_back(plain_text<T>(value));
      widest = std::max(widest, texts.back().size());
    }
    if constexpr (!std::is_same_v<T, std::string>)
      for (std::string& text : texts) text.insert(0, widest - text.size(), ' ');
    return texts;
  }
}

/// Which indices of a dimension are shown; −1 stands for "...".
std::vector<std::int64_t> shown(std::int64_t size, bool shortened) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < size; ++i) {
    if (shortened && size > 2 * edge && i == edge) {
      indices.push_back(-1);
      i = size - edge;
    }
    indices.push_back(i);
  }
  return indices;
}

class Printer {
 public:
  explicit Printer(const Array& array) : array_(array), shortened_(array.size() >= shortened_from) {
    core::visit_element_type(array.dtype(), [this]<class T>(std::type_identity<T>) {
      // 16-bit floats are shown as the floats they stand for.
      if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
        std::vector<float> values;
        collect<T>(0, 0, [&](const T& value) { values.push_back(core::to_float(value)); });
        texts_ = texts_of(values);
      } else {
        std::vector<T> values;
        collect<T>(0, 0, [&](const T& value) { values.push_back(value); });
        texts_ = texts_of(values);
      }
    });
  }

  std::string text() {
    if (array_.size() == 0) return "[]";
    if (array_.rank() > 0) return text_of(0, " ", line_width);
    // A number alone is written as Python does: 1.0 and 1e-05, where a row has 1. and 1.e-05.
    std::string number = texts_.front();
    if (const std::size_t point = number.find(".e"); point != std::string::npos) number.erase(point, 1);
    if (array_.dtype() != string && number.ends_with('.')) number += '0';
    return number;
  }

 private:
  /// Calls f with the elements that are shown, in order.
  template <class T, class F>
  void collect(std::size_t axis, std::int64_t offset, const F& f) {
    if (axis == array_.shape().rank()) return f(static_cast<const T*>(array_.raw())[offset]);
    for (const std::int64_t i : shown(array_.shape().dims()[axis], shortened_))
      if (i >= 0) collect<T>(axis + 1, offset + i * array_.strides()[axis], f);
  }

  std::string text_of(std::size_t axis, const std::string& indent, std::size_t width) {
    const std::size_t axes_left = array_.shape().rank() - axis;
    if (axes_left == 0) return texts_[next_++];
    const std::vector<std::int64_t> indices = shown(array_.shape().dims()[axis], shortened_);
    return axes_left == 1 ? row(indices, indent, width) : block(indices, indent, axis, axes_left, width);
  }

  std::string row(const std::vector<std::int64_t>& indices, const std::string& indent, std::size_t width) {
    std::string text;
    std::string line = indent;
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const bool last = i + 1 == indices.size();
      const std::string word = indices[i] < 0 ? "..." : texts_[next_++];
      const std::size_t limit = last ? width : width - 1;
      if (line.size() > indent.size() && line.size() + word.size() > limit) {
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
        line = indent;
      }
      line += word;
      if (!last) line += ' ';
    }
    text += line;
    return '[' + text.substr(indent.size()) + ']';
  }

  std::string block(const std::vector<std::int64_t>& indices, const std::string& indent, std::size_t axis,
                    std::size_t axes_left, std::size_t width) {
    const std::string inner = indent + ' ';
    std::string text;
    for (std::size_t i = 0; i < indices.size(); ++i) {
      text += indent;
      text += indices[i] < 0 ? "..." : text_of(axis + 1, inner, width - 1);
      if (i + 1 < indices.size()) text += std::string(axes_left - 1, '\n');
    }
    return '[' + text.substr(indent.size()) + ']';
  }

  const Array& array_;
  bool shortened_;
  std::vector<std::string> texts_;
  std::size_t next_ = 0;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Array& array) { return out << Printer(array).text(); }

}  // namespace keratin::inline v0
