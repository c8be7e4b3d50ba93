#include "kernels/pool/pool.h"

#include <array>
#include <string>
#include <string_view>

#include "keratin/core/error.h"
#include "keratin/ops/conv.h"
#include "keratin/ops/math.h"
#include "kernels/pool/geometry.h"
#include "ops/apply.h"
#include "ops/conv.h"
#include "ops/windows.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::Ints;
using graph::OpDef;

void check_dtypes(const InferContext& context) {
  const DType dtype = context.inputs[0].dtype;
  if (dtype != float32 && dtype != float64) context.fail_dtype("It computes in float32 or float64; cast the inputs");
}

void infer_pool(const InferContext& context) {
  check_dtypes(context);
  Shape shape = context.inputs[0].shape;
  if (shape.rank() < 3 || shape.rank() > 5)
    context.fail_shape("The inputs must have a batch, 1 to 3 spatial dimensions and channels");
  for (std::size_t i = 0; i + 2 < shape.rank(); ++i) {
    std::int64_t& size = shape[static_cast<std::int64_t>(i + 1)];
    const kernels::PoolAxis axis = kernels::pool_axis(context.attributes, i, size);
    if (size == -1 && !axis.adaptive) continue;
    const bool fits = axis.adaptive ? size != 0 : axis.places > 0 || size == 0;
    if (!fits)
      context.fail_shape("The window is larger than the inputs along dimension " + std::to_string(i + 1) +
                         "; make it smaller, or use padding=same");
    size = axis.places;
  }
  context.outputs[0] = {context.inputs[0].dtype, shape};
}

void infer_like_first(const InferContext& context) {
  check_dtypes(context);
  context.outputs[0] = context.inputs[0];
}

void infer_like_second(const InferContext& context) {
  check_dtypes(context);
  context.outputs[0] = context.inputs[1];
}

Tensor of_two(const OpDef& op, const Tensor& first, const Tensor& second, const graph::Attributes& attributes) {
  const std::array<Tensor, 2> inputs{first, second};
  return apply(op, inputs, attributes.all());
}

void max_pool_rule(GradientContext& c) {
  c.input_gradients[0] = of_two(max_pool_gradient_op, c.inputs[0], c.output_gradients[0], c.attributes);
}

// Where x is largest changes only where two elements are equal: nothing flows to x in these two.

void max_pool_pick_rule(GradientContext& c) {
  if (c.needed[1])
    c.input_gradients[1] = of_two(max_pool_gradient_op, c.inputs[0], c.output_gradients[0], c.attributes);
}

void max_pool_gradient_rule(GradientContext& c) {
  if (c.needed[1]) c.input_gradients[1] = of_two(max_pool_pick_op, c.inputs[0], c.output_gradients[0], c.attributes);
}

void average_pool_rule(GradientContext& c) {
  c.input_gradients[0] = of_two(average_pool_gradient_op, c.output_gradients[0], c.inputs[0], c.attributes);
}

void average_pool_gradient_rule(GradientContext& c) {
  if (c.needed[0]) c.input_gradients[0] = apply(average_pool_op, c.output_gradients.first(1), c.attributes.all());
}

/// The op on x with the channels last, and in a dtype that it computes in.
template <class F>
Tensor computed(const Tensor& inputs, DataFormat format, std::string_view op, F&& f) {
  const Tensor x = in_graph(inputs, op);
  const DType dtype = x.dtype();
  const bool takes_integers = op.ends_with("max_pool");
  const bool fits = is_floating(dtype) || (takes_integers && is_integer(dtype) && size_of(dtype) < 8);
  if (!fits)
    throw DTypeError(std::string(op) + ": the inputs must be floating" +
                     (takes_integers ? ", or integers of 32 bits at most" : "") +
                     "; cast them. Received: " + std::string(name_of(dtype)));
  const DType wide = !is_floating(dtype) ? float64 : size_of(dtype) < 4 ? float32 : dtype;
  return cast(detail::in_channels_last(cast(x, wide), format, f), dtype);
}

Tensor moving(const OpDef& op, const Tensor& inputs, const Sizes& pool_size, const Sizes& strides, Padding padding,
              DataFormat format) {
  return computed(inputs, format, op.name, [&](const Tensor& x) {
    const std::size_t rank = detail::spatial_rank(x, op.name);
    const Ints size = detail::spread(pool_size, rank, op.name, "pool_size");
    const Ints steps = strides.empty() ? size : detail::spread(strides, rank, op.name, "strides");
    return apply(op, {x}, {{"size", size}, {"strides", steps}, {"same", detail::is_same(padding, op.name)}});
  });
}

Tensor adaptive(const OpDef& op, const Tensor& inputs, const Sizes& output_size, DataFormat format,
                std::string_view name) {
  return computed(inputs, format, name, [&](const Tensor& x) {
    const std::size_t rank = detail::spatial_rank(x, name);
    return apply(op, {x}, {{"output_size", detail::spread(output_size, rank, name, "output_size")}});
  });
}

}  // namespace

const OpDef max_pool_op{
    .name = "max_pool", .infer = infer_pool, .gradient = max_pool_rule, .kernel = kernels::max_pool_kernel};
const OpDef max_pool_pick_op{.name = "max_pool_pick",
                             .inputs = 2,
                             .infer = infer_pool,
                             .gradient = max_pool_pick_rule,
                             .kernel = kernels::max_pool_pick_kernel};
const OpDef max_pool_gradient_op{.name = "max_pool_gradient",
                                 .inputs = 2,
                                 .infer = infer_like_first,
                                 .gradient = max_pool_gradient_rule,
                                 .kernel = kernels::max_pool_gradient_kernel};
const OpDef average_pool_op{
    .name = "average_pool", .infer = infer_pool, .gradient = average_pool_rule, .kernel = kernels::average_pool_kernel};
const OpDef average_pool_gradient_op{.name = "average_pool_gradient",
                                     .inputs = 2,
                                     .infer = infer_like_second,
                                     .gradient = average_pool_gradient_rule,
                                     .kernel = kernels::average_pool_gradient_kernel,
                                     .shape_only = 2};

Tensor max_pool(const Tensor& inputs, const Sizes& pool_size, const Sizes& strides, Padding padding,
                DataFormat data_format) {
  return moving(max_pool_op, inputs, pool_size, strides, padding, data_format);
}

Tensor average_pool(const Tensor& inputs, const Sizes& pool_size, const Sizes& strides, Padding padding,
                    DataFormat data_format) {
  return moving(average_pool_op, inputs, pool_size, strides, padding, data_format);
}

Tensor adaptive_max_pool(const Tensor& inputs, const Sizes& output_size, DataFormat data_format) {
  return adaptive(max_pool_op, inputs, output_size, data_format, "adaptive_max_pool");
}

Tensor adaptive_average_pool(const Tensor& inputs, const Sizes& output_size, DataFormat data_format) {
  return adaptive(average_pool_op, inputs, output_size, data_format, "adaptive_average_pool");
}

}  // namespace keratin::inline v0::ops
