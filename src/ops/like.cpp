#include "ops/like.h"

#include <limits>
#include <string>

#include "kernels/elementwise/elementwise.h"
#include "kernels/fill.h"
#include "ops/broadcasting.h"
#include "ops/reduce.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::KernelPtr;
using graph::KernelRequest;
using graph::OpDef;

void infer_same(const InferContext& context) { context.outputs[0] = context.inputs[0]; }

void infer_count(const InferContext& context) {
  context.outputs[0] = {context.attributes.get<DType>("dtype"), Shape{}};
}

KernelPtr count_kernel(const KernelRequest& request) {
  std::int64_t count = 1;
  for (const std::int64_t axis : request.attributes.get<graph::Ints>("axes")) count *= request.inputs[0].shape[axis];
  if (request.outputs[0].dtype == int32 && count > std::numeric_limits<std::int32_t>::max())
    throw ValueError("size: the number of elements must fit into int32. Received: " + std::to_string(count));
  return kernels::fill_kernel(request, static_cast<double>(count));
}

KernelPtr full_like_kernel(const KernelRequest& request) {
  return kernels::fill_kernel(request, request.attributes.get<double>("value"));
}

void infer_broadcast_like(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  const Shape& like = context.inputs[1].shape;
  Shape shape;
  if (!broadcast(x.shape, like, shape) || shape.rank() != like.rank())
    context.fail_shape("The first input's shape must broadcast to that of the second");
  context.outputs[0] = {x.dtype, like};
}

void broadcast_like_gradient(GradientContext& context) {
  if (context.needed[0]) context.input_gradients[0] = detail::sum_like(context.output_gradients[0], context.inputs[0]);
}

KernelPtr broadcast_like_kernel(const KernelRequest& request) {
  KernelRequest without_like = request;
  without_like.inputs = request.inputs.first(1);
  return kernels::elementwise_kernel(without_like, graph::ScalarOp::identity);
}

void infer_insert_ones(const InferContext& context) {
  Shape shape = context.inputs[0].shape;
  for (const std::int64_t axis : context.attributes.get<graph::Ints>("axes"))
    shape.insert(static_cast<std::size_t>(axis), 1);
  context.outputs[0] = {context.inputs[0].dtype, shape};
}

void insert_ones_gradient(GradientContext& context) {
  context.input_gradients[0] =
      detail::remove_ones(context.output_gradients[0], context.attributes.get<graph::Ints>("axes"));
}

void infer_remove_ones(const InferContext& context) {
  const Shape& shape = context.inputs[0].shape;
  const auto& axes = context.attributes.get<graph::Ints>("axes");
  Shape rest;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    if (!axes.contains(axis))
      rest.push_back(shape[axis]);
    else if (shape[axis] != 1 && shape[axis] != -1)
      context.fail_shape("Only dimensions of size 1 can be removed");
  }
  context.outputs[0] = {context.inputs[0].dtype, rest};
}

void remove_ones_gradient(GradientContext& context) {
  context.input_gradients[0] =
      detail::insert_ones(context.output_gradients[0], context.attributes.get<graph::Ints>("axes"));
}

}  // namespace

const OpDef stop_gradient_op{
    .name = "stop_gradient", .infer = infer_same, .zero_gradient = true, .view = true, .in_place = 1};
const OpDef count_op{
    .name = "count", .infer = infer_count, .kernel = count_kernel, .zero_gradient = true, .shape_only = 1};
const OpDef full_like_op{.name = "full_like",
                         .infer = infer_same,
                         .kernel = full_like_kernel,
                         .scalar = graph::ScalarOp::immediate,
                         .zero_gradient = true,
                         .shape_only = 1};
const OpDef broadcast_like_op{.name = "broadcast_like",
                              .inputs = 2,
                              .infer = infer_broadcast_like,
                              .gradient = broadcast_like_gradient,
                              .kernel = broadcast_like_kernel,
                              .scalar = graph::ScalarOp::identity,
                              .shape_only = 2,
                              .in_place = 1};
const OpDef insert_ones_op{
    .name = "insert_ones", .infer = infer_insert_ones, .gradient = insert_ones_gradient, .view = true};
const OpDef remove_ones_op{
    .name = "remove_ones", .infer = infer_remove_ones, .gradient = remove_ones_gradient, .view = true};

namespace detail {

Tensor broadcast_like(const Tensor& x, const Tensor& like) {
  return surely_same_shape(x.shape(), like.shape()) ? x : apply(broadcast_like_op, {x, like});
}

Tensor insert_ones(const Tensor& x, const graph::Ints& axes) {
  if (axes.empty()) return x;
  return apply(insert_ones_op, {x}, {{"axes", axes}});
}

Tensor remove_ones(const Tensor& x, const graph::Ints& axes) {
  if (axes.empty()) return x;
  return apply(remove_ones_op, {x}, {{"axes", axes}});
}

Tensor count(const Tensor& x, const graph::Ints& axes, DType dtype) {
  return apply(count_op, {x}, {{"axes", axes}, {"dtype", dtype}});
}

}  // namespace detail
}  // namespace keratin::inline v0::ops
