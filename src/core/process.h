#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace keratin::inline v0::core {

/// Which pages of a mapping are in memory.
class ResidentPages {
 public:
  /// `begin` is where a page begins.
  ResidentPages(const std::byte* begin, std::size_t bytes);

  std::int64_t bytes() const noexcept { return bytes_in(begin_, size_); }
  /// Of a part of the mapping.
  std::int64_t bytes_in(const std::byte* from, std::size_t bytes) const noexcept;

 private:
  const std::byte* begin_;
  std::size_t size_;
  std::vector<unsigned char> pages_;  ///< bit 0 of each: whether it is there
};

/// Private memory of the process that holds generated code: pages that may be executed and come from no file.
std::int64_t generated_code_bytes();

/// Bytes on loan from the process's heap, its large blocks included.
std::int64_t heap_bytes() noexcept;

}  // namespace keratin::inline v0::core
