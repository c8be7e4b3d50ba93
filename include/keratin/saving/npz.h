#pragma once

#include <string>

#include "keratin/core/export.h"
#include "keratin/core/named_arrays.h"

namespace keratin::inline v0 {

struct NpzOptions {
  bool compressed = false;
};

/// NumPy's archive of arrays (`numpy.load`), stored or compressed; text arrays come as string. Throws FileError naming
/// the file, the array and what is wrong.
KERATIN_API NamedArrays load_npz(const std::string& path);
/// As `numpy.savez` and `numpy.savez_compressed` write it. The file appears whole or not at all. Throws FileError,
/// ValueError for two arrays of one name or none at all, and DTypeError for bfloat16, which the format lacks.
KERATIN_API void save_npz(const std::string& path, const NamedArrays& arrays, NpzOptions options = {});

}  // namespace keratin::inline v0
