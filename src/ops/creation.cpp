#include "keratin/ops/creation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "graph/builder.h"
#include "keratin/core/array.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "kernels/movement/movement.h"
#include "ops/apply.h"
#include "ops/indexing.h"
#include "ops/movement.h"

namespace keratin::inline v0::ops {
namespace {

using graph::Builder;
using graph::InferContext;
using graph::OpDef;

void infer_iota(const InferContext& context) {
  context.outputs[0] = {int32, {context.inputs[0].shape[context.attributes.get<std::int64_t>("axis")]}};
}

/// Of each element of x's last two dimensions, its row's number plus k less its column's.
Tensor distance_below(const Tensor& x, std::int64_t k, std::string_view op) {
  if (x.rank() < 2)
    throw ShapeError(std::string(op) + ": x must have two dimensions or more. Received: shape=" + to_string(x.shape()));
  const Tensor rows = expand_dims(detail::iota(x, -2), 1);
  return subtract(add(rows, k), detail::iota(x, -1));
}

Tensor progression(Builder& builder, double start, double step, std::int64_t count, DType dtype) {
  Array values = Array::empty({count}, float64);
  double index = 0.0;
  for (double& value : values.mutable_data<double>()) value = start + step * index++;
  return builder.constant(values.astype(dtype));
}

}  // namespace

const OpDef iota_op{
    .name = "iota", .infer = infer_iota, .kernel = kernels::iota_kernel, .zero_gradient = true, .shape_only = 1};

namespace detail {

Tensor iota(const Tensor& like, std::int64_t axis) {
  return apply(iota_op, {like}, {{"axis", normalized_axis(axis, like.rank(), "iota")}});
}

}  // namespace detail

Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0.0, dtype); }

Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1.0, dtype); }

Tensor full(const Shape& shape, double fill_value, DType dtype) {
  if (!shape.is_static())
    throw ShapeError("full: each size must be known (zeros_like and its like take one that isn't). Received: shape=" +
                     to_string(shape));
  return broadcast_to(Builder::current_or_throw("full").scalar(fill_value, dtype), shape);
}

Tensor arange(double start, double stop, double step, DType dtype) {
  if (step == 0.0 || !std::isfinite(step) || !std::isfinite(start) || !std::isfinite(stop))
    throw ValueError("arange: the numbers must be finite, and `step` not 0. Received: start=" + std::to_string(start) +
                     ", stop=" + std::to_string(stop) + ", step=" + std::to_string(step));
  const double count = std::max(0.0, std::ceil((stop - start) / step));
  return progression(Builder::current_or_throw("arange"), start, step, static_cast<std::int64_t>(count), dtype);
}

Tensor linspace(const Tensor& start, const Tensor& stop, std::int64_t num, bool endpoint, std::optional<DType> dtype,
                std::int64_t axis) {
  if (num < 0) throw ValueError("linspace: `num` must not be negative. Received: num=" + std::to_string(num));
  std::array<Tensor, 2> ends{start, stop};
  const DType given = result_type(ends);
  const DType computed = is_floating(given) ? given : float32;
  promote(ends, computed, "linspace");
  Builder& builder = graph::builder_of(ends, "linspace");
  // Both ends broadcast, and are met exactly.
  const Tensor none = zeros_like(subtract(ends[1], ends[0]));
  const std::size_t rank = none.rank() + 1;
  axis = normalized_axis(axis, rank, "linspace");
  Shape along{num};
  while (along.rank() < rank - static_cast<std::size_t>(axis)) along.push_back(1);
  const auto intervals = static_cast<double>(std::max<std::int64_t>(endpoint ? num - 1 : num, 1));
  const Tensor places = reshape(progression(builder, 0.0, 1.0, num, computed), along);
  const Tensor share = divide(places, intervals);
  const auto part = [&](const Tensor& end, const Tensor& of) {
    return multiply(expand_dims(add(end, none), axis), of);
  };
  const Tensor numbers = add(part(ends[0], subtract(1.0, share)), part(ends[1], share));
  return cast(numbers, dtype.value_or(computed));
}

Tensor eye(std::int64_t n, std::optional<std::int64_t> m, std::int64_t k, DType dtype) {
  const std::int64_t columns = m.value_or(n);
  if (n < 0 || columns < 0)
    throw ValueError("eye: the numbers of rows and columns must not be negative. Received: " + std::to_string(n) +
                     " and " + std::to_string(columns));
  Array values = Array::zeros({n, columns}, float32);
  const auto elements = values.mutable_data<float>();
  for (std::int64_t row = 0; row < n; ++row)
    if (row + k >= 0 && row + k < columns) elements[static_cast<std::size_t>(row * columns + row + k)] = 1.0f;
  return Builder::current_or_throw("eye").constant(values.astype(dtype));
}

Tensor tril(const Tensor& x, std::int64_t k) {
  return where(greater_equal(distance_below(x, k, "tril"), 0), x, zeros_like(x));
}

Tensor triu(const Tensor& x, std::int64_t k) {
  return where(less_equal(distance_below(x, k, "triu"), 0), x, zeros_like(x));
}

Tensor multi_hot(const Tensor& inputs, std::int64_t num_classes, std::int64_t axis, DType dtype) {
  const Tensor single = one_hot(inputs, num_classes, axis, dtype);
  const std::int64_t along = inputs.rank() > 1 ? 1 : 0;
  return dtype == boolean ? any(single, along) : max(single, along);
}

Tensor one_hot(const Tensor& x, std::int64_t num_classes, std::int64_t axis, DType dtype) {
  if (num_classes < 1)
    throw ValueError("one_hot: `num_classes` must be 1 or more. Received: " + std::to_string(num_classes));
  const Tensor indices = detail::as_indices(x, "one_hot");
  const std::size_t rank = indices.rank() + 1;
  axis = normalized_axis(axis, rank, "one_hot");
  Shape shape{num_classes};
  while (shape.rank() < rank - static_cast<std::size_t>(axis)) shape.push_back(1);
  const Tensor classes = progression(graph::builder_of(indices, "one_hot"), 0.0, 1.0, num_classes, indices.dtype());
  return cast(equal(expand_dims(indices, axis), reshape(classes, shape)), dtype);
}

}  // namespace keratin::inline v0::ops
