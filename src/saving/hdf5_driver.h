#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>

#include <hdf5.h>

#include "saving/random_access.h"

namespace keratin::inline v0::saving {

/// What HDF5 writes to, in any order: a part of a file.
class RandomOutput {
 public:
  virtual ~RandomOutput();
  virtual void write(std::uint64_t offset, const void* from, std::size_t bytes) = 0;
  /// What was written before.
  virtual void read(std::uint64_t offset, void* to, std::size_t bytes) = 0;
  virtual std::uint64_t size() const = 0;

 protected:
  RandomOutput() = default;
  RandomOutput(const RandomOutput&) = default;
  RandomOutput& operator=(const RandomOutput&) = default;
};

/// What HDF5 reads or writes through, and what went wrong there: exceptions can't pass through its functions. HDF5 is
/// not told of a write that failed: it could not close the file then, and would crash at the end of the process, where
/// it closes what is open. So look for a failure after each call; whatever is written behind one is dropped.
struct DriverFile {
  RandomAccess* input = nullptr;
  RandomOutput* output = nullptr;
  bool drops_writes = false;
  std::exception_ptr failure = {};
};

/// An access property list that makes HDF5 use `file`, which must outlive what is opened with it. Negative where HDF5
/// fails. Not for several threads at once, as HDF5.
hid_t access_through(DriverFile& file);

}  // namespace keratin::inline v0::saving
