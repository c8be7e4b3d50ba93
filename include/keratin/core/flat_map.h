#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/core/export.h"

namespace keratin::inline v0 {

namespace detail {
/// Throws KeyError: "There is no entry 3. There are: 0, 1".
[[noreturn]] KERATIN_API void no_such_key(const std::string& key, const std::vector<std::string>& keys);
}  // namespace detail

/// A map of few entries: pairs in a vector, sorted by key. What users need of C++23's std::flat_map, without the weight
/// of <map>. Of equal keys the first one counts.
template <class Key, class Value>
class FlatMap {
 public:
  using value_type = std::pair<Key, Value>;
  using const_iterator = typename std::vector<value_type>::const_iterator;

  FlatMap() = default;
  FlatMap(std::initializer_list<value_type> entries) : FlatMap(entries.begin(), entries.end()) {}
  /// Of another map, such as a std::map.
  template <class Map>
    requires(!std::is_same_v<Map, FlatMap> && std::is_convertible_v<typename Map::value_type, value_type>)
  FlatMap(const Map& map) : FlatMap(map.begin(), map.end()) {}
  template <class Iterator>
  FlatMap(Iterator first, Iterator last) {
    for (; first != last; ++first)
      if (!contains(first->first)) (*this)[first->first] = first->second;
  }

  // Entries are changed through at() and []: their order must stay.
  const_iterator begin() const noexcept { return entries_.begin(); }
  const_iterator end() const noexcept { return entries_.end(); }
  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }

  const_iterator find(const Key& key) const {
    const const_iterator place = place_of(key);
    return place != end() && !(key < place->first) ? place : end();
  }
  bool contains(const Key& key) const { return find(key) != end(); }
  /// Throws KeyError, naming the keys that there are.
  const Value& at(const Key& key) const {
    const const_iterator found = find(key);
    if (found == end()) fail(key);
    return found->second;
  }
  Value& at(const Key& key) { return const_cast<Value&>(std::as_const(*this).at(key)); }
  /// Makes the entry if there is none.
  Value& operator[](const Key& key) {
    const const_iterator place = place_of(key);
    const auto index = static_cast<std::size_t>(place - begin());
    if (place == end() || key < place->first) entries_.insert(place, value_type(key, Value()));
    return entries_[index].second;
  }

  friend bool operator==(const FlatMap&, const FlatMap&) = default;

 private:
  const_iterator place_of(const Key& key) const {
    const_iterator place = begin();
    while (place != end() && place->first < key) ++place;
    return place;
  }
  static std::string text(const Key& key) {
    if constexpr (std::is_arithmetic_v<Key>)
      return std::to_string(key);
    else if constexpr (std::is_enum_v<Key>)
      return std::string(name_of(key));
    else
      return std::string(key);
  }
  [[noreturn]] void fail(const Key& key) const {
    std::vector<std::string> keys;
    for (const value_type& entry : entries_) keys.push_back(text(entry.first));
    detail::no_such_key(text(key), keys);
  }

  std::vector<value_type> entries_;
};

}  // namespace keratin::inline v0
