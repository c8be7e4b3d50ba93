#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"

namespace keratin::inline v0 {

/// Arrays with names, in order, as a `.npz` file holds them.
class KERATIN_API NamedArrays {
 public:
  using Entry = std::pair<std::string, Array>;

  NamedArrays() = default;
  NamedArrays(std::initializer_list<Entry> entries) : entries_(entries) {}
  NamedArrays(std::vector<Entry> entries) : entries_(std::move(entries)) {}

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

struct NpzOptions {
  bool compressed = false;
};

/// NumPy's archive of arrays (`numpy.load`), stored or compressed; text arrays come as string. Throws FileError naming
/// the file, the array and what is wrong.
KERATIN_API NamedArrays load_npz(const std::string& path);
/// As `numpy.savez` and `numpy.savez_compressed` write it. The file appears whole or not at all. Throws FileError,
/// ValueError for two arrays of one name or none at all, and DTypeError for bfloat16, which the format lacks.
KERATIN_API void save_npz(const std::string& path, const NamedArrays& arrays, NpzOptions options = {});

}  // namespace keratin::inline v0
