#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace keratin::inline v0::core {

/// A file that appears whole or not at all: written beside its place under another name, and renamed by commit().
/// Without commit() nothing remains. What is no regular file (a pipe, a device) is written to directly.
/// Every member throws FileError with the path and the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// Makes it durable and visible.
  void commit();

 private:
  [[noreturn]] void fail(const char* what, int reason) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;  ///< empty for what is written to directly
  int file_ = -1;
};

}  // namespace keratin::inline v0::core
