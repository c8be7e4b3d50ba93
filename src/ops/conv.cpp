#include "ops/conv.h"

#include <algorithm>
#include <array>
#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/conv.h"
#include "keratin/ops/math.h"
#include "keratin/ops/shape.h"
#include "kernels/conv/conv.h"
#include "kernels/conv/window.h"
#include "ops/apply.h"
#include "ops/windows.h"

namespace keratin::inline v0::ops {
namespace {

using graph::Attributes;
using graph::GradientContext;
using graph::InferContext;
using graph::Ints;
using graph::OpDef;
using kernels::Window;

constexpr std::int64_t unknown = -1;

Window window_of(const Attributes& attributes, const Shape& kernel, std::size_t axis) {
  return {kernel.dims()[axis], attributes.get<Ints>("strides")[axis], attributes.get<Ints>("dilation")[axis],
          attributes.get<bool>("same")};
}

void check_dtypes(const InferContext& context) {
  const DType dtype = context.inputs[0].dtype;
  if (dtype != float32 && dtype != float64) context.fail_dtype("It computes in float32 or float64; cast the inputs");
  for (const graph::Spec& input : context.inputs)
    if (input.dtype != dtype) context.fail_dtype("The inputs must have one dtype; cast them");
}

/// Of x and the kernel, whose sizes are all known and positive.
void check_shapes(const InferContext& context, const Shape& x, const Shape& kernel) {
  if (x.rank() < 3 || x.rank() > 5)
    context.fail_shape("The inputs must have a batch, 1 to 3 spatial dimensions and channels");
  if (kernel.rank() != x.rank()) context.fail_shape("The kernel must have as many dimensions as the inputs");
  if (std::any_of(kernel.begin(), kernel.end(), [](std::int64_t size) { return size < 1; }))
    context.fail_shape("The kernel's sizes must be known and positive");
}

void infer_conv(const InferContext& context) {
  check_dtypes(context);
  const Shape& x = context.inputs[0].shape;
  const Shape& kernel = context.inputs[1].shape;
  check_shapes(context, x, kernel);
  if (x.back() != unknown &&
      (x.back() % kernel[-2] != 0 || (x.back() != 0 && kernel.back() % (x.back() / kernel[-2]) != 0)))
    context.fail_shape(
        "The inputs' channels must be the kernel's, (…, in, out), or a number of groups times those, "
        "which divides its outputs");
  Shape shape = x;
  shape[-1] = kernel.back();
  for (std::size_t i = 0; i + 2 < x.rank(); ++i) {
    const auto axis = static_cast<std::int64_t>(i + 1);
    if (x[axis] == unknown) continue;
    shape[axis] = window_of(context.attributes, kernel, i).places(x[axis]);
    if (shape[axis] == 0 && x[axis] > 0)
      context.fail_shape("The kernel, with its dilation, is larger than the inputs along dimension " +
                         std::to_string(axis) + "; pad them, or use padding=same");
  }
  context.outputs[0] = {context.inputs[0].dtype, shape};
}

void infer_fused_conv(const InferContext& context) {
  if (context.inputs.size() < 2 || context.inputs.size() > 4)
    context.fail_shape("It takes inputs, a kernel, a bias and a scale");
  infer_conv(context);
  for (const graph::Spec& channels : context.inputs.subspan(2))
    if (channels.shape != Shape{context.outputs[0].shape[-1]})
      context.fail_shape("The bias and the scale must have one dimension, of the size of the result's last");
}

void infer_conv_data_gradient(const InferContext& context) {
  check_dtypes(context);
  context.outputs[0] = context.inputs[2];
}

/// The size of a transposed convolution's result.
std::int64_t transposed_size(const InferContext& context, const Window& window, std::size_t axis, std::int64_t size) {
  if (size == unknown || size == 0) return size;
  const Ints& output_padding = context.attributes.get<Ints>("output_padding");
  const bool given = !output_padding.empty();
  if (window.same && !given) return size * window.stride;
  const std::int64_t reach = window.reach();
  const std::int64_t extra = given ? output_padding[axis] : std::max(reach, window.stride) - reach;
  const std::int64_t result = (size - 1) * window.stride + (window.same ? reach % 2 : reach) + extra;
  if (window.places(result) != size)
    context.fail_shape(
        "With this `output_padding`, a convolution with these strides has no result of the inputs' size; "
        "it must be less than the stride" +
        std::string(window.same ? ", less the kernel's remainder by 2" : ""));
  return result;
}

void infer_conv_transpose(const InferContext& context) {
  check_dtypes(context);
  const Shape& x = context.inputs[0].shape;
  const Shape& kernel = context.inputs[1].shape;
  check_shapes(context, x, kernel);
  if (x.back() != unknown && x.back() != kernel.back())
    context.fail_shape("The inputs' channels must be the kernel's last dimension, (…, out, in)");
  Shape shape = x;
  shape[-1] = kernel[-2];
  for (std::size_t i = 0; i + 2 < x.rank(); ++i) {
    const auto axis = static_cast<std::int64_t>(i + 1);
    shape[axis] = transposed_size(context, window_of(context.attributes, kernel, i), i, x[axis]);
  }
  context.outputs[0] = {context.inputs[0].dtype, shape};
}

/// An op of the family with the attributes of a node of it.
Tensor with_attributes(const OpDef& op, std::initializer_list<Tensor> inputs, const Attributes& from) {
  return apply(op, inputs,
               {{"strides", from.get<Ints>("strides")},
                {"dilation", from.get<Ints>("dilation")},
                {"same", from.get<bool>("same")}});
}

// A convolution is linear in x and in the kernel, so each rule is made of the family's ops again.

void conv_gradient(GradientContext& c) {
  const Tensor& x = c.inputs[0];
  const Tensor& kernel = c.inputs[1];
  const Tensor& g = c.output_gradients[0];
  if (c.needed[0]) c.input_gradients[0] = with_attributes(conv_data_gradient_op, {g, kernel, x}, c.attributes);
  if (c.needed[1]) c.input_gradients[1] = with_attributes(conv_weights_gradient_op, {x, g, kernel}, c.attributes);
}

/// Also of conv_transpose_op: inputs dy and kernel, and g stands where x was.
void conv_data_gradient_gradient(GradientContext& c) {
  const Tensor& dy = c.inputs[0];
  const Tensor& kernel = c.inputs[1];
  const Tensor& g = c.output_gradients[0];
  if (c.needed[0]) c.input_gradients[0] = with_attributes(conv_op, {g, kernel}, c.attributes);
  if (c.needed[1]) c.input_gradients[1] = with_attributes(conv_weights_gradient_op, {g, dy, kernel}, c.attributes);
}

void conv_weights_gradient_gradient(GradientContext& c) {
  const Tensor& x = c.inputs[0];
  const Tensor& dy = c.inputs[1];
  const Tensor& g = c.output_gradients[0];
  if (c.needed[0]) c.input_gradients[0] = with_attributes(conv_data_gradient_op, {dy, g, x}, c.attributes);
  if (c.needed[1]) c.input_gradients[1] = with_attributes(conv_op, {x, g}, c.attributes);
}

/// Inputs and kernel of one dtype that convolutions compute in, and the dtype of the result.
struct Operands {
  std::array<Tensor, 2> tensors;
  DType result;

