#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/shape.h"
#include "keratin/data/data.h"

namespace keratin::inline v0::training {

/// An input of a model as data must fit it.
struct InputShape {
  std::string name;
  Shape shape;  ///< with batch; −1 where any size does
};

/// The first dimension's size. Throws ShapeError for an array without one; `what`: "x".
std::int64_t rows_of(const Array& array, const std::string& what);
/// Throws DTypeError for an array of texts.
void check_numbers(const Array& array, const std::string& what);
/// x in the order of the inputs, a trailing 1 added or dropped where that alone is missing or too much. Throws
/// ValueError for other names or another number of arrays, ShapeError for shapes that don't fit; with `any_batch` a
/// fixed number of rows counts for nothing.
std::vector<Array> fitted_inputs(const Data& x, std::span<const InputShape> inputs, const std::string& model,
                                 bool any_batch = false);

}  // namespace keratin::inline v0::training
