#include "ops/layer_norm.h"

#include <string>
#include <vector>

#include "keratin/ops/math.h"
#include "kernels/normalization/layer_norm.h"
#include "ops/broadcasting.h"
#include "ops/pull_back.h"
#include "ops/reduce.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

bool scales(const graph::Attributes& attributes) { return attributes.get<bool>("scale"); }
bool centers(const graph::Attributes& attributes) { return attributes.get<bool>("center"); }

void check_dtypes(const InferContext& context) {
  const DType dtype = context.inputs[0].dtype;
  if (!detail::has_layer_norm(dtype)) context.fail_dtype("The input must be float32 or float64; cast it");
  for (const graph::Spec& input : context.inputs)
    if (input.dtype != dtype) context.fail_dtype("The inputs must have one dtype; cast them");
  if (context.inputs[0].shape.rank() == 0) context.fail_shape("The input must have an axis");
}

Shape shape_of_rows(Shape shape) {
  shape[-1] = 1;
  return shape;
}

void infer_forward(const InferContext& context) {
  check_dtypes(context);
  const graph::Spec& x = context.inputs[0];
  for (std::size_t i = 1; i < context.inputs.size(); ++i) check_shape(context, i, {x.shape.back()});
  context.outputs[0] = x;
  context.outputs[1] = context.outputs[2] = {x.dtype, shape_of_rows(x.shape)};
}

void infer_gradient(const InferContext& context) {
  check_dtypes(context);
  const graph::Spec& x = context.inputs[0];
  for (const std::size_t i : {1u, 2u}) check_shape(context, i, shape_of_rows(x.shape));
  check_shape(context, 3, x.shape);
  if (scales(context.attributes)) check_shape(context, 4, {x.shape.back()});
  context.outputs[0] = x;
  context.outputs[1] = context.outputs[2] = {x.dtype, Shape{x.shape.back()}};
}

void forward_rule(GradientContext& c) {
  const bool scale = scales(c.attributes);
  std::vector<Tensor> inputs{c.inputs[0], c.outputs[1], c.outputs[2], c.output_gradients[0]};
  if (scale) inputs.push_back(c.inputs[1]);
  const std::vector<graph::Attribute> attributes{{"epsilon", c.attributes.get<double>("epsilon")}, {"scale", scale}};
  const std::vector<Tensor> back = apply_all(layer_norm_gradient_op, inputs, attributes);
  c.input_gradients[0] = back[0];
  if (scale) c.input_gradients[1] = back[1];
  if (centers(c.attributes)) c.input_gradients[scale ? 2 : 1] = back[2];
}

/// Mean and deviation are those of x: what depends on them depends on x.
void gradient_rule(GradientContext& c) {
  const double epsilon = c.attributes.get<double>("epsilon");
  const bool scale = scales(c.attributes);
  detail::pull_back(c, [&](std::span<const Tensor> inputs) {
    const Tensor& x = inputs[0];
    const Tensor& dy = inputs[3];
    const Tensor centred = x - mean(x, -1, true);
    Tensor y = centred * rsqrt(mean(square(centred), -1, true) + epsilon);
    std::vector<Tensor> sources{x};
    if (scale) {
      y = y * inputs[4];
      sources.push_back(inputs[4]);
    }
    std::vector<Tensor> results = graph::gradients(sum(y * dy), sources, gradient_ops());
    results.resize(2);
    results.push_back(x.rank() == 1 ? dy : sum(dy, detail::all_but_last(x)));
    return results;
  });
}

}  // namespace

const OpDef layer_norm_op{.name = "layer_norm",
                          .inputs = -1,
                          .outputs = 3,
                          .infer = infer_forward,
                          .gradient = forward_rule,
                          .kernel = kernels::layer_norm_kernel,
                          .in_place = 1};
const OpDef layer_norm_gradient_op{.name = "layer_norm_gradient",
                                   .inputs = -1,
                                   .outputs = 3,
                                   .infer = infer_gradient,
                                   .gradient = gradient_rule,
                                   .kernel = kernels::layer_norm_gradient_kernel,
                                   .in_place = 1u | 1u << 3};

namespace detail {

bool has_layer_norm(DType dtype) noexcept { return dtype == float32 || dtype == float64; }

Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) {
  std::vector<Tensor> inputs{x};
  if (!gamma.is_empty()) inputs.push_back(gamma);
  if (!beta.is_empty()) inputs.push_back(beta);
  const std::vector<graph::Attribute> attributes{
      {"epsilon", epsilon}, {"scale", !gamma.is_empty()}, {"center", !beta.is_empty()}};
  return apply_all(layer_norm_op, inputs, attributes)[0];
}

}  // namespace detail
}  // namespace keratin::inline v0::ops
