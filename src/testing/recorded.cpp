#include "keratin/testing/recorded.h"

#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <limits>
#include <string_view>
#include <type_traits>

#include "core/element_convert.h"
#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/saving/npz.h"
#include "testing/text.h"

namespace keratin::inline v0::testing {
namespace {

/// What differs in two arrays' elements.
struct Differences {
  std::int64_t count = 0;
  std::int64_t first = 0;
  std::int64_t largest_at = 0;
  double largest = -1;

  void add(std::int64_t index, double difference) {
    if (count++ == 0) first = index;
    if (!(difference > largest)) return;
    largest = difference;
    largest_at = index;
  }
};

std::string element_text(const Array& array, std::int64_t index) {
  const auto at = static_cast<std::size_t>(index);
  if (array.dtype() == string) return "'" + array.data<std::string>()[at] + "'";
  if (is_integer(array.dtype())) return std::to_string(array.rows(index, index + 1).item<std::int64_t>());
  return core::shortest(array.rows(index, index + 1).item<double>());
}

/// How far two elements are from each other, and from 0 the second one; integers of any size without a loss.
template <class T>
std::pair<long double, long double> distance(const T& given, const T& expected) {
  if constexpr (std::is_same_v<T, std::string>) {
    return {given == expected ? 0.0L : std::numeric_limits<long double>::infinity(), 0.0L};
  } else if constexpr (std::is_same_v<T, std::complex<float>>) {
    return {std::abs(given - expected), std::abs(expected)};
  } else {
    const auto a = static_cast<long double>(core::as_arithmetic(given));
    const auto b = static_cast<long double>(core::as_arithmetic(expected));
    if (a == b || (std::isnan(a) && std::isnan(b))) return {0.0L, 0.0L};
    return {std::abs(a - b), std::isinf(b) ? 0.0L : std::abs(b)};
  }
}

/// Of contiguous arrays of one dtype and size.
Differences differences_of(const Array& given, const Array& expected, const CompareOptions& options) {
  Differences found;
  core::visit_element_type(given.dtype(), [&]<class T>(std::type_identity<T>) {
    const auto* const a = static_cast<const T*>(given.raw());
    const auto* const b = static_cast<const T*>(expected.raw());
    for (std::int64_t i = 0; i < given.size(); ++i) {
      const auto [difference, size] = distance(a[i], b[i]);
      if (!(difference <= options.atol + options.rtol * size)) found.add(i, static_cast<double>(difference));
    }
  });
  return found;
}

/// Differences line by line, of arrays by name.
std::string compared(const NamedArrays& given, const NamedArrays& expected, const CompareOptions& options) {
  std::string text;
  for (const auto& [name, array] : given) {
    if (!expected.contains(name)) {
      text += "\n  '" + name + "' is not in the file";
    } else if (const std::string found = array_differences(array, expected.at(name), options); !found.empty()) {
      text += "\n  '" + name + "': " + found;
    }
  }
  for (const auto& [name, array] : expected)
    if (!given.contains(name)) text += "\n  '" + name + "' is in the file alone";
  return text;
}

bool records() {
  const char* const value = std::getenv("KERATIN_RECORD");
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace

std::string array_differences(const Array& given, const Array& expected, CompareOptions options) {
  if (given.dtype() != expected.dtype())
    return "dtype " + std::string(name_of(given.dtype())) + ", expected " + std::string(name_of(expected.dtype()));
  if (given.shape() != expected.shape())
    return "shape " + to_string(given.shape()) + ", expected " + to_string(expected.shape());
  const Shape flat{given.size()};
  const Array a = given.contiguous().reshaped(flat);
  const Array b = expected.contiguous().reshaped(flat);
  const Differences found = differences_of(a, b, options);
  if (found.count == 0) return {};
  std::string text = count_text(found.count, given.size());
  if (given.dtype() != string)
    text += " by more than " + core::shortest(options.atol) + " + " + core::shortest(options.rtol) + "·|expected|";
  text += ", the first at " + place_text(given.shape(), found.first) + ": " + element_text(a, found.first) +
          ", expected " + element_text(b, found.first);
  if (found.count > 1 && found.largest >= 0 && given.dtype() != string)
    text += "; the largest difference is " + core::shortest(found.largest) + " at " +
            place_text(given.shape(), found.largest_at);
  return text;
}

std::string recorded_differences(const std::string& path, const NamedArrays& given, CompareOptions options) {
  const bool exists = std::filesystem::exists(path);
  if (!exists && !records())
    return "There is no recorded file '" + path + "'. Run the test once with KERATIN_RECORD=1 in the environment";
  std::string text = exists ? compared(given, load_npz(path), options) : "\n  it is new";
  if (text.empty()) return {};
  if (!records())
    return "What '" + path + "' holds differs from what was computed (recorded anew with KERATIN_RECORD=1):" + text;
  save_npz(path, given);
  std::cout << "Recorded '" << path << "'. What was different:" << text << '\n';
  return {};
}

NamedArrays named(const Array& array) { return named(std::vector<Array>{array}); }

NamedArrays named(const std::vector<Array>& arrays) {
  NamedArrays result;
  for (std::size_t i = 0; i < arrays.size(); ++i) result.set("arr_" + std::to_string(i), arrays[i]);
  return result;
}

NamedArrays named(const Outputs& outputs) {
  NamedArrays result;
  for (std::size_t i = 0; i < outputs.size(); ++i) result.set(outputs.names()[i], outputs.arrays()[i]);
  return result;
}

}  // namespace keratin::inline v0::testing
