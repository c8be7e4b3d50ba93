#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace keratin::inline v0::saving {

/// Bytes that can be read in any order: a file, or a member of an archive. Not for several threads at once.
class RandomAccess {
 public:
  virtual ~RandomAccess();
  RandomAccess(const RandomAccess&) = delete;
  RandomAccess& operator=(const RandomAccess&) = delete;

  /// "The file 'x.h5'" or "The member 'model.weights.h5' of 'x.keras'", as messages begin.
  const std::string& name() const noexcept { return name_; }
  std::uint64_t size() const noexcept { return size_; }
  /// Throws FileError where that much isn't there, or the system fails.
  void read(std::uint64_t offset, void* to, std::size_t bytes);

 protected:
  RandomAccess(std::string name, std::uint64_t size) : name_(std::move(name)), size_(size) {}
  virtual void read_within(std::uint64_t offset, void* to, std::size_t bytes) = 0;

 private:
  std::string name_;
  std::uint64_t size_;
};

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// Throws FileError where it is no regular file, or can't be opened.
std::unique_ptr<RandomAccess> open_file(const std::filesystem::path& path);
/// A file that is open already.
std::unique_ptr<RandomAccess> read_file(File file, std::string name, std::uint64_t size);
/// A whole file.
std::string read_text(const std::filesystem::path& path);

}  // namespace keratin::inline v0::saving
