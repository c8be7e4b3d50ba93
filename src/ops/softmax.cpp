#include "ops/softmax.h"

#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "kernels/softmax.h"
#include "ops/apply.h"
#include "ops/reduce.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::KernelPtr;
using graph::KernelRequest;
using graph::OpDef;

std::int64_t axis_of(const graph::Attributes& attributes) { return attributes.get<std::int64_t>("axis"); }

void infer(const InferContext& context) {
  const DType dtype = context.inputs[0].dtype;
  if (!is_floating(dtype) || dtype == float16)
    context.fail_dtype("The input must be bfloat16, float32 or float64; cast it");
  for (const graph::Spec& input : context.inputs)
    if (input.dtype != dtype) context.fail_dtype("The inputs must have one dtype; cast them");
  context.outputs[0] = context.inputs[0];
}

Tensor of_axis(const OpDef& op, std::initializer_list<Tensor> inputs, std::int64_t axis) {
  return apply(op, inputs, {{"axis", axis}});
}

void softmax_rule(GradientContext& c) {
  c.input_gradients[0] = of_axis(softmax_gradient_op, {c.outputs[0], c.output_gradients[0]}, axis_of(c.attributes));
}

void log_softmax_rule(GradientContext& c) {
  c.input_gradients[0] = of_axis(log_softmax_gradient_op, {c.outputs[0], c.output_gradients[0]}, axis_of(c.attributes));
}

// y · (dy − Σ dy·y): by dy it is its own transpose.
void softmax_gradient_rule(GradientContext& c) {
  const Tensor& y = c.inputs[0];
  const Tensor& dy = c.inputs[1];
  const Tensor& g = c.output_gradients[0];
  const std::int64_t axis = axis_of(c.attributes);
  if (c.needed[0]) c.input_gradients[0] = g * (dy - sum(dy * y, axis, true)) - dy * sum(g * y, axis, true);
  if (c.needed[1]) c.input_gradients[1] = of_axis(softmax_gradient_op, {y, g}, axis);
}

// dy − exp(y) · Σ dy
void log_softmax_gradient_rule(GradientContext& c) {
  const Tensor& y = c.inputs[0];
  const Tensor& dy = c.inputs[1];
  const Tensor& g = c.output_gradients[0];
  const std::int64_t axis = axis_of(c.attributes);
  const Tensor weighted = g * exp(y);
  if (c.needed[0]) c.input_gradients[0] = -weighted * sum(dy, axis, true);
  if (c.needed[1]) c.input_gradients[1] = g - detail::broadcast_like(sum(weighted, axis, true), g);
}

template <bool log>
KernelPtr kernel(const KernelRequest& request) {
  return kernels::softmax_kernel(request, axis_of(request.attributes), log);
}

template <bool log>
KernelPtr gradient_kernel(const KernelRequest& request) {
  return kernels::softmax_gradient_kernel(request, axis_of(request.attributes), log);
}

/// One axis has kernels of its own.
Tensor along(const OpDef& op, const Tensor& x, const Axes& axes) {
  const Tensor floating = as_floating(x, op.name);
  const graph::Ints along = normalized_axes(axes, floating.rank(), op.name);
  if (along.size() == 1) return of_axis(op, {floating}, along[0]);
  const Tensor logarithm = floating - logsumexp(floating, axes, true);
  return &op == &log_softmax_op ? logarithm : exp(logarithm);
}

}  // namespace

const OpDef softmax_op{
    .name = "softmax", .infer = infer, .gradient = softmax_rule, .kernel = kernel<false>, .in_place = 1};
const OpDef log_softmax_op{
    .name = "log_softmax", .infer = infer, .gradient = log_softmax_rule, .kernel = kernel<true>, .in_place = 1};
const OpDef softmax_gradient_op{.name = "softmax_gradient",
                                .inputs = 2,
                                .infer = infer,
                                .gradient = softmax_gradient_rule,
                                .kernel = gradient_kernel<false>,
                                .in_place = 3};
const OpDef log_softmax_gradient_op{.name = "log_softmax_gradient",
                                    .inputs = 2,
                                    .infer = infer,
                                    .gradient = log_softmax_gradient_rule,
                                    .kernel = gradient_kernel<true>,
                                    .in_place = 3};

Tensor softmax(const Tensor& x, const Axes& axis) { return along(softmax_op, x, axis); }
Tensor log_softmax(const Tensor& x, const Axes& axis) { return along(log_softmax_op, x, axis); }

}  // namespace keratin::inline v0::ops
