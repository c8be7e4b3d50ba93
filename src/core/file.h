#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "keratin/core/export.h"

namespace keratin::inline v0::core {

/// A file that appears whole or not at all, and stays: written beside its place under another name, synchronized,
/// renamed by commit(), and then its folder synchronized. Without commit() nothing remains; what a process that was
/// killed left is removed when the same file is next written. What is no regular file (a pipe, a device) is written to
/// directly. Every member throws FileError with the path and the system's reason.
class KERATIN_API AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// At the end.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// Anywhere, also behind the end; of a regular file alone.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  /// What has been written; of a regular file alone.
  void read_at(std::uint64_t offset, std::span<std::byte> to) const;
  std::uint64_t size() const noexcept { return size_; }
  const std::filesystem::path& path() const noexcept { return path_; }
  /// Makes it durable and visible.
  void commit();

 private:
  [[noreturn]] void fail(const char* what, int reason) const;
  void open_temporary();

  std::filesystem::path path_;
  std::filesystem::path temporary_;  ///< empty for what is written to directly
  int file_ = -1;
  std::uint64_t size_ = 0;
};

/// A folder whose files appear whole or not at all: they are written to path() beside its place, and commit() puts them
/// there, in exchange for a folder that is there. Throws FileError.
class KERATIN_API AtomicFolder {
 public:
  explicit AtomicFolder(std::filesystem::path place);
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  /// Where its files are to be written.
  const std::filesystem::path& path() const noexcept { return temporary_; }
  void commit();

 private:
  std::filesystem::path place_;
  std::filesystem::path temporary_;
  int lock_ = -1;  ///< the folder, open; it has the old files where commit() has exchanged them
};

}  // namespace keratin::inline v0::core
