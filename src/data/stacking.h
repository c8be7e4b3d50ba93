#pragma once

#include <span>

#include "keratin/core/array.h"
#include "keratin/data/data.h"

namespace keratin::inline v0::data {

/// Elements side by side in a new first dimension, copied. Throws ShapeError, DTypeError or ValueError for elements
/// that don't fit one another. At least one.
Batch stacked(std::span<const Batch> elements);

/// Row `index` of each array, sharing memory; negative ones don't count from the end.
Batch row_of(const Batch& batch, std::int64_t index);

/// Number of rows that all arrays have. Throws ShapeError naming the arrays where they differ, or have no dimension;
/// `what`: "Dataset::from_arrays".
std::int64_t common_rows(const Batch& batch, const char* what);

}  // namespace keratin::inline v0::data
