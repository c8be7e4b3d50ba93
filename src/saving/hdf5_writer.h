#pragma once

#include <memory>
#include <string>

#include "keratin/core/dtype.h"
#include "keratin/core/shape.h"
#include "saving/hdf5_driver.h"

namespace keratin::inline v0::saving {

/// An HDF5 file that is written, as h5py writes one by default: contiguous datasets in old-style groups, without times,
/// so that the same content gives the same bytes. Values go to the output as they come; no copy of them is kept. Every
/// function throws what the output throws, or FileError, which names the file and says HDF5's reason.
class Hdf5Writer {
 public:
  /// `name` is for messages: "The file 'x.h5'".
  Hdf5Writer(std::unique_ptr<RandomOutput> output, std::string name);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  /// A group with those around it, and its attribute "name".
  void add_group(const std::string& path, const std::string& name);
  /// In a group that may not be there yet. Throws DTypeError for complex numbers and strings.
  void add_dataset(const std::string& path, DType dtype, const Shape& shape, const void* elements);
  /// Writes what HDF5 has kept back. Nothing can be added afterwards.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keratin::inline v0::saving
