#include <algorithm>
#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/shape.h"
#include "ops/apply.h"
#include "ops/like.h"
#include "ops/movement.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

/// The product of the known sizes, and how many aren't known.
struct Sizes {
  std::int64_t known = 1;
  int unknown = 0;
};

Sizes sizes_of(const Shape& shape) {
  Sizes sizes;
  for (const std::int64_t size : shape) {
    if (size < 0) {
      ++sizes.unknown;
    } else {
      sizes.known *= size;
    }
  }
  return sizes;
}

bool divides(std::int64_t divisor, std::int64_t number) { return divisor == 0 ? number == 0 : number % divisor == 0; }

/// `to` with its unknown size, if that follows from the sizes `from`, which it takes the place of.
Shape resolved(const InferContext& context, Shape to, const Shape& from_shape) {
  const Sizes from = sizes_of(from_shape);
  const Sizes wanted = sizes_of(to);
  const auto fail = [&] {
    context.fail_shape("The new shape " + to_string(to) + " must have as many elements as the input's " +
                       to_string(from_shape));
  };
  if (from.unknown == 0 && wanted.unknown == 0) {
    if (from.known != wanted.known) fail();
  } else if (from.unknown == 0) {
    if (wanted.known == 0 || from.known % wanted.known != 0) fail();
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(to.rank()); ++i)
      if (to[i] < 0) to[i] = from.known / wanted.known;
  } else if (wanted.unknown == 0 && !divides(from.known, wanted.known)) {
    fail();
  }
  return to;
}

void infer_reshape(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  context.outputs[0] = {x.dtype, resolved(context, context.attributes.get<Shape>("shape"), x.shape)};
}

void infer_reshape_axes(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  const auto sizes = x.shape.dims();
  const auto first = static_cast<std::size_t>(context.attributes.get<std::int64_t>("axis"));
  const auto count = static_cast<std::size_t>(context.attributes.get<std::int64_t>("count"));
  const Shape part = resolved(context, context.attributes.get<Shape>("sizes"), Shape(sizes.subspan(first, count)));
  Shape shape(sizes.first(first));
  for (const std::int64_t size : part) shape.push_back(size);
  for (const std::int64_t size : sizes.subspan(first + count)) shape.push_back(size);
  context.outputs[0] = {x.dtype, shape};
}

void infer_reshape_like(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  const Shape& like = context.inputs[1].shape;
  if (x.shape.is_static() && like.is_static() && x.elements() != like.elements())
    context.fail_shape("Both must have the same number of elements");
  context.outputs[0] = {x.dtype, like};
}

void reshape_gradient(GradientContext& context) {
  context.input_gradients[0] = detail::reshape_like(context.output_gradients[0], context.inputs[0]);
}

}  // namespace

const OpDef reshape_op{.name = "reshape", .infer = infer_reshape, .gradient = reshape_gradient, .view = true};
const OpDef reshape_axes_op{
    .name = "reshape_axes", .infer = infer_reshape_axes, .gradient = reshape_gradient, .view = true};
const OpDef reshape_like_op{.name = "reshape_like",
                            .inputs = 2,
                            .infer = infer_reshape_like,
                            .gradient = reshape_gradient,
                            .view = true,
                            .shape_only = 2};

namespace detail {

Tensor reshape_like(const Tensor& x, const Tensor& like) {
  const Shape shape = like.shape();
  if (shape.is_static()) return reshape(x, shape);
  return apply(reshape_like_op, {x, like});
}

Tensor reshape_axes(const Tensor& x, std::int64_t axis, std::int64_t count, const Shape& sizes) {
  const Shape shape = x.shape();
  const auto part = shape.dims().subspan(static_cast<std::size_t>(axis), static_cast<std::size_t>(count));
  if (Shape(part) == sizes) return x;
  return apply(reshape_axes_op, {x}, {{"axis", axis}, {"count", count}, {"sizes", sizes}});
}

}  // namespace detail

Tensor reshape(const Tensor& x, const Shape& newshape) {
  if (std::count(newshape.begin(), newshape.end(), -1) > 1)
    throw ShapeError("reshape: one size at most may be −1. Received: newshape=" + to_string(newshape));
  Tensor input = in_graph(x, "reshape");
  if (newshape.is_static() && input.shape() == newshape) return input;
  return apply(reshape_op, {input}, {{"shape", newshape}});
}

Tensor ravel(const Tensor& x) { return reshape(x, {-1}); }

Tensor squeeze(const Tensor& x, const Axes& axis) {
  const Tensor input = in_graph(x, "squeeze");
  const Shape shape = input.shape();
  if (!axis.empty()) return detail::remove_ones(input, normalized_axes(axis, shape.rank(), "squeeze"));
  graph::Ints axes;
  for (std::size_t i = 0; i < shape.rank(); ++i)
    if (shape.dims()[i] == 1) axes.push_back(static_cast<std::int64_t>(i));
  return detail::remove_ones(input, axes);
}

Tensor expand_dims(const Tensor& x, const Axes& axis) {
  Tensor input = in_graph(x, "expand_dims");
  if (axis.empty()) return input;
  return detail::insert_ones(input, normalized_axes(axis, input.rank() + axis.values().size(), "expand_dims"));
}

}  // namespace keratin::inline v0::ops
