#pragma once

#include <exception>

#include <hdf5.h>

#include "saving/random_access.h"

namespace keratin::inline v0::saving {

/// What HDF5 reads through, and what went wrong there: exceptions can't pass through its functions.
struct DriverInput {
  RandomAccess* bytes = nullptr;
  std::exception_ptr failure;
};

/// An access property list that makes HDF5 read `input`, which must outlive the file. Negative where HDF5 fails.
/// Not for several threads at once, as HDF5.
hid_t access_through(DriverInput& input);

}  // namespace keratin::inline v0::saving
