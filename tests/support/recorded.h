#pragma once

#include <cstdint>
#include <vector>

#include "keratin/core/array.h"

namespace keratin::test {

/// An array of a table of recorded values; without numbers none is meant.
struct Values {
  std::vector<std::int64_t> shape = {};
  std::vector<float> numbers = {};

  bool is_given() const noexcept { return !numbers.empty(); }
  Array array(DType dtype = float32) const {
    return Array::copy_of(numbers).reshaped(Shape(std::span(shape))).astype(dtype);
  }
};

}  // namespace keratin::test
