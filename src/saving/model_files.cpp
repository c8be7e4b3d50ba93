#include "saving/model_files.h"

#include <utility>

#include "keratin/core/error.h"

namespace keratin::inline v0::saving {
namespace {

bool is_hdf5(const std::filesystem::path& path) {
  const std::unique_ptr<RandomAccess> file = open_file(path);
  char start[4] = {};
  if (file->size() < sizeof start) return false;
  file->read(0, start, sizeof start);
  return std::string_view(start, sizeof start) == "\x89HDF";
}

}  // namespace

ModelFiles::ModelFiles(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path_, ignored)) {
    if (is_hdf5(path_))
      throw FileError("The file '" + path_.string() +
                      "' is an HDF5 file, and no .keras archive. Weights alone go into " +
                      "a model that exists, with load_weights(); an old model is saved anew in Keras, as .keras");
    archive_.emplace(path_);
  }
  if (!contains(config_member))
    throw FileError("'" + path_.string() + "' is no saved model of Keras: it has no config.json");
}

bool ModelFiles::contains(const std::string& member) const {
  std::error_code ignored;
  return archive_ ? archive_->contains(member) : std::filesystem::exists(path_ / member, ignored);
}

std::string ModelFiles::name_of(const std::string& member) const {
  return archive_ ? "The member '" + member + "' of '" + path_.string() + "'"
                  : "The file '" + (path_ / member).string() + "'";
}

std::string ModelFiles::read(const std::string& member) const {
  return archive_ ? archive_->read(member) : read_text(path_ / member);
}

std::unique_ptr<RandomAccess> ModelFiles::random_access(const std::string& member) const {
  if (!contains(member)) throw FileError("'" + path_.string() + "' has no " + member);
  return archive_ ? archive_->random_access(member) : open_file(path_ / member);
}

}  // namespace keratin::inline v0::saving
