#include "keratin/saving/npz.h"

#include <array>
#include <list>
#include <memory>
#include <set>

#include "core/npy.h"
#include "keratin/core/error.h"
#include "saving/zip.h"

namespace keratin::inline v0 {
namespace {

constexpr std::string_view suffix = ".npy";

}  // namespace

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
