#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"

namespace keratin::inline v0 {

/// Arrays with names, in order: what a `.npz` or a CSV file holds.
class KERATIN_API NamedArrays {
 public:
  using Entry = std::pair<std::string, Array>;

  NamedArrays() noexcept;
  NamedArrays(std::initializer_list<Entry> entries);
  NamedArrays(std::vector<Entry> entries);
  NamedArrays(const NamedArrays& other);
  NamedArrays(NamedArrays&& other) noexcept;
  NamedArrays& operator=(const NamedArrays& other);
  NamedArrays& operator=(NamedArrays&& other) noexcept;
  ~NamedArrays();

  bool contains(std::string_view name) const noexcept;
  /// Throws KeyError naming those that exist.
  const Array& at(std::string_view name) const;
  const Array& operator[](std::string_view name) const { return at(name); }
  /// Replaces an array of that name.
  void set(std::string name, Array array);

  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
};

}  // namespace keratin::inline v0
