#include <algorithm>
#include <functional>
#include <ostream>

#include "ops/op_harness.h"

namespace keratin::test {

void PrintTo(const OpRow& row, std::ostream* out) { *out << row.name; }

DType same_dtype(DType tested) { return tested; }
DType gives_boolean(DType /*tested*/) { return boolean; }
DType gives_int32(DType /*tested*/) { return int32; }
DType gives_floating(DType tested) { return is_floating(tested) ? tested : float32; }

Array generated(const Shape& shape, const std::function<double(std::span<const std::int64_t> index)>& f) {
  Array result = Array::zeros(shape, float64);
  std::vector<std::int64_t> index(shape.rank(), 0);
  for (double& value : result.mutable_data<double>()) {
    value = f(index);
    for (std::size_t i = shape.rank(); i-- > 0;) {
      if (++index[i] < shape.dims()[i]) break;
      index[i] = 0;
    }
  }
  return result;
}

double element(const Array& array, std::span<const std::int64_t> index) {
  const std::span<const std::int64_t> dims = array.shape().dims();
  const std::span<const std::int64_t> last = index.last(dims.size());
  std::size_t offset = 0;
  for (std::size_t i = 0; i < dims.size(); ++i)
    offset = offset * static_cast<std::size_t>(dims[i]) + (dims[i] == 1 ? 0 : static_cast<std::size_t>(last[i]));
  return array.data<double>()[offset];
}

Shape broadcast_shape(std::span<const Array> arrays) {
  std::size_t rank = 0;
  for (const Array& array : arrays) rank = std::max(rank, array.shape().rank());
  std::vector<std::int64_t> dims(rank, 1);
  for (const Array& array : arrays) {
    const std::span<const std::int64_t> own = array.shape().dims();
    for (std::size_t i = 0; i < own.size(); ++i)
      if (own[i] != 1) dims[rank - own.size() + i] = own[i];
  }
  return Shape(std::span<const std::int64_t>(dims));
}

}  // namespace keratin::test
