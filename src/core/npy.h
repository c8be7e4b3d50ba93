#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "keratin/core/array.h"
#include "keratin/core/export.h"

namespace keratin::inline v0::core {

/// Bytes that are read front to back: a file, a member of an archive.
class KERATIN_API ByteInput {
 public:
  ByteInput(std::string name, std::uintmax_t size) : name_(std::move(name)), left_(size) {}
  virtual ~ByteInput();
  ByteInput(const ByteInput&) = delete;
  ByteInput& operator=(const ByteInput&) = delete;

  /// "The file 'x.npy'", as messages begin.
  const std::string& name() const noexcept { return name_; }
  std::uintmax_t left() const noexcept { return left_; }
  /// Exactly so many bytes, of which that many must be left. Throws FileError where the system fails.
  void read(void* to, std::size_t bytes) {
    read_some(to, bytes);
    left_ -= bytes;
  }

 protected:
  virtual void read_some(void* to, std::size_t bytes) = 0;

 private:
  std::string name_;
  std::uintmax_t left_;
};

/// An array in NumPy's format, from its start on; see Array::load.
KERATIN_API Array read_npy(ByteInput& input);

/// An array's .npy file: the header, and then the elements, which stay where they are unless they are strings.
class KERATIN_API NpyBytes {
 public:
  /// Throws DTypeError for bfloat16, which the format lacks.
  explicit NpyBytes(const Array& array);

  std::span<const std::byte> header() const noexcept { return std::as_bytes(std::span(header_)); }
  std::span<const std::byte> elements() const noexcept;

 private:
  std::string header_;
  Array array_;
  std::u32string texts_;
};

}  // namespace keratin::inline v0::core
