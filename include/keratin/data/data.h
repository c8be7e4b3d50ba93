#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"

namespace keratin::inline v0 {

/// The inputs or targets of a model: an array, a list of them, or arrays by name.
class KERATIN_API Data {
 public:
  Data() noexcept;
  Data(Array array);
  Data(std::vector<Array> arrays);
  Data(std::initializer_list<Array> arrays);
  Data(std::initializer_list<std::pair<std::string, Array>> named);
  Data(const std::vector<std::pair<std::string, Array>>& named);
  Data(const Data& other);
  Data(Data&& other) noexcept;
  Data& operator=(const Data& other);
  Data& operator=(Data&& other) noexcept;
  ~Data();

  bool empty() const noexcept { return arrays_.empty(); }
  std::size_t size() const noexcept { return arrays_.size(); }
  const Array& operator[](std::size_t index) const { return arrays_[index]; }
  const std::vector<Array>& arrays() const noexcept { return arrays_; }
  /// Empty for an array or a list.
  const std::vector<std::string>& names() const noexcept { return names_; }
  /// Whether a dictionary has an array of this name.
  bool has(std::string_view name) const noexcept;
  /// In the order of `names`, which a dictionary must hold all of; a list must be as long. Throws ValueError with what
  /// is missing or too much. `what`: "x", "y".
  std::vector<Array> ordered(const std::vector<std::string>& names, std::string_view what) const;
  /// The same names, with f(array) in each array's place.
  template <class F>
  Data mapped(F f) const {
    Data result = *this;
    for (Array& array : result.arrays_) array = f(std::as_const(array));
    return result;
  }
  /// Rows first … last−1 of each array.
  Data rows(std::int64_t first, std::int64_t last) const;

 private:
  std::vector<Array> arrays_;
  std::vector<std::string> names_;
};

/// What predict returns: an array for each output. One alone converts to it.
class KERATIN_API Outputs {
 public:
  Outputs() noexcept;
  Outputs(std::vector<std::string> names, std::vector<Array> arrays);
  Outputs(const Outputs& other);
  Outputs(Outputs&& other) noexcept;
  Outputs& operator=(const Outputs& other);
  Outputs& operator=(Outputs&& other) noexcept;
  ~Outputs();

  std::size_t size() const noexcept { return arrays_.size(); }
  /// Throws ValueError if there is not exactly one output.
  operator Array() const;
  /// Throws KeyError naming the outputs that exist.
  const Array& operator[](std::string_view name) const;
  const Array& operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  template <std::integral T>  // one that a literal 0, which might be a text's address, prefers
  const Array& operator[](T index) const {
    return arrays_[static_cast<std::size_t>(index)];
  }
  const std::vector<std::string>& names() const noexcept { return names_; }
  const std::vector<Array>& arrays() const noexcept { return arrays_; }

 private:
  std::vector<std::string> names_;
  std::vector<Array> arrays_;
};

/// One batch of a stream.
struct KERATIN_API Batch {
  Data x = {};
  Data y = {};
  Data sample_weight = {};  ///< for all outputs, or one for each: a list, or by name
};

}  // namespace keratin::inline v0
