#include "keratin/core/named_arrays.h"

#include <algorithm>

#include "core/text.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

auto found(const std::vector<NamedArrays::Entry>& entries, std::string_view name) {
  return std::ranges::find(entries, name, &NamedArrays::Entry::first);
}

}  // namespace

NamedArrays::NamedArrays() noexcept = default;
NamedArrays::NamedArrays(const NamedArrays& other) = default;
NamedArrays::NamedArrays(NamedArrays&& other) noexcept = default;
NamedArrays& NamedArrays::operator=(const NamedArrays& other) = default;
NamedArrays& NamedArrays::operator=(NamedArrays&& other) noexcept = default;
NamedArrays::~NamedArrays() = default;

NamedArrays::NamedArrays(std::initializer_list<Entry> entries) : entries_(entries) {}
NamedArrays::NamedArrays(std::vector<Entry> entries) : entries_(std::move(entries)) {}

bool NamedArrays::contains(std::string_view name) const noexcept { return found(entries_, name) != entries_.end(); }

const Array& NamedArrays::at(std::string_view name) const {
  if (const auto entry = found(entries_, name); entry != entries_.end()) return entry->second;
  std::vector<std::string> names;
  names.reserve(entries_.size());
  for (const Entry& entry : entries_) names.push_back(entry.first);
  throw KeyError("There is no array of this name. There are: " + core::listed(names, "'") + ". Received: '" +
                 std::string(name) + "'");
}

void NamedArrays::set(std::string name, Array array) {
  const auto entry = std::ranges::find(entries_, name, &Entry::first);
  if (entry != entries_.end()) {
    entry->second = std::move(array);
  } else {
    entries_.emplace_back(std::move(name), std::move(array));
  }
}

}  // namespace keratin::inline v0
