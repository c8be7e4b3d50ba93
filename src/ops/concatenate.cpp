#include <algorithm>
#include <string>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/shape.h"
#include "kernels/movement/movement.h"
#include "ops/apply.h"
#include "ops/movement.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

/// Of the inputs of one concatenate_part, whose shape_only has a bit for each.
constexpr std::size_t most_parts_of_unknown_size = 16;

void infer_concatenate(const InferContext& context) {
  const std::int64_t axis = context.attributes.get<std::int64_t>("axis");
  graph::Spec result = context.inputs[0];
  for (const graph::Spec& x : context.inputs.subspan(1)) {
    if (x.dtype != result.dtype) context.fail_dtype("All inputs must have one dtype; cast them");
    if (x.shape.rank() != result.shape.rank()) context.fail_shape("All inputs must have the same rank");
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(x.shape.rank()); ++i) {
      std::int64_t& size = result.shape[i];
      if (i == axis) {
        size = size < 0 || x.shape[i] < 0 ? -1 : size + x.shape[i];
      } else if (size < 0) {
        size = x.shape[i];
      } else if (x.shape[i] >= 0 && x.shape[i] != size) {
        context.fail_shape("The sizes must be the same but for those along the axis " + std::to_string(axis));
      }
    }
  }
  context.outputs[0] = result;
}

void concatenate_gradient(GradientContext& context) {
  const std::int64_t axis = context.attributes.get<std::int64_t>("axis");
  const Tensor& gradient = context.output_gradients[0];
  std::int64_t first = 0;
  for (std::size_t i = 0; i < context.inputs.size(); ++i) {
    const std::int64_t size = context.inputs[i].shape()[axis];
    const std::int64_t last = first < 0 || size < 0 ? -1 : first + size;
    if (context.needed[i] && last >= 0) {
      context.input_gradients[i] = detail::slice_axis(gradient, axis, first, last);
    } else if (context.needed[i]) {
      std::vector<Tensor> inputs{gradient};
      inputs.insert(inputs.end(), context.inputs.begin(), context.inputs.end());
      context.input_gradients[i] =
          apply(concatenate_part_op, inputs,
                std::vector<graph::Attribute>{{"axis", axis}, {"index", static_cast<std::int64_t>(i)}});
    }
    first = last;
  }
}

void infer_concatenate_part(const InferContext& context) {
  const auto index = static_cast<std::size_t>(context.attributes.get<std::int64_t>("index"));
  context.outputs[0] = {context.inputs[0].dtype, context.inputs[index + 1].shape};
}

void concatenate_part_gradient(GradientContext& context) {
  if (!context.needed[0]) return;
  const auto index = static_cast<std::size_t>(context.attributes.get<std::int64_t>("index"));
  std::vector<Tensor> parts;
  for (const Tensor& part : context.inputs.subspan(1)) parts.push_back(zeros_like(part));
  parts[index] = context.output_gradients[0];
  context.input_gradients[0] = concatenate(parts, context.attributes.get<std::int64_t>("axis"));
}

}  // namespace

const OpDef concatenate_op{.name = "concatenate",
                           .inputs = -1,
                           .infer = infer_concatenate,
                           .gradient = concatenate_gradient,
                           .kernel = kernels::concatenate_kernel};
const OpDef concatenate_part_op{.name = "concatenate_part",
                                .inputs = -1,
                                .infer = infer_concatenate_part,
                                .gradient = concatenate_part_gradient,
                                .kernel = kernels::concatenate_part_kernel,
                                .shape_only = ~std::uint32_t{1}};

Tensor concatenate(const std::vector<Tensor>& xs, std::int64_t axis) {
  if (xs.empty()) throw ValueError("concatenate: at least one tensor is needed. Received: none");
  std::vector<Tensor> inputs = xs;
  promote(inputs, "concatenate");
  axis = normalized_axis(axis, inputs[0].rank(), "concatenate");
  if (inputs.size() == 1) return inputs[0];
  const bool unknown = std::any_of(inputs.begin(), inputs.end(), [axis](const Tensor& x) {
    const Shape shape = x.shape();
    return axis < static_cast<std::int64_t>(shape.rank()) && shape[axis] < 0;
  });
  if (unknown && inputs.size() > most_parts_of_unknown_size) {
    const auto half = inputs.begin() + static_cast<std::ptrdiff_t>(inputs.size() / 2);
    return concatenate({concatenate({inputs.begin(), half}, axis), concatenate({half, inputs.end()}, axis)}, axis);
  }
  return apply(concatenate_op, inputs, std::vector<graph::Attribute>{{"axis", axis}});
}

Tensor stack(const std::vector<Tensor>& x, std::int64_t axis) {
  if (x.empty()) throw ValueError("stack: at least one tensor is needed. Received: none");
  std::vector<Tensor> inputs = x;
  promote(inputs, "stack");
  axis = normalized_axis(axis, inputs[0].rank() + 1, "stack");
  const std::size_t rank = inputs[0].rank();
  for (Tensor& input : inputs) {
    if (input.rank() != rank)
      throw ShapeError("stack: the shapes must be the same. Received: " + to_string(x[0].shape()) + " and " +
                       to_string(input.shape()));
    input = expand_dims(input, axis);
  }
  return concatenate(inputs, axis);
}

}  // namespace keratin::inline v0::ops
