#include "keratin/saving/npz.h"

#include <algorithm>
#include <array>
#include <list>
#include <memory>
#include <set>

#include "core/npy.h"
#include "core/text.h"
#include "keratin/core/error.h"
#include "saving/zip.h"

namespace keratin::inline v0 {
namespace {

constexpr std::string_view suffix = ".npy";

auto found(const std::vector<NamedArrays::Entry>& entries, std::string_view name) {
  return std::ranges::find(entries, name, &NamedArrays::Entry::first);
}

}  // namespace

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

NamedArrays load_npz(const std::string& path) {
  const saving::Archive archive(path);
  NamedArrays arrays;
  for (const std::string& member : archive.names()) {
    const std::unique_ptr<core::ByteInput> input = archive.open(member);
    const std::string name = member.ends_with(suffix) ? member.substr(0, member.size() - suffix.size()) : member;
    arrays.set(name, core::read_npy(*input));
    if (input->left() > 0)
      throw FileError(input->name() + " can't be read as .npy: " + std::to_string(input->left()) +
                      " bytes follow its data");
  }
  return arrays;
}

void save_npz(const std::string& path, const NamedArrays& arrays, NpzOptions options) {
  if (arrays.empty()) throw ValueError("save_npz: at least one array is needed for '" + path + "'. Received: none");
  std::set<std::string_view> names;
  std::list<core::NpyBytes> all;  // they stay where they are until commit()
  saving::ArchiveWriter archive(path);
  for (const auto& [name, array] : arrays) {
    if (!names.insert(name).second)
      throw ValueError("save_npz: each array has a name of its own. Received: '" + name + "' twice");
    const core::NpyBytes& bytes = all.emplace_back(array);
    archive.add(name + std::string(suffix), std::array{bytes.header(), bytes.elements()}, options.compressed);
  }
  archive.commit();
}

}  // namespace keratin::inline v0
