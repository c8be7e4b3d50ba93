#include "data/stacking.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/element_convert.h"
#include "core/text.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::data {
namespace {

Array stacked_arrays(std::span<const Array> arrays, const std::string& what) {
  const Array& first = arrays.front();
  for (const Array& array : arrays) {
    if (array.shape() != first.shape())
      throw ShapeError("Dataset::batch: elements of one batch need one shape; map them to it first. Received: " + what +
                       " of shapes " + to_string(first.shape()) + " and " + to_string(array.shape()));
    if (array.dtype() != first.dtype())
      throw DTypeError("Dataset::batch: elements of one batch need one dtype. Received: " + what + " of " +
                       std::string(name_of(first.dtype())) + " and " + std::string(name_of(array.dtype())));
  }
  Shape shape = first.shape();
  shape.insert(0, static_cast<std::int64_t>(arrays.size()));
  Array result = Array::empty(shape, first.dtype());
  core::visit_element_type(first.dtype(), [&]<class T>(std::type_identity<T>) {
    auto to = result.mutable_data<T>().begin();
    for (const Array& array : arrays) {
      const Array plain = array.contiguous();
      to = std::ranges::copy(plain.data<T>(), to).out;
    }
  });
  return result;
}

void check_alike(const Data& first, const Data& other, const char* what) {
  if (first.size() == other.size() && first.names() == other.names()) return;
  const auto described = [](const Data& data) {
    return std::to_string(data.size()) + " arrays" +
           (data.names().empty() ? "" : " named " + core::listed(data.names(), "'"));
  };
  throw ValueError(std::string("Dataset::batch: elements of one batch need the same arrays. Received: ") + what +
                   " with " + described(first) + " and with " + described(other));
}

Data stacked_data(std::span<const Batch> elements, Data Batch::*part, const char* what) {
  const Data& first = elements.front().*part;
  for (const Batch& element : elements) check_alike(first, element.*part, what);
  std::size_t index = 0;
  return first.mapped([&](const Array&) {
    std::vector<Array> arrays;
    arrays.reserve(elements.size());
    for (const Batch& element : elements) arrays.push_back((element.*part)[index]);
    ++index;
    return stacked_arrays(arrays, what);
  });
}

Array row_of_array(const Array& array, std::int64_t index) {
  Shape shape = array.shape();
  shape.erase(0);
  return array.rows(index, index + 1).reshaped(shape);
}

}  // namespace

Batch stacked(std::span<const Batch> elements) {
  Batch batch;
  batch.x = stacked_data(elements, &Batch::x, "x");
  batch.y = stacked_data(elements, &Batch::y, "y");
  const auto weighted = std::ranges::count_if(elements, [](const Batch& each) { return !each.sample_weight.empty(); });
  if (weighted != 0 && weighted != std::ssize(elements))
    throw ValueError("Dataset::batch: either all elements of a batch have a sample_weight or none has. Received: " +
                     std::to_string(weighted) + " of " + std::to_string(elements.size()));
  batch.sample_weight = stacked_data(elements, &Batch::sample_weight, "sample_weight");
  return batch;
}

Batch row_of(const Batch& batch, std::int64_t index) {
  const auto row = [&](const Array& array) { return row_of_array(array, index); };
  return {batch.x.mapped(row), batch.y.mapped(row), batch.sample_weight.mapped(row)};
}

std::int64_t common_rows(const Batch& batch, const char* what) {
  std::optional<std::int64_t> rows;
  const auto check = [&](const Array& array) {
    if (array.rank() == 0)
      throw ShapeError(std::string(what) + " takes arrays apart row by row. Received: an array of shape ()");
    if (rows && *rows != array.shape().front())
      throw ShapeError(std::string(what) + ": all arrays need the same number of rows. Received: " +
                       std::to_string(*rows) + " and " + std::to_string(array.shape().front()) + " rows");
    rows = array.shape().front();
    return array;
  };
  static_cast<void>(batch.x.mapped(check));
  static_cast<void>(batch.y.mapped(check));
  static_cast<void>(batch.sample_weight.mapped(check));
  if (!rows) throw ValueError(std::string(what) + " needs at least one array. Received: none");
  return *rows;
}

}  // namespace keratin::inline v0::data
