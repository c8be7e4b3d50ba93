#pragma once

#include <concepts>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/export.h"
#include "keratin/core/named_arrays.h"
#include "keratin/data/data.h"

namespace keratin::inline v0::testing {

struct CompareOptions {
  double rtol = 1e-5;
  double atol = 1e-8;
};

/// "" where both have the same dtype and shape, and |a − b| ≤ atol + rtol·|b| for each element (NaN meets NaN, texts
/// are equal); else what differs: how many elements, the first of them, the largest difference.
KERATIN_API std::string array_differences(const Array& given, const Array& expected, CompareOptions options = {});

/// Compares with what a `.npz` file holds, array by array; "" where names and arrays agree. Where the environment says
/// KERATIN_RECORD=1, it writes the file anew (after a look at the differences, which it prints), and agrees. Throws
/// FileError for a file that can't be read or written, and NotBuiltError without the component files.
KERATIN_API std::string recorded_differences(const std::string& path, const NamedArrays& given,
                                             CompareOptions options = {});

/// One array goes by NumPy's name, "arr_0"; several as "arr_0", "arr_1", …
KERATIN_API NamedArrays named(const Array& array);
KERATIN_API NamedArrays named(const std::vector<Array>& arrays);
/// What predict returns, by the names of outputs.
KERATIN_API NamedArrays named(const Outputs& outputs);

template <class T>
  requires(!std::same_as<T, NamedArrays>)
std::string recorded_differences(const std::string& path, const T& given, CompareOptions options = {}) {
  return recorded_differences(path, named(given), options);
}

}  // namespace keratin::inline v0::testing
