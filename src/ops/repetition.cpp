#include <string>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/shape.h"
#include "kernels/movement/movement.h"
#include "ops/apply.h"
#include "ops/movement.h"
#include "ops/reduce.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

void infer_broadcast_to(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  Shape shape = context.attributes.get<Shape>("shape");
  const auto missing = static_cast<std::int64_t>(shape.rank()) - static_cast<std::int64_t>(x.shape.rank());
  const auto fail = [&] {
    context.fail_shape("The input must broadcast to " + to_string(shape) +
                       ": sizes must be the same or 1, from the last dimension on");
  };
  if (missing < 0) fail();
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(shape.rank()); ++i) {
    const std::int64_t size = i < missing ? 1 : x.shape[i - missing];
    if (shape[i] < 0) {
      if (i < missing) fail();
      shape[i] = size;
    } else if (size >= 0 && size != 1 && size != shape[i]) {
      fail();
    }
  }
  context.outputs[0] = {x.dtype, shape};
}

void broadcast_to_gradient(GradientContext& context) {
  context.input_gradients[0] = detail::sum_like(context.output_gradients[0], context.inputs[0]);
}

/// x with a new dimension at `at`, whose size is `count`, made one with the dimension `axis` of x.
Tensor repeated(const Tensor& x, std::int64_t axis, std::int64_t at, std::int64_t count) {
  const std::int64_t size = x.shape()[axis];
  Shape shape = x.shape();
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(shape.rank()); ++i) shape[i] = -1;
  shape.insert(static_cast<std::size_t>(at), count);
  return detail::reshape_axes(broadcast_to(expand_dims(x, at), shape), axis, 2, {size >= 0 ? size * count : -1});
}

void check_count(std::int64_t count, std::string_view op) {
  if (count < 0)
    throw ValueError(std::string(op) + ": `repeats` must not be negative. Received: " + std::to_string(count));
}

}  // namespace

const OpDef broadcast_to_op{.name = "broadcast_to",
                            .infer = infer_broadcast_to,
                            .gradient = broadcast_to_gradient,
                            .kernel = kernels::broadcast_kernel};

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  Tensor input = in_graph(x, "broadcast_to");
  if (shape.is_static() && input.shape() == shape) return input;
  return apply(broadcast_to_op, {input}, {{"shape", shape}});
}

Tensor tile(const Tensor& x, const std::vector<std::int64_t>& repeats) {
  Tensor result = in_graph(x, "tile");
  const std::size_t rank = result.rank();
  if (repeats.size() > rank) {
    std::vector<std::int64_t> axes;
    for (std::size_t i = rank; i < repeats.size(); ++i) axes.push_back(static_cast<std::int64_t>(i - rank));
    result = expand_dims(result, Axes(axes));
  }
  const std::size_t missing = result.rank() - repeats.size();
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    check_count(repeats[i], "tile");
    const auto axis = static_cast<std::int64_t>(i + missing);
    if (repeats[i] != 1) result = repeated(result, axis, axis, repeats[i]);
  }
  return result;
}

Tensor repeat(const Tensor& x, std::int64_t repeats, std::optional<std::int64_t> axis) {
  check_count(repeats, "repeat");
  const Tensor input = axis ? in_graph(x, "repeat") : ravel(x);
  const std::int64_t along = normalized_axis(axis.value_or(0), input.rank(), "repeat");
  return repeats == 1 ? input : repeated(input, along, along + 1, repeats);
}

}  // namespace keratin::inline v0::ops