  Operands(const Tensor& inputs, const Tensor& kernel, std::string_view op) : tensors{inputs, kernel} {
    result = result_type(tensors);
    if (!is_floating(result))
      throw DTypeError(std::string(op) + ": the inputs or the kernel must be floating; cast them. Received: " +
                       std::string(name_of(result)));
    promote(tensors, size_of(result) < 4 ? float32 : result, op);
  }
};

/// One of conv_op and conv_transpose_op, for inputs with the channels last.
struct Moves {
  const Sizes& strides;
  Padding padding;
  const Sizes& dilation_rate;

  Tensor conv(const Tensor& x, const Tensor& kernel, std::string_view op) const {
    const std::size_t rank = detail::spatial_rank(x, op);
    return apply(conv_op, {x, kernel},
                 {{"strides", detail::spread(strides, rank, op, "strides")},
                  {"dilation", detail::spread(dilation_rate, rank, op, "dilation_rate")},
                  {"same", detail::is_same(padding, op)}});
  }
  Tensor transposed(const Tensor& x, const Tensor& kernel, const Sizes& output_padding) const {
    constexpr std::string_view op = "conv_transpose";
    const std::size_t rank = detail::spatial_rank(x, op);
    const Ints extra = output_padding.empty() ? Ints{} : detail::spread(output_padding, rank, op, "output_padding", 0);
    return apply(conv_transpose_op, {x, kernel},
                 {{"strides", detail::spread(strides, rank, op, "strides")},
                  {"dilation", detail::spread(dilation_rate, rank, op, "dilation_rate")},
                  {"same", detail::is_same(padding, op)},
                  {"output_padding", extra}});
  }
};

/// A depthwise kernel (space…, in, multiplier) as one of as many groups as there are channels.
Tensor as_grouped(const Tensor& kernel, const Tensor& x, std::string_view op) {
  const Shape shape = kernel.shape();
  if (shape.rank() != x.rank() || !shape.is_static() || (x.shape().back() != unknown && shape[-2] != x.shape().back()))
    throw ShapeError(std::string(op) +
                     ": the depthwise kernel must be (space…, the inputs' channels, multiplier). Received: "
                     "inputs of shape " +
                     to_string(x.shape()) + ", a kernel of shape " + to_string(shape));
  Shape grouped = shape;
  grouped[-2] = 1;
  grouped[-1] = shape[-2] * shape[-1];
  return reshape(kernel, grouped);
}

}  // namespace

const OpDef conv_op{
    .name = "conv", .inputs = 2, .infer = infer_conv, .gradient = conv_gradient, .kernel = kernels::conv_kernel};
const OpDef fused_conv_op{
    .name = "fused_conv", .inputs = -1, .infer = infer_fused_conv, .kernel = kernels::conv_kernel};
const OpDef conv_data_gradient_op{.name = "conv_data_gradient",
                                  .inputs = 3,
                                  .infer = infer_conv_data_gradient,
                                  .gradient = conv_data_gradient_gradient,
                                  .kernel = kernels::conv_data_gradient_kernel,
                                  .shape_only = 4};
const OpDef conv_weights_gradient_op{.name = "conv_weights_gradient",
                                     .inputs = 3,
                                     .infer = infer_conv_data_gradient,
                                     .gradient = conv_weights_gradient_gradient,
                                     .kernel = kernels::conv_weights_gradient_kernel,
                                     .shape_only = 4};
const OpDef conv_transpose_op{.name = "conv_transpose",
                              .inputs = 2,
                              .infer = infer_conv_transpose,
                              .gradient = conv_data_gradient_gradient,
                              .kernel = kernels::conv_data_gradient_kernel};

Tensor conv(const Tensor& inputs, const Tensor& kernel, const Sizes& strides, Padding padding, DataFormat data_format,
            const Sizes& dilation_rate) {
  const Operands operands(inputs, kernel, "conv");
  const Tensor y = detail::in_channels_last(operands.tensors[0], data_format, [&](const Tensor& x) {
    return Moves{strides, padding, dilation_rate}.conv(x, operands.tensors[1], "conv");
  });
  return cast(y, operands.result);
}

Tensor conv_transpose(const Tensor& inputs, const Tensor& kernel, const Sizes& strides, Padding padding,
                      const Sizes& output_padding, DataFormat data_format, const Sizes& dilation_rate) {
  const Operands operands(inputs, kernel, "conv_transpose");
  const Tensor y = detail::in_channels_last(operands.tensors[0], data_format, [&](const Tensor& x) {
    return Moves{strides, padding, dilation_rate}.transposed(x, operands.tensors[1], output_padding);
  });
  return cast(y, operands.result);
}

Tensor depthwise_conv(const Tensor& inputs, const Tensor& kernel, const Sizes& strides, Padding padding,
                      DataFormat data_format, const Sizes& dilation_rate) {
  const Operands operands(inputs, kernel, "depthwise_conv");
  const Tensor y = detail::in_channels_last(operands.tensors[0], data_format, [&](const Tensor& x) {
    const Tensor grouped = as_grouped(operands.tensors[1], x, "depthwise_conv");
    return Moves{strides, padding, dilation_rate}.conv(x, grouped, "depthwise_conv");
  });
  return cast(y, operands.result);
}

Tensor separable_conv(const Tensor& inputs, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                      const Sizes& strides, Padding padding, DataFormat data_format, const Sizes& dilation_rate) {
  const Operands operands(inputs, depthwise_kernel, "separable_conv");
  return detail::in_channels_last(operands.tensors[0], data_format, [&](const Tensor& x) {
    const Tensor grouped = as_grouped(operands.tensors[1], x, "separable_conv");
    const Tensor depthwise = Moves{strides, padding, dilation_rate}.conv(x, grouped, "separable_conv");
    return cast(conv(depthwise, pointwise_kernel), operands.result);
  });
}

}  // namespace keratin::inline v0::ops
