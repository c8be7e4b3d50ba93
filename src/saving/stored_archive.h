#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.h"
#include "saving/hdf5_driver.h"

namespace keratin::inline v0::saving {

/// A zip archive of stored members that is written to a file. libzip takes members front to back alone, while HDF5
/// writes in any order: here it writes where its bytes are to lie, so that nobody holds them twice. All times are
/// 1980-01-01, so that the same members give the same bytes. Throws FileError.
class StoredArchive {
 public:
  explicit StoredArchive(core::AtomicFile& file) : file_(file) {}

  void add(const std::string& member, std::string_view bytes);
  /// A member to be written in any order, until end().
  std::unique_ptr<RandomOutput> begin(const std::string& member);
  void end();
  /// The directory, which makes it an archive. The file is still to be committed.
  void finish();

 private:
  struct Member {
    std::string name;
    std::uint64_t start = 0;  ///< of its header
    std::uint64_t size = 0;
    std::uint32_t checksum = 0;
  };
  std::uint64_t data_start(const Member& member) const;
  std::string local_header(const Member& member) const;
  std::uint32_t checksum(std::uint64_t start, std::uint64_t size) const;

  core::AtomicFile& file_;
  std::vector<Member> members_;
};

/// The bytes of a file from an offset on.
std::unique_ptr<RandomOutput> output_to(core::AtomicFile& file, std::uint64_t offset = 0);

}  // namespace keratin::inline v0::saving
