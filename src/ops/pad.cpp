#include <algorithm>
#include <string>
#include <vector>

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

void infer_pad(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  const Ints& before = context.attributes.get<Ints>("before");
  const Ints& after = context.attributes.get<Ints>("after");
  Shape shape = x.shape;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    if (shape[axis] >= 0) shape[axis] += before[i] + after[i];
  }
  context.outputs[0] = {x.dtype, shape};
}

void pad_gradient(GradientContext& context) {
  const Ints& before = context.attributes.get<Ints>("before");
  const Ints& after = context.attributes.get<Ints>("after");
  Tensor gradient = context.output_gradients[0];
  Ints stop = after;
  Ints step = after;
  for (std::size_t i = 0; i < after.size(); ++i) {
    stop[i] = after[i] == 0 ? slice_end : -after[i];
    step[i] = 1;
  }
  context.input_gradients[0] = apply(slice_op, {gradient}, {{"start", before}, {"stop", stop}, {"step", step}});
}

/// x mirrored at both ends of one axis; `edge` is 1 if the element at the end isn't repeated.
Tensor mirrored(const Tensor& x, std::int64_t axis, std::pair<std::int64_t, std::int64_t> width, std::int64_t edge) {
  const std::int64_t size = x.shape()[axis];
  if (size < 0 || std::max(width.first, width.second) > size - edge)
    throw ShapeError("pad: the padding of a mirrored axis must not be larger than its size" +
                     std::string(edge == 1 ? " less 1" : "") + ", which must be known. Received: (" +
                     std::to_string(width.first) + ", " + std::to_string(width.second) + ") for the axis " +
                     std::to_string(axis) + " of the shape " + to_string(x.shape()));
  std::vector<Tensor> parts;
  if (width.first > 0) {
    const std::int64_t stop = edge == 0 ? slice_before_first : 0;
    parts.push_back(detail::slice_axis(x, axis, width.first - 1 + edge, stop, -1));
  }
  parts.push_back(x);
  if (width.second > 0) {
    const std::int64_t start = size - 1 - edge;
    const std::int64_t stop = start - width.second;
    parts.push_back(detail::slice_axis(x, axis, start, stop < 0 ? slice_before_first : stop, -1));
  }
  return concatenate(parts, axis);
}

}  // namespace

const OpDef pad_op{.name = "pad", .infer = infer_pad, .gradient = pad_gradient, .kernel = kernels::pad_kernel};

Tensor pad(const Tensor& x, const PadWidth& pad_width, PadMode mode, double constant_values) {
  const Shape shape = x.shape();
  if (pad_width.size() != shape.rank())
    throw ValueError("pad: `pad_width` must have a pair for each dimension of " + to_string(shape) +
                     ". Received: " + std::to_string(pad_width.size()) + " pairs");
  Ints before;
  Ints after;
  for (const auto& [first, last] : pad_width) {
    if (first < 0 || last < 0)
      throw ValueError("pad: `pad_width` must not be negative. Received: (" + std::to_string(first) + ", " +
                       std::to_string(last) + ")");
    before.push_back(first);
    after.push_back(last);
  }
  if (mode == PadMode::constant)
    return apply(pad_op, {x}, {{"before", before}, {"after", after}, {"value", constant_values}});
  Tensor result = x;
  for (std::size_t i = 0; i < shape.rank(); ++i)
    if (before[i] + after[i] > 0)
      result = mirrored(result, static_cast<std::int64_t>(i), pad_width[i], mode == PadMode::reflect ? 1 : 0);
  return result;
}

}  // namespace keratin::inline v0::ops
