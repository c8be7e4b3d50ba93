#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/shape.h"
#include "kernels/movement/movement.h"
#include "ops/apply.h"
#include "ops/movement.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::Ints;
using graph::OpDef;

void infer_transpose(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  Shape shape;
  for (const std::int64_t axis : context.attributes.get<Ints>("axes")) shape.push_back(x.shape[axis]);
  context.outputs[0] = {x.dtype, shape};
}

Tensor in_order(const Tensor& x, const Ints& order) {
  for (std::size_t i = 0; i < order.size(); ++i)
    if (order[i] != static_cast<std::int64_t>(i)) return apply(transpose_op, {x}, {{"axes", order}});
  return x;
}

void transpose_gradient(GradientContext& context) {
  const Ints& order = context.attributes.get<Ints>("axes");
  Ints inverse = order;
  for (std::size_t i = 0; i < order.size(); ++i)
    inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  context.input_gradients[0] = in_order(context.output_gradients[0], inverse);
}

Ints identity(std::size_t rank) {
  Ints order;
  for (std::size_t i = 0; i < rank; ++i) order.push_back(static_cast<std::int64_t>(i));
  return order;
}

}  // namespace

const OpDef transpose_op{
    .name = "transpose", .infer = infer_transpose, .gradient = transpose_gradient, .kernel = kernels::transpose_kernel};

Tensor transpose(const Tensor& x, const Axes& axes) {
  const Tensor input = in_graph(x, "transpose");
  const std::size_t rank = input.rank();
  Ints order = identity(rank);
  if (axes.empty()) {
    for (std::size_t i = 0; i < rank; ++i) order[i] = static_cast<std::int64_t>(rank - 1 - i);
  } else if (normalized_axes(axes, rank, "transpose").size() != rank) {
    throw ValueError("transpose: `axes` must name each of the " + std::to_string(rank) +
                     " dimensions once. Received: " + std::to_string(axes.values().size()) + " axes for the shape " +
                     to_string(input.shape()));
  } else {
    for (std::size_t i = 0; i < rank; ++i) order[i] = normalized_axis(axes.values()[i], rank, "transpose");
  }
  return in_order(input, order);
}

Tensor swapaxes(const Tensor& x, std::int64_t axis1, std::int64_t axis2) {
  const std::size_t rank = x.rank();
  Ints order = identity(rank);
  std::swap(order[static_cast<std::size_t>(normalized_axis(axis1, rank, "swapaxes"))],
            order[static_cast<std::size_t>(normalized_axis(axis2, rank, "swapaxes"))]);
  return in_order(x, order);
}

Tensor moveaxis(const Tensor& x, const Axes& source, const Axes& destination) {
  const std::size_t rank = x.rank();
  const std::size_t count = source.values().size();
  if (count != destination.values().size())
    throw ValueError("moveaxis: `source` and `destination` must have the same length. Received: " +
                     std::to_string(count) + " and " + std::to_string(destination.values().size()) + " axes");
  if (count == 0) return x;
  const Ints sources = normalized_axes(source, rank, "moveaxis");
  const Ints places = normalized_axes(destination, rank, "moveaxis");
  Ints order = identity(rank);
  std::size_t rest = 0;
  for (std::size_t place = 0; place < rank; ++place) {
    if (places.contains(static_cast<std::int64_t>(place))) continue;
    while (sources.contains(static_cast<std::int64_t>(rest))) ++rest;
    order[place] = static_cast<std::int64_t>(rest++);
  }
  for (std::size_t i = 0; i < count; ++i)
    order[static_cast<std::size_t>(normalized_axis(destination.values()[i], rank, "moveaxis"))] =
        normalized_axis(source.values()[i], rank, "moveaxis");
  return in_order(x, order);
}

}  // namespace keratin::inline v0::ops
