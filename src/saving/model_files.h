#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "saving/random_access.h"
#include "saving/zip.h"

namespace keratin::inline v0::saving {

inline constexpr const char* metadata_member = "metadata.json";
inline constexpr const char* config_member = "config.json";
inline constexpr const char* weights_member = "model.weights.h5";
inline constexpr const char* assets_member = "assets";

/// The members of a saved model: of a `.keras` archive, or of a folder.
class ModelFiles {
 public:
  /// Throws FileError for what is neither.
  explicit ModelFiles(std::filesystem::path path);

  const std::filesystem::path& path() const noexcept { return path_; }
  bool contains(const std::string& member) const;
  /// "The member 'config.json' of 'x.keras'".
  std::string name_of(const std::string& member) const;
  std::string read(const std::string& member) const;
  std::unique_ptr<RandomAccess> random_access(const std::string& member) const;

 private:
  std::filesystem::path path_;
  std::optional<Archive> archive_;  ///< none: a folder
};

}  // namespace keratin::inline v0::saving
