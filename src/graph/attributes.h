#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "graph/program.h"
#include "keratin/core/dtype.h"
#include "keratin/core/error.h"
#include "keratin/core/shape.h"

namespace keratin::inline v0::graph {

/// A short list of integers: axes, steps, a permutation, paddings. At most Shape::max_rank of them.
class Ints {
 public:
  Ints() noexcept = default;
  Ints(std::initializer_list<std::int64_t> values) : Ints(std::span(values.begin(), values.size())) {}
  explicit Ints(std::span<const std::int64_t> values);

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const std::int64_t* begin() const noexcept { return values_.data(); }
  const std::int64_t* end() const noexcept { return values_.data() + size_; }
  std::int64_t operator[](std::size_t index) const noexcept { return values_[index]; }
  std::int64_t& operator[](std::size_t index) noexcept { return values_[index]; }
  void push_back(std::int64_t value);
  bool contains(std::int64_t value) const noexcept;

  friend bool operator==(const Ints&, const Ints&) noexcept = default;

 private:
  std::array<std::int64_t, Shape::max_rank> values_{};
  std::size_t size_ = 0;
};

/// Trivially copyable: text and programs point to memory of the graph that holds the attribute (or, until it is
/// appended, of the caller).
using AttributeValue = std::variant<bool, std::int64_t, double, DType, Ints, Shape, std::string_view, Program>;

/// "(0, 1)", "float32", "0.5", "{add, relu}".
std::string text_of(const AttributeValue& value);

struct Attribute {
  std::string_view name;  ///< a literal
  AttributeValue value;
  friend bool operator==(const Attribute&, const Attribute&) noexcept = default;
};
/// "axes=(0, 1)".
std::string to_string(const Attribute& attribute);

/// A node's attributes, by name.
class Attributes {
 public:
  Attributes() noexcept = default;
  explicit Attributes(std::span<const Attribute> all) noexcept : all_(all) {}

  template <class T>
  const T& get(std::string_view name) const {
    const Attribute* const found = find(name);
    const T* const value = found == nullptr ? nullptr : std::get_if<T>(&found->value);
    if (value == nullptr) fail(name);
    return *value;
  }
  const Attribute* find(std::string_view name) const noexcept;
  std::span<const Attribute> all() const noexcept { return all_; }

 private:
  [[noreturn]] static void fail(std::string_view name);

  std::span<const Attribute> all_;
};

}  // namespace keratin::inline v0::graph
