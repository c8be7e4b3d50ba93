#include <algorithm>
#include <string>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/math.h"
#include "kernels/indexing/indexing.h"
#include "ops/apply.h"
#include "ops/indexing.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

/// The shape of what lies at these positions of a tensor of shape `whole`: indices.shape[:-1] + whole[k:].
Shape entries_shape(const InferContext& context, const Shape& whole, const graph::Spec& indices) {
  if (indices.dtype != int32 && indices.dtype != int64) context.fail_dtype("Indices must be int32 or int64; cast them");
  const std::int64_t axes = indices.shape.empty() ? -1 : indices.shape.back();
  if (axes < 0 || axes > static_cast<std::int64_t>(whole.rank()))
    context.fail_shape("The last dimension of the indices must be as large as a position has axes, at most " +
                       std::to_string(whole.rank()));
  Shape shape = indices.shape;
  shape.erase(shape.rank() - 1);
  for (std::int64_t i = axes; i < static_cast<std::int64_t>(whole.rank()); ++i) shape.push_back(whole[i]);
  return shape;
}

void check_entries(const InferContext& context, const Shape& expected, const Shape& values) {
  const bool fits = std::equal(expected.begin(), expected.end(), values.begin(), values.end(),
                               [](std::int64_t a, std::int64_t b) { return a == b || a < 0 || b < 0; });
  if (!fits) context.fail_shape("The values must have the shape " + to_string(expected));
}

void infer_gather(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  context.outputs[0] = {x.dtype, entries_shape(context, x.shape, context.inputs[1])};
}

void gather_gradient(GradientContext& context) {
  if (context.needed[0])
    context.input_gradients[0] = apply(scatter_op, {context.inputs[1], context.output_gradients[0], context.inputs[0]});
}

void infer_scatter(const InferContext& context) {
  const graph::Spec& values = context.inputs[1];
  if (!kernels::adds_in(values.dtype)) context.fail_dtype("Nothing is added in this dtype; cast the values");
  const Shape whole = context.inputs.size() > 2 ? context.inputs[2].shape : context.attributes.get<Shape>("shape");
  check_entries(context, entries_shape(context, whole, context.inputs[0]), values.shape);
  context.outputs[0] = {values.dtype, whole};
}

void scatter_gradient(GradientContext& context) {
  if (context.needed[1])
    context.input_gradients[1] = apply(gather_op, {context.output_gradients[0], context.inputs[0]});
}

void infer_scatter_update(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  const graph::Spec& updates = context.inputs[2];
  if (x.dtype != updates.dtype) context.fail_dtype("The updates must have the input's dtype; cast them");
  check_entries(context, entries_shape(context, x.shape, context.inputs[1]), updates.shape);
  context.outputs[0] = x;
}

void scatter_update_gradient(GradientContext& context) {
  const Tensor& gradient = context.output_gradients[0];
  if (context.needed[0])
    context.input_gradients[0] = apply(scatter_update_op, {gradient, context.inputs[1], zeros_like(context.inputs[2])});
  if (context.needed[2]) context.input_gradients[2] = apply(gather_op, {gradient, context.inputs[1]});
}

}  // namespace

const OpDef gather_op{.name = "gather",
                      .inputs = 2,
                      .infer = infer_gather,
                      .gradient = gather_gradient,
                      .kernel = kernels::gather_kernel};
const OpDef scatter_op{.name = "scatter",
                       .inputs = -1,
                       .infer = infer_scatter,
                       .gradient = scatter_gradient,
                       .kernel = kernels::scatter_kernel,
                       .shape_only = 4};
const OpDef scatter_update_op{.name = "scatter_update",
                              .inputs = 3,
                              .infer = infer_scatter_update,
                              .gradient = scatter_update_gradient,
                              .kernel = kernels::scatter_update_kernel,
                              .in_place = 1};

Tensor scatter(const Tensor& indices, const Tensor& values, const Shape& shape) {
  if (!shape.is_static())
    throw ShapeError("scatter: each size of the result must be known. Received: shape=" + to_string(shape));
  return apply(scatter_op, {detail::as_indices(indices, "scatter"), values}, {{"shape", shape}});
}

Tensor scatter_update(const Tensor& inputs, const Tensor& indices, const Tensor& updates) {
  std::vector<Tensor> values{updates};
  promote(values, inputs.dtype(), "scatter_update");
  return apply(scatter_update_op, {inputs, detail::as_indices(indices, "scatter_update"), values[0]});
}

}  // namespace keratin::inline v0::ops
