#include "ops/reduce.h"

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "kernels/reduce.h"
#include "ops/apply.h"
#include "ops/broadcasting.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::Ints;
using graph::KernelPtr;
using graph::KernelRequest;
using graph::OpDef;
using kernels::Reduction;

void infer_reduced(const InferContext& context, DType result) {
  const Shape& shape = context.inputs[0].shape;
  const auto& axes = context.attributes.get<Ints>("axes");
  const bool keepdims = context.attributes.get<bool>("keepdims");
  Shape reduced;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    if (!axes.contains(axis)) reduced.push_back(shape[axis]);
    if (axes.contains(axis) && keepdims) reduced.push_back(1);
  }
  context.outputs[0] = {result, reduced};
}

void infer_number(const InferContext& context) {
  const DType dtype = context.inputs[0].dtype;
  if (!is_integer(dtype) && (!is_floating(dtype) || dtype == float16))
    context.fail_dtype("The input must be integer, bfloat16, float32 or float64; cast it");
  infer_reduced(context, dtype);
}

void infer_floating(const InferContext& context) {
  if (!is_floating(context.inputs[0].dtype)) context.fail_dtype("The input must be floating; cast it");
  infer_number(context);
}

void infer_boolean(const InferContext& context) {
  if (context.inputs[0].dtype != boolean) context.fail_dtype("The input must be bool; cast it");
  infer_reduced(context, boolean);
}

void infer_index(const InferContext& context) {
  infer_number(context);
  const auto& axes = context.attributes.get<Ints>("axes");
  const Shape& shape = context.inputs[0].shape;
  if (axes.size() != 1 && axes.size() != shape.rank()) context.fail_shape("An index needs one axis or all of them");
  for (const std::int64_t axis : axes)
    if (shape[axis] == 0) context.fail_shape("Of no elements none is the greatest or least");
  context.outputs[0].dtype = int32;
}

/// What was reduced, in a shape that broadcasts to that of before.
Tensor kept(const GradientContext& context, const Tensor& reduced) {
  return reduced.rank() == 0 || context.attributes.get<bool>("keepdims")
             ? reduced
             : detail::insert_ones(reduced, context.attributes.get<Ints>("axes"));
}

void sum_gradient(GradientContext& context) {
  context.input_gradients[0] = detail::broadcast_like(kept(context, context.output_gradients[0]), context.inputs[0]);
}

void mean_gradient(GradientContext& context) {
  const Tensor& x = context.inputs[0];
  const Tensor each = context.output_gradients[0] / detail::count(x, context.attributes.get<Ints>("axes"), x.dtype());
  context.input_gradients[0] = detail::broadcast_like(kept(context, each), x);
}

/// Equal extreme elements share the gradient, as in TensorFlow.
void extreme_gradient(GradientContext& context) {
  const Tensor& x = context.inputs[0];
  const auto& axes = context.attributes.get<Ints>("axes");
  const Tensor is_extreme = cast(equal(x, kept(context, context.outputs[0])), x.dtype());
  const Tensor sharers = apply(sum_op, {is_extreme}, {{"axes", axes}, {"keepdims", true}});
  context.input_gradients[0] = is_extreme * (kept(context, context.output_gradients[0]) / sharers);
}

/// The product of the others is product / x where no factor is 0. With one zero it is, at the zero, the product of
/// the rest, and 0 elsewhere; with more zeros it is 0 everywhere.
void prod_gradient(GradientContext& context) {
  const Tensor& x = context.inputs[0];
  const auto& axes = context.attributes.get<Ints>("axes");
  const auto reduce = [&](const OpDef& op, const Tensor& of) {
    return apply(op, {of}, {{"axes", axes}, {"keepdims", true}});
  };
  const Tensor is_zero = equal(x, 0.0);
  const Tensor zeros = reduce(sum_op, cast(is_zero, x.dtype()));
  const Tensor rest = where(is_zero, 1.0, x);
  const Tensor others = where(equal(zeros, cast(is_zero, x.dtype())), reduce(prod_op, rest) / rest, 0.0);
  context.input_gradients[0] = kept(context, context.output_gradients[0]) * others;
}

template <Reduction reduction>
KernelPtr kernel(const KernelRequest& request) {
  return kernels::reduce_kernel(request, reduction, request.attributes.get<Ints>("axes"));
}

template <bool greatest>
KernelPtr index_kernel(const KernelRequest& request) {
  return kernels::arg_reduce_kernel(request, greatest, request.attributes.get<Ints>("axes"));
}

void infer_sum_like(const InferContext& context) {
  const Shape& shape = context.inputs[0].shape;
  const Shape& like = context.inputs[1].shape;
  Shape both;
  if (!broadcast(shape, like, both) || like.rank() > shape.rank())
    context.fail_shape("The second input's shape must broadcast to that of the first");
  context.outputs[0] = {context.inputs[0].dtype, like};
}

void sum_like_gradient(GradientContext& context) {
  context.input_gradients[0] = detail::broadcast_like(context.output_gradients[0], context.inputs[0]);
}

