#include "keratin/ops/linalg.h"

#include <array>
#include <string>

#include "keratin/ops/math.h"
#include "keratin/ops/shape.h"
#include "ops/apply.h"
#include "ops/like.h"
#include "ops/matmul.h"

namespace keratin::inline v0::ops {
namespace {

using graph::Ints;

std::array<Tensor, 2> promoted(const Tensor& x1, const Tensor& x2, std::string_view op) {
  std::array<Tensor, 2> both{x1, x2};
  promote(both, op);
  return both;
}

/// Products of bfloat16 are computed and summed in float32.
Tensor product(const Tensor& a, const Tensor& b) {
  if (a.dtype() != bfloat16) return apply(matmul_op, {a, b});
  return cast(apply(matmul_op, {cast(a, float32), cast(b, float32)}), bfloat16);
}

/// The axes of a tensor of this rank that aren't among `axes`.
Ints others(const Ints& axes, std::size_t rank) {
  Ints rest;
  for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(rank); ++axis)
    if (!axes.contains(axis)) rest.push_back(axis);
  return rest;
}

Ints joined(Ints first, const Ints& second) {
  for (const std::int64_t axis : second) first.push_back(axis);
  return first;
}

Shape sizes_of(const Shape& shape, const Ints& axes) {
  Shape sizes;
  for (const std::int64_t axis : axes) sizes.push_back(shape[axis]);
  return sizes;
}

/// In the order given, which isn't sorted: it pairs the axes of two tensors.
Ints axes_in_order(const Axes& axes, std::size_t rank) {
  Ints result;
  for (const std::int64_t axis : axes.values()) result.push_back(normalized_axis(axis, rank, "tensordot"));
  return result;
}

}  // namespace

Tensor matmul(const Tensor& x1, const Tensor& x2) {
  auto [a, b] = promoted(x1, x2, "matmul");
  const bool row = a.rank() == 1;
  const bool column = b.rank() == 1;
  if (a.rank() == 0 || b.rank() == 0)
    throw ShapeError("matmul takes no scalars; use multiply. Received: shapes " + to_string(a.shape()) + " and " +
                     to_string(b.shape()));
  if (row) a = detail::insert_ones(a, {0});
  if (column) b = detail::insert_ones(b, {1});
  const Tensor result = product(a, b);
  const auto rank = static_cast<std::int64_t>(result.rank());
  Ints ones;
  if (row) ones.push_back(rank - 2);
  if (column) ones.push_back(rank - 1);
  return detail::remove_ones(result, ones);
}

Tensor dot(const Tensor& x1, const Tensor& x2) {
  const auto [a, b] = promoted(x1, x2, "dot");
  if (a.rank() == 0 || b.rank() == 0) return multiply(a, b);
  return b.rank() <= 2 ? matmul(a, b) : tensordot(a, b, -1, -2);
}

Tensor outer(const Tensor& x1, const Tensor& x2) {
  const auto [a, b] = promoted(x1, x2, "outer");
  return multiply(expand_dims(ravel(a), 1), expand_dims(ravel(b), 0));
}

Tensor tensordot(const Tensor& x1, const Tensor& x2, const Axes& axes1, const Axes& axes2) {
  const auto [a, b] = promoted(x1, x2, "tensordot");
  const Ints sum_a = axes_in_order(axes1, a.rank());
  const Ints sum_b = axes_in_order(axes2, b.rank());
  const Shape summed = sizes_of(a.shape(), sum_a);
  if (summed != sizes_of(b.shape(), sum_b) || !summed.is_static())
    throw ShapeError("tensordot: the dimensions summed over must be known and have the same sizes. Received: " +
                     to_string(summed) + " and " + to_string(sizes_of(b.shape(), sum_b)));
  const Ints keep_a = others(sum_a, a.rank());
  const Ints keep_b = others(sum_b, b.rank());
  const Shape rows = sizes_of(a.shape(), keep_a);
  const Shape columns = sizes_of(b.shape(), keep_b);
  const auto moved = [](const Tensor& x, const Ints& order) {
    return transpose(x, Axes(std::span(order.begin(), order.size())));
  };
  const auto matrix_rows = rows.is_static() ? rows.elements() : -1;
  const auto matrix_columns = columns.is_static() ? columns.elements() : -1;
  const Tensor left = reshape(moved(a, joined(keep_a, sum_a)), {matrix_rows, summed.elements()});
  const Tensor right = reshape(moved(b, joined(sum_b, keep_b)), {summed.elements(), matrix_columns});
  Shape result = rows;
  for (const std::int64_t size : columns) result.push_back(size);
  return reshape(product(left, right), result);
}

}  // namespace keratin::inline v0::ops
