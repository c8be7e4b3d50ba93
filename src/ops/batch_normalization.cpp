#include "ops/batch_normalization.h"

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/gradients.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "kernels/batch_norm/batch_norm.h"
#include "ops/apply.h"
#include "ops/broadcasting.h"
#include "ops/registry.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

// Shape rules.

Shape channels_of(const InferContext& context, std::size_t x) {
  const graph::Spec& spec = context.inputs[x];
  if (spec.dtype != float32 && spec.dtype != float64)
    context.fail_dtype("It computes in float32 or float64; cast the inputs");
  if (spec.shape.rank() < 2) context.fail_shape("The inputs must have a batch and an axis of channels");
  return {spec.shape.back()};
}

void check(const InferContext& context, std::size_t input, const Shape& shape) {
  const graph::Spec& spec = context.inputs[input];
  if (spec.dtype != context.inputs[0].dtype) context.fail_dtype("All inputs must have one dtype; cast them");
  if (!may_be_same_shape(spec.shape, shape))
    context.fail_shape("Input " + std::to_string(input) + " must have the shape " + to_string(shape));
}

void infer_moments(const InferContext& context) {
  context.outputs[0] = context.outputs[1] = {context.inputs[0].dtype, channels_of(context, 0)};
}

void infer_normalized(const InferContext& context) {
  const Shape channels = channels_of(context, 0);
  check(context, 1, context.inputs[0].shape);
  for (std::size_t i = 2; i < 6; ++i) check(context, i, channels);
  context.outputs[0] = context.inputs[0];
}

void infer_gradient(const InferContext& context) {
  const Shape channels = channels_of(context, 1);
  check(context, 0, context.inputs[1].shape);
  for (std::size_t i = 2; i < 5; ++i) check(context, i, channels);
  if (context.inputs.size() > 5) check(context, 5, context.inputs[1].shape);
  context.outputs[0] = context.inputs[1];
  context.outputs[1] = context.outputs[2] = {context.inputs[1].dtype, channels};
}

// Gradient rules.

Axes all_but_last(const Tensor& x) {
  std::vector<std::int64_t> axes;
  for (std::int64_t i = 0; i + 1 < static_cast<std::int64_t>(x.rank()); ++i) axes.push_back(i);
  return Axes{std::span<const std::int64_t>(axes)};
}

/// The same numbers as the start of a graph of its own: what they depend on isn't looked at.
Tensor root(const Tensor& x) { return stop_gradient(x); }

/// Adds Σ value · gradient, if there is a gradient.
void add_flow(Tensor& target, const Tensor& value, const Tensor& gradient) {
  if (gradient.is_empty()) return;
  const Tensor flow = sum(value * gradient);
  target = target.is_empty() ? flow : target + flow;
}

detail::BatchMoments composed_moments(const Tensor& x, const Axes& axes) {
  const Tensor average = mean(x, axes);
  return {average, mean(square(x - average), axes)};
}

void moments_gradient(GradientContext& c) {
  const Tensor x = root(c.inputs[0]);
  const detail::BatchMoments moments = composed_moments(x, all_but_last(x));
  Tensor target;
  add_flow(target, moments.mean, c.output_gradients[0]);
  add_flow(target, moments.variance, c.output_gradients[1]);
  c.input_gradients[0] = graph::gradients(target, std::array{x}, gradient_ops())[0];
}

void normalized_gradient(GradientContext& c) {
  const std::array<Tensor, 5> inputs{c.output_gradients[0], c.inputs[1], c.inputs[2], c.inputs[3], c.inputs[4]};
  const std::vector<Tensor> back = apply_all(batch_normalization_gradient_op, inputs, c.attributes.all());
  c.input_gradients[1] = back[0];
  c.input_gradients[4] = back[1];
  c.input_gradients[5] = back[2];
}

/// Written out with ops, of which each has its gradient: it is asked for seldom.
void gradient_gradient(GradientContext& c) {
  const std::array<Tensor, 3> roots{root(c.inputs[0]), root(c.inputs[1]), root(c.inputs[4])};
  const auto& [dy, x, scale] = roots;
  const Axes axes = all_but_last(x);
  const detail::BatchMoments moments = composed_moments(x, axes);
  const Tensor inverse = rsqrt(moments.variance + c.attributes.get<double>("epsilon"));
  const Tensor normal = (x - moments.mean) * inverse;
  const Tensor product = dy * normal;
  Tensor target;
  add_flow(target, (dy - mean(dy, axes) - normal * mean(product, axes)) * (inverse * scale), c.output_gradients[0]);
  add_flow(target, sum(product, axes), c.output_gradients[1]);
  add_flow(target, sum(dy, axes), c.output_gradients[2]);
  const std::vector<Tensor> back = graph::gradients(target, roots, gradient_ops());
  c.input_gradients[0] = back[0];
  c.input_gradients[1] = back[1];
  c.input_gradients[4] = back[2];
}

}  // namespace

const OpDef batch_moments_op{.name = "batch_moments",
                             .outputs = 2,
                             .infer = infer_moments,
                             .gradient = moments_gradient,
                             .kernel = kernels::batch_moments_kernel};
const OpDef batch_normalized_op{
    .name = "batch_normalized", .inputs = 6, .infer = infer_normalized, .gradient = normalized_gradient, .view = true};
const OpDef batch_normalization_gradient_op{.name = "batch_normalization_gradient",
                                            .inputs = -1,
                                            .outputs = 3,
                                            .infer = infer_gradient,
                                            .gradient = gradient_gradient,
                                            .kernel = kernels::batch_normalization_gradient_kernel,
                                            .in_place = 0b100011};

namespace detail {

BatchMoments batch_moments(const Tensor& x) {
  std::vector<Tensor> moments = apply_all(batch_moments_op, {x});
  return {std::move(moments[0]), std::move(moments[1])};
}

Tensor batch_normalized(const Tensor& x, const BatchNorm& norm) {
  const Tensor inverse = rsqrt(norm.moments.variance + norm.epsilon);
  // One factor for each channel: what is left for the elements is a multiplication and an addition.
  Tensor y = (x - norm.moments.mean) * (norm.scale.is_empty() ? inverse : inverse * norm.scale);
  if (!norm.offset.is_empty()) y = y + norm.offset;
  const Tensor scale = norm.scale.is_empty() ? ones_like(inverse) : norm.scale;
  const Tensor offset = norm.offset.is_empty() ? zeros_like(inverse) : norm.offset;
  return apply(batch_normalized_op, {y, x, norm.moments.mean, inverse, scale, offset}, {{"epsilon", norm.epsilon}});
}

}  // namespace detail
}  // namespace keratin::inline v0::ops
