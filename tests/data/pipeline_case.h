#pragma once

#include <cstdint>
#include <vector>

#include "keratin/data/dataset.h"

namespace keratin::test {

/// Rows 0, 1, … count − 1: scalars.
inline Dataset count_to(std::int64_t count) { return Dataset::from_arrays(Array::arange(count, float32)); }

/// All numbers of the first array of each element, of one epoch.
inline std::vector<double> numbers_of(const Dataset& dataset) {
  std::vector<double> numbers;
  for (const Batch& element : dataset) {
    const Array flat = element.x[0].astype(float64).contiguous();
    numbers.insert(numbers.end(), flat.data<double>().begin(), flat.data<double>().end());
  }
  return numbers;
}

}  // namespace keratin::test
