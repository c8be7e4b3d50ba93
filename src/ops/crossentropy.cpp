#include "kernels/crossentropy.h"

#include <string>

#include "graph/builder.h"
#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "ops/apply.h"
#include "ops/broadcasting.h"
#include "ops/elementwise.h"
#include "ops/epsilon.h"
#include "ops/reduce.h"
#include "ops/softmax.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::Ints;
using graph::KernelPtr;
using graph::KernelRequest;
using graph::OpDef;

/// The last axis alone.
Ints last_axis(const Tensor& x) { return {static_cast<std::int64_t>(x.rank()) - 1}; }

// The ops.

Shape without_last(const Shape& shape) { return Shape(shape.dims().first(shape.rank() - 1)); }

template <bool sparse>
void check_inputs(const InferContext& context) {
  const graph::Spec& target = context.inputs[0];
  const graph::Spec& logits = context.inputs[1];
  if (!is_floating(logits.dtype) || logits.dtype == float16)
    context.fail_dtype("The logits must be bfloat16, float32 or float64; cast them");
  if (!sparse && target.dtype != logits.dtype) context.fail_dtype("Target and logits must have one dtype; cast them");
  if (logits.shape.empty()) context.fail_shape("The logits need a dimension of classes");
  if (!may_be_same_shape(target.shape, sparse ? without_last(logits.shape) : logits.shape))
    context.fail_shape(sparse ? "The target must have the shape of the logits without their last dimension"
                              : "Target and logits must have the same shape");
}

template <bool sparse>
void infer_loss(const InferContext& context) {
  check_inputs<sparse>(context);
  context.outputs[0] = {context.inputs[1].dtype, without_last(context.inputs[1].shape)};
}

template <bool sparse>
void infer_gradient(const InferContext& context) {
  check_inputs<sparse>(context);
  if (context.inputs[2].dtype != context.inputs[1].dtype ||
      !may_be_same_shape(context.inputs[2].shape, without_last(context.inputs[1].shape)))
    context.fail_shape("The gradient must be as the loss is");
  context.outputs[0] = context.inputs[1];
}

template <bool sparse>
const OpDef& gradient_op() {
  return sparse ? sparse_softmax_crossentropy_gradient_op : softmax_crossentropy_gradient_op;
}

template <bool sparse>
void loss_rule(GradientContext& c) {
  const Tensor& logits = c.inputs[1];
  const Tensor& g = c.output_gradients[0];
  if (c.needed[1]) c.input_gradients[1] = apply(gradient_op<sparse>(), {c.inputs[0], logits, g});
  if (!sparse && c.needed[0]) c.input_gradients[0] = -detail::insert_ones(g, last_axis(logits)) * log_softmax(logits);
}

// g · (softmax(logits) · Σ target − target), where Σ target is 1 if the target is an index.
template <bool sparse>
void gradient_rule(GradientContext& c) {
  const Tensor& logits = c.inputs[1];
  const Tensor& u = c.output_gradients[0];
  const Tensor probabilities = softmax(logits);
  const Tensor g = detail::insert_ones(c.inputs[2], last_axis(logits));
  const Tensor weighted = sum(u * probabilities, -1, true);
  if (!sparse && c.needed[0]) c.input_gradients[0] = g * (weighted - u);
  if (c.needed[1]) {
    const Tensor scaled = sparse ? u * g : u * (g * sum(c.inputs[0], -1, true));
    c.input_gradients[1] =
        apply(softmax_gradient_op, {probabilities, scaled}, {{"axis", static_cast<std::int64_t>(logits.rank()) - 1}});
  }
  if (c.needed[2])
    c.input_gradients[2] = sum(u * apply(gradient_op<sparse>(), {c.inputs[0], logits, ones_like(c.inputs[2])}), -1);
}

template <bool sparse>
KernelPtr loss_kernel(const KernelRequest& request) {
  return kernels::crossentropy_kernel(request, sparse);
}

template <bool sparse>
KernelPtr gradient_kernel(const KernelRequest& request) {
  return kernels::crossentropy_gradient_kernel(request, sparse);
}

template <bool sparse>
constexpr OpDef loss_op(std::string_view name) {
  return {.name = name,
          .inputs = 2,
          .infer = infer_loss<sparse>,
          .gradient = loss_rule<sparse>,
          .kernel = loss_kernel<sparse>};
}

template <bool sparse>
constexpr OpDef loss_gradient_op(std::string_view name) {
  return {.name = name,
          .inputs = 3,
          .infer = infer_gradient<sparse>,
          .gradient = gradient_rule<sparse>,
          .kernel = gradient_kernel<sparse>,
          .in_place = 2};
}