KernelPtr sum_like_kernel(const KernelRequest& request) {
  const Shape& shape = request.inputs[0].shape;
  const Shape& like = request.outputs[0].shape;
  const std::size_t missing = shape.rank() - like.rank();
  Ints axes;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    if (i < missing || like[axis - static_cast<std::int64_t>(missing)] != shape[axis]) axes.push_back(axis);
  }
  return kernels::reduce_kernel(request, Reduction::sum, axes);
}

Tensor reduced(const OpDef& op, const Tensor& x, const Axes& axis, bool keepdims) {
  return apply(op, {x}, {{"axes", normalized_axes(axis, x.rank(), op.name)}, {"keepdims", keepdims}});
}

/// x as numbers: bool counts as int32.
Tensor number(const Tensor& x, std::string_view op) {
  const Tensor inside = in_graph(x, op);
  return inside.dtype() == boolean ? cast(inside, int32) : inside;
}

}  // namespace

const OpDef sum_op{.name = "sum", .infer = infer_number, .gradient = sum_gradient, .kernel = kernel<Reduction::sum>};
const OpDef mean_op{
    .name = "mean", .infer = infer_floating, .gradient = mean_gradient, .kernel = kernel<Reduction::mean>};
const OpDef prod_op{
    .name = "prod", .infer = infer_number, .gradient = prod_gradient, .kernel = kernel<Reduction::prod>};
const OpDef max_op{
    .name = "max", .infer = infer_number, .gradient = extreme_gradient, .kernel = kernel<Reduction::max>};
const OpDef min_op{
    .name = "min", .infer = infer_number, .gradient = extreme_gradient, .kernel = kernel<Reduction::min>};
const OpDef any_op{.name = "any", .infer = infer_boolean, .kernel = kernel<Reduction::any>, .zero_gradient = true};
const OpDef all_op{.name = "all", .infer = infer_boolean, .kernel = kernel<Reduction::all>, .zero_gradient = true};
const OpDef argmax_op{.name = "argmax", .infer = infer_index, .kernel = index_kernel<true>, .zero_gradient = true};
const OpDef argmin_op{.name = "argmin", .infer = infer_index, .kernel = index_kernel<false>, .zero_gradient = true};
const OpDef sum_like_op{.name = "sum_like",
                        .inputs = 2,
                        .infer = infer_sum_like,
                        .gradient = sum_like_gradient,
                        .kernel = sum_like_kernel,
                        .shape_only = 2};

Tensor detail::sum_like(const Tensor& g, const Tensor& x) {
  return surely_same_shape(g.shape(), x.shape()) ? g : apply(sum_like_op, {g, x});
}

Tensor sum(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduced(sum_op, number(x, "sum"), axis, keepdims);
}

Tensor mean(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduced(mean_op, as_floating(x, "mean"), axis, keepdims);
}

Tensor prod(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduced(prod_op, number(x, "prod"), axis, keepdims);
}

Tensor max(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduced(max_op, number(x, "max"), axis, keepdims);
}

Tensor min(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduced(min_op, number(x, "min"), axis, keepdims);
}

Tensor any(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduced(any_op, cast(in_graph(x, "any"), boolean), axis, keepdims);
}

Tensor all(const Tensor& x, const Axes& axis, bool keepdims) {
  return reduced(all_op, cast(in_graph(x, "all"), boolean), axis, keepdims);
}

Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdims) {
  return reduced(argmax_op, number(x, "argmax"), axis, keepdims);
}

Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdims) {
  return reduced(argmin_op, number(x, "argmin"), axis, keepdims);
}

Tensor argmax(const Tensor& x) { return reduced(argmax_op, number(x, "argmax"), {}, false); }

Tensor argmin(const Tensor& x) { return reduced(argmin_op, number(x, "argmin"), {}, false); }

Tensor var(const Tensor& x, const Axes& axis, bool keepdims) {
  const Tensor floating = as_floating(x, "var");
  return mean(square(floating - mean(floating, axis, true)), axis, keepdims);
}

Tensor std(const Tensor& x, const Axes& axis, bool keepdims) { return sqrt(var(x, axis, keepdims)); }

Tensor logsumexp(const Tensor& x, const Axes& axis, bool keepdims) {
  const Tensor floating = as_floating(x, "logsumexp");
  // Any shift gives the same value and gradient; where the largest element is infinite, 0 does.
  const Tensor largest = stop_gradient(max(floating, axis, true));
  const Tensor shift = where(isfinite(largest), largest, 0.0);
  const Tensor log_of_sum = log(sum(exp(floating - shift), axis, true)) + shift;
  return keepdims ? log_of_sum : detail::remove_ones(log_of_sum, normalized_axes(axis, x.rank(), "logsumexp"));
}

Tensor count_nonzero(const Tensor& x, const Axes& axis) {
  return sum(cast(in_graph(x, "count_nonzero"), boolean), axis);
}

namespace detail {

Axes all_but_last(const Tensor& x) {
  Ints axes;
  for (std::size_t i = 0; i + 1 < x.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  return Axes(std::span(axes.begin(), axes.size()));
}

}  // namespace detail
}  // namespace keratin::inline v0::ops
