#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "keratin/core/export.h"

namespace keratin::inline v0::data {

/// Bytes read front to back, whose number isn't known beforehand.
class KERATIN_API ByteStream {
 public:
  explicit ByteStream(std::string name) : name_(std::move(name)) {}
  virtual ~ByteStream();
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  /// "The file 'x.csv'", as messages begin.
  const std::string& name() const noexcept { return name_; }
  /// As many bytes as there are and fit; 0 at the end. Throws FileError where the system fails or data are damaged.
  virtual std::size_t read(std::span<std::byte> to) = 0;
  /// There are no more bytes than these.
  virtual std::uint64_t most_left() const = 0;
  /// Fills `to`. Throws FileError where the stream ends before; `what`: "60000 labels".
  void read_all(std::span<std::byte> to, std::string_view what);

 private:
  std::string name_;
};

/// A file, or what a file of gzip holds; which of them it is, its first bytes say. Throws FileError.
KERATIN_API std::unique_ptr<ByteStream> open_file(const std::string& path);
/// Bytes in memory, which must outlive it; unpacked where they are gzip.
std::unique_ptr<ByteStream> open_memory(std::span<const std::byte> bytes, std::string name);

}  // namespace keratin::inline v0::data
