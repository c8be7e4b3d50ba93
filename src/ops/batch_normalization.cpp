#include "ops/batch_normalization.h"

#include <array>
#include <span>
#include <utility>
#include <vector>

#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "kernels/batch_norm/batch_norm.h"
#include "ops/apply.h"
#include "ops/broadcasting.h"
#include "ops/pull_back.h"
#include "ops/reduce.h"

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
  if (context.inputs[input].dtype != context.inputs[0].dtype)
    context.fail_dtype("All inputs must have one dtype; cast them");
  check_shape(context, input, shape);
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

detail::BatchMoments composed_moments(const Tensor& x, const Axes& axes) {
  const Tensor average = mean(x, axes);
  return {average, mean(square(x - average), axes)};
}

void moments_gradient(GradientContext& c) {
  detail::pull_back(c, [](std::span<const Tensor> inputs) {
    const Tensor& x = inputs[0];
    const detail::BatchMoments moments = composed_moments(x, detail::all_but_last(x));
    return std::vector{moments.mean, moments.variance};
  });
}

void normalized_gradient(GradientContext& c) {
  const std::array<Tensor, 5> inputs{c.output_gradients[0], c.inputs[1], c.inputs[2], c.inputs[3], c.inputs[4]};
  const std::vector<Tensor> back = apply_all(batch_normalization_gradient_op, inputs, c.attributes.all());
  c.input_gradients[1] = back[0];
  c.input_gradients[4] = back[1];
  c.input_gradients[5] = back[2];
}

/// Mean and deviation are those of x: what depends on them depends on x.
void gradient_gradient(GradientContext& c) {
  const double epsilon = c.attributes.get<double>("epsilon");
  detail::pull_back(c, [&](std::span<const Tensor> inputs) {
    const Tensor& dy = inputs[0];
    const Tensor& x = inputs[1];
    const Tensor& scale = inputs[4];
    const Axes axes = detail::all_but_last(x);
    const detail::BatchMoments moments = composed_moments(x, axes);
    const Tensor inverse = rsqrt(moments.variance + epsilon);
    const Tensor normal = (x - moments.mean) * inverse;
    const Tensor product = dy * normal;
    const Tensor dx = (dy - mean(dy, axes) - normal * mean(product, axes)) * (inverse * scale);
    return std::vector{dx, sum(product, axes), sum(dy, axes)};
  });
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
