#include <algorithm>
#include <string>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/indexing.h"
#include "keratin/ops/math.h"
#include "keratin/ops/shape.h"
#include "kernels/indexing/indexing.h"
#include "ops/apply.h"
#include "ops/indexing.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

void check_indices_dtype(const InferContext& context, const graph::Spec& indices) {
  if (indices.dtype != int32 && indices.dtype != int64) context.fail_dtype("Indices must be int32 or int64; cast them");
}

void infer_take(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  const graph::Spec& indices = context.inputs[1];
  check_indices_dtype(context, indices);
  const auto axis = static_cast<std::size_t>(context.attributes.get<std::int64_t>("axis"));
  if (x.shape.rank() + indices.shape.rank() > Shape::max_rank + 1)
    context.fail_shape("The result would have more than " + std::to_string(Shape::max_rank) + " dimensions");
  Shape shape;
  for (std::size_t i = 0; i < x.shape.rank(); ++i) {
    if (i != axis) {
      shape.push_back(x.shape.dims()[i]);
    } else {
      for (const std::int64_t size : indices.shape) shape.push_back(size);
    }
  }
  context.outputs[0] = {x.dtype, shape};
}

void infer_take_along_axis(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  const graph::Spec& indices = context.inputs[1];
  check_indices_dtype(context, indices);
  const std::int64_t axis = context.attributes.get<std::int64_t>("axis");
  bool fits = x.shape.rank() == indices.shape.rank();
  for (std::int64_t i = 0; fits && i < static_cast<std::int64_t>(x.shape.rank()); ++i)
    fits = i == axis || x.shape[i] == indices.shape[i] || x.shape[i] < 0 || indices.shape[i] < 0;
  if (!fits) context.fail_shape("The indices must have x's shape but for the axis " + std::to_string(axis));
  Shape shape = x.shape;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(shape.rank()); ++i)
    if (i == axis || shape[i] < 0) shape[i] = indices.shape[i];
  context.outputs[0] = {x.dtype, shape};
}

/// The gradient, the indices, and what the gradient's result is like.
void infer_take_gradient(const InferContext& context) {
  check_indices_dtype(context, context.inputs[1]);
  const DType dtype = context.inputs[0].dtype;
  if (!kernels::adds_in(dtype)) context.fail_dtype("Nothing is added in this dtype; cast it");
  context.outputs[0] = {dtype, context.inputs[2].shape};
}

template <const OpDef& op>
void gather_gradient(GradientContext& context) {
  if (!context.needed[0]) return;
  const std::vector<Tensor> inputs{context.output_gradients[0], context.inputs[1], context.inputs[0]};
  context.input_gradients[0] = apply(op, inputs, context.attributes.all());
}

template <const OpDef& op>
void scatter_gradient(GradientContext& context) {
  if (!context.needed[0]) return;
  const std::vector<Tensor> inputs{context.output_gradients[0], context.inputs[1]};
  context.input_gradients[0] = apply(op, inputs, context.attributes.all());
}

/// x with dimensions of size 1 repeated as often as `other` has it, but for the axis.
Tensor repeated_as(const Tensor& x, const Shape& other, std::int64_t axis) {
  const Shape shape = x.shape();
  Shape target = shape;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(shape.rank()); ++i)
    target[i] = i != axis && shape[i] == 1 ? other[i] : -1;
  const bool repeats = std::any_of(target.begin(), target.end(), [](std::int64_t size) { return size > 1; });
  return repeats ? broadcast_to(x, target) : x;
}

}  // namespace

const OpDef take_op{.name = "take",
                    .inputs = 2,
                    .infer = infer_take,
                    .gradient = gather_gradient<take_gradient_op>,
                    .kernel = kernels::take_kernel};
const OpDef take_gradient_op{.name = "take_gradient",
                             .inputs = 3,
                             .infer = infer_take_gradient,
                             .gradient = scatter_gradient<take_op>,
                             .kernel = kernels::take_gradient_kernel,
                             .shape_only = 4};
const OpDef take_along_axis_op{.name = "take_along_axis",
                               .inputs = 2,
                               .infer = infer_take_along_axis,
                               .gradient = gather_gradient<take_along_axis_gradient_op>,
                               .kernel = kernels::take_along_axis_kernel};
const OpDef take_along_axis_gradient_op{.name = "take_along_axis_gradient",
                                        .inputs = 3,
                                        .infer = infer_take_gradient,
                                        .gradient = scatter_gradient<take_along_axis_op>,
                                        .kernel = kernels::take_along_axis_gradient_kernel,
                                        .shape_only = 4};

namespace detail {

Tensor as_indices(const Tensor& indices, std::string_view op) {
  Tensor given = in_graph(indices, op);
  const DType dtype = given.dtype();
  if (dtype == int32 || dtype == int64) return given;
  if (!is_integer(dtype))
    throw DTypeError(std::string(op) + ": indices must be integers. Received: " + std::string(name_of(dtype)));
  return cast(given, size_of(dtype) < 4 ? int32 : int64);
}

}  // namespace detail

Tensor take(const Tensor& x, const Tensor& indices, std::optional<std::int64_t> axis) {
  const Tensor input = axis ? in_graph(x, "take") : ravel(x);
  return apply(take_op, {input, detail::as_indices(indices, "take")},
               {{"axis", normalized_axis(axis.value_or(0), input.rank(), "take")}});
}

Tensor take_along_axis(const Tensor& x, const Tensor& indices, std::optional<std::int64_t> axis) {
  Tensor input = axis ? in_graph(x, "take_along_axis") : ravel(x);
  Tensor at = detail::as_indices(axis ? indices : ravel(indices), "take_along_axis");
  const std::int64_t along = normalized_axis(axis.value_or(0), input.rank(), "take_along_axis");
  if (input.rank() == at.rank()) {
    const Shape shape = input.shape();
    input = repeated_as(input, at.shape(), along);
    at = repeated_as(at, shape, along);
  }
  return apply(take_along_axis_op, {input, at}, {{"axis", along}});
}

}  // namespace keratin::inline v0::ops
