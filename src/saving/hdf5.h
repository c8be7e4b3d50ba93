#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "saving/random_access.h"

namespace keratin::inline v0::saving {

/// What a file says of one of its datasets.
struct Dataset {
  std::string path;  ///< "layers/dense/vars/0"
  DType dtype = float32;
  Shape shape;
};

/// An HDF5 file that is read, wherever its bytes lie. HDF5's library is not made for threads: all calls of the process
/// take turns. Nothing is printed, and the host's own handling of HDF5's errors is put back after each call. Every
/// function throws FileError, which names the file, the dataset and what is wrong. (Deliberately or badly damaged
/// groups can crash HDF5 1.10 itself; in an archive the checksum finds damage first.)
class Hdf5File {
 public:
  explicit Hdf5File(std::unique_ptr<RandomAccess> bytes);
  ~Hdf5File();
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  const std::string& name() const noexcept;
  /// Of all datasets, each group's members in alphabetical order.
  const std::vector<std::string>& paths() const noexcept;
  bool contains(const std::string& path) const;
  /// Throws DTypeError for what no Array can hold. Its values are known to be within the file.
  Dataset describe(const std::string& path) const;
  /// The elements, in row-major order, to memory that has room for them.
  void read(const Dataset& dataset, void* to) const;
  Array read(const std::string& path) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keratin::inline v0::saving
