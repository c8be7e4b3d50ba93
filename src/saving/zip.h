#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/npy.h"
#include "saving/random_access.h"

struct zip;

namespace keratin::inline v0::saving {

/// A zip archive that is read: members that are stored or deflated. Every function throws FileError, which names the
/// archive, the member and what is wrong. What is opened keeps the archive open.
class Archive {
 public:
  explicit Archive(std::filesystem::path path);

  const std::filesystem::path& path() const noexcept { return path_; }
  /// In the archive's order.
  std::vector<std::string> names() const;
  bool contains(const std::string& member) const noexcept;
  /// A whole member; its checksum is verified.
  std::string read(const std::string& member) const;
  /// Front to back; its checksum is verified where it is read to the end.
  std::unique_ptr<core::ByteInput> open(const std::string& member) const;
  /// A member to be read in any order: where it lies if it is stored, from a temporary file if it is deflated. Its
  /// checksum has been verified.
  std::unique_ptr<RandomAccess> random_access(const std::string& member) const;

 private:
  std::filesystem::path path_;
  std::shared_ptr<zip> zip_;
};

/// True for a file that starts as a zip archive does.
bool is_archive(const std::filesystem::path& path);

/// A zip archive that is written. It appears whole or not at all, at commit().
class ArchiveWriter {
 public:
  explicit ArchiveWriter(std::filesystem::path path);

  /// The bytes, in pieces, must stay where they are until commit(). A member of this name may be there once.
  void add(const std::string& member, std::span<const std::span<const std::byte>> pieces, bool compressed = false);
  void commit();

 private:
  [[noreturn]] void fail(const std::string& why) const;

  struct Discard {
    void operator()(zip* archive) const noexcept;
  };
  std::filesystem::path path_;
  std::unique_ptr<zip, Discard> zip_;
};

}  // namespace keratin::inline v0::saving