// The losses.

struct Prediction {
  Tensor value;
  bool is_logits;
};

/// A prediction that comes straight from `activation` is replaced by what went in, as Keras does with TensorFlow: the
/// loss of saturated probabilities would be that of the clipped ones, and have no gradient. (The activation itself
/// stays; where nothing else reads it, it is dropped with all that is dead.)
Prediction prediction(const Tensor& output, bool from_logits, const OpDef& activation, std::int64_t axis) {
  const graph::Graph& graph = graph::builder_of(output, "crossentropy").graph();
  const graph::Node& producer = graph.producer(graph::Access::value(output));
  if (producer.op != &activation) return {output, from_logits};
  const graph::Attribute* const along = graph::Attributes(producer.attributes).find("axis");
  if (along != nullptr && std::get<std::int64_t>(along->value) != axis) return {output, from_logits};
  return {graph::builder_of(output, "crossentropy").tensor(producer.inputs[0]), true};
}

Tensor clipped(const Tensor& probabilities) { return clip(probabilities, epsilon, 1.0 - epsilon); }

[[noreturn]] void fail_shapes(const char* loss, const char* problem, const Tensor& target, const Tensor& output) {
  throw ShapeError(std::string(loss) + ": " + problem + ". Received: target.shape=" + to_string(target.shape()) +
                   ", output.shape=" + to_string(output.shape()));
}

}  // namespace

const OpDef softmax_crossentropy_op = loss_op<false>("softmax_crossentropy");
const OpDef softmax_crossentropy_gradient_op = loss_gradient_op<false>("softmax_crossentropy_gradient");
const OpDef sparse_softmax_crossentropy_op = loss_op<true>("sparse_softmax_crossentropy");
const OpDef sparse_softmax_crossentropy_gradient_op = loss_gradient_op<true>("sparse_softmax_crossentropy_gradient");

Tensor binary_crossentropy(const Tensor& target, const Tensor& output, bool from_logits) {
  const Tensor floating = as_floating(output, "binary_crossentropy");
  const Tensor labels = cast(target, floating.dtype());
  const auto [value, is_logits] = prediction(floating, from_logits, elementwise_op(graph::ScalarOp::sigmoid), 0);
  // max(x, 0) - x·z + log(1 + exp(-|x|)): the first and the last are softplus.
  if (is_logits) return softplus(value) - value * labels;
  const Tensor p = clipped(value);
  return -(labels * log(p) + (1.0 - labels) * log(1.0 - p));
}

Tensor categorical_crossentropy(const Tensor& target, const Tensor& output, bool from_logits, std::int64_t axis) {
  const Tensor floating = as_floating(output, "categorical_crossentropy");
  const std::int64_t along = normalized_axis(axis, floating.rank(), "categorical_crossentropy");
  const Tensor labels = cast(target, floating.dtype());
  if (!may_be_same_shape(labels.shape(), floating.shape()))
    fail_shapes("categorical_crossentropy", "target and output must have the same shape", target, output);
  const auto [value, is_logits] = prediction(floating, from_logits, softmax_op, along);
  if (!is_logits) return -sum(labels * log(clipped(value / sum(value, along, true))), along);
  if (along == last_axis(value)[0]) return apply(softmax_crossentropy_op, {labels, value});
  return -sum(labels * log_softmax(value, along), along);
}

Tensor sparse_categorical_crossentropy(const Tensor& target, const Tensor& output, bool from_logits,
                                       std::int64_t axis) {
  const Tensor floating = as_floating(output, "sparse_categorical_crossentropy");
  const std::int64_t along = normalized_axis(axis, floating.rank(), "sparse_categorical_crossentropy");
  Tensor labels = in_graph(target, "sparse_categorical_crossentropy");
  if (labels.rank() == floating.rank() && labels.shape()[along] == 1) labels = squeeze(labels, along);
  Shape without_classes = floating.shape();
  without_classes.erase(static_cast<std::size_t>(along));
  if (!may_be_same_shape(labels.shape(), without_classes))
    fail_shapes("sparse_categorical_crossentropy", "target must have output's shape without the classes", target,
                output);
  const auto [value, is_logits] = prediction(floating, from_logits, softmax_op, along);
  // The logarithm of probabilities is one kind of logits.
  const Tensor logits = is_logits ? value : log(clipped(value));
  return apply(sparse_softmax_crossentropy_op,
               {labels, along == last_axis(floating)[0] ? logits : moveaxis(logits, along, -1)});
}

}  // namespace keratin::inline v0::ops
