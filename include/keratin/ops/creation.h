#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"

/// New tensors, with Keras's names. What has no tensor among its arguments is added to the graph that is being built on
/// this thread; where there is none, ValueError.
namespace keratin::inline v0::ops {

KERATIN_API Tensor zeros(const Shape& shape, DType dtype = float32);
KERATIN_API Tensor ones(const Shape& shape, DType dtype = float32);
KERATIN_API Tensor full(const Shape& shape, double fill_value, DType dtype = float32);

/// start, start + step, … below stop (above it, where step is negative).
KERATIN_API Tensor arange(double start, double stop, double step, DType dtype);
/// int32 for integers and float32 for floating numbers, unless dtype is given.
template <class T>
  requires std::is_arithmetic_v<T>
Tensor arange(T start, T stop, T step = 1, std::optional<DType> dtype = {}) {
  return arange(static_cast<double>(start), static_cast<double>(stop), static_cast<double>(step),
                dtype.value_or(std::is_floating_point_v<T> ? float32 : int32));
}
template <class T>
  requires std::is_arithmetic_v<T>
Tensor arange(T stop) {
  return arange(T{0}, stop);
}

/// `num` numbers from start to stop, which is the last one unless endpoint is false, along a new axis. Integers and
/// numbers without a dtype give float32.
KERATIN_API Tensor linspace(const Tensor& start, const Tensor& stop, std::int64_t num = 50, bool endpoint = true,
                            std::optional<DType> dtype = {}, std::int64_t axis = 0);

/// n rows and m columns (n, if not given) with ones on the diagonal k places above the main one.
KERATIN_API Tensor eye(std::int64_t n, std::optional<std::int64_t> m = {}, std::int64_t k = 0, DType dtype = float32);
/// x with zeros above the diagonal k of its last two dimensions.
KERATIN_API Tensor tril(const Tensor& x, std::int64_t k = 0);
/// x with zeros below it.
KERATIN_API Tensor triu(const Tensor& x, std::int64_t k = 0);
/// A row of num_classes numbers, put in at `axis`, with a 1 at each index of x and 0 elsewhere; all 0 for an index out
/// of range.
KERATIN_API Tensor one_hot(const Tensor& x, std::int64_t num_classes, std::int64_t axis = -1, DType dtype = float32);

}  // namespace keratin::inline v0::ops
