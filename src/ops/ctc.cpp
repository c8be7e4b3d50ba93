#include "ops/ctc.h"

#include <string>
#include <string_view>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/math.h"
#include "keratin/ops/nn.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "kernels/sequence/ctc.h"
#include "ops/apply.h"
#include "ops/broadcasting.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

void check_scores(const InferContext& context, const graph::Spec& scores) {
  if (scores.dtype != float32 && scores.dtype != float64)
    context.fail_dtype("The scores of classes must be float32 or float64; cast them");
  if (scores.shape.rank() != 3) context.fail_shape("The scores must have the shape (batch, steps, classes)");
}

void check_lengths(const InferContext& context, const graph::Spec& lengths, std::int64_t batch) {
  if (lengths.dtype != int32) context.fail_dtype("Lengths must be int32; cast them");
  if (!may_be_same_shape(lengths.shape, Shape{batch})) context.fail_shape("There must be one length for each sequence");
}

void check_loss(const InferContext& context) {
  const graph::Spec& labels = context.inputs[0];
  check_scores(context, context.inputs[1]);
  if (labels.dtype != int32) context.fail_dtype("Labels must be int32; cast them");
  const std::int64_t batch = context.inputs[1].shape[0];
  if (labels.shape.rank() != 2 || !may_be_same_shape(Shape{labels.shape[0]}, Shape{batch}))
    context.fail_shape("Labels must have the shape (batch, length), as many as there are scores");
  check_lengths(context, context.inputs[2], batch);
  check_lengths(context, context.inputs[3], batch);
}

void infer_loss(const InferContext& context) {
  check_loss(context);
  context.outputs[0] = {context.inputs[1].dtype, Shape{context.inputs[1].shape[0]}};
}

void infer_loss_gradient(const InferContext& context) {
  check_loss(context);
  context.outputs[0] = context.inputs[1];
}

void loss_gradient(GradientContext& c) {
  if (c.needed[1])
    c.input_gradients[1] =
        apply(ctc_loss_gradient_op, {c.inputs[0], c.inputs[1], c.inputs[2], c.inputs[3], c.output_gradients[0]},
              {{"mask_index", c.attributes.get<std::int64_t>("mask_index")}});
}

void infer_decode(const InferContext& context, std::int64_t paths) {
  const graph::Spec& scores = context.inputs[0];
  check_scores(context, scores);
  check_lengths(context, context.inputs[1], scores.shape[0]);
  context.outputs[0] = {int32, Shape{paths, scores.shape[0], scores.shape[1]}};
  context.outputs[1] = {scores.dtype, Shape{scores.shape[0], paths}};
}

void infer_greedy(const InferContext& context) { infer_decode(context, 1); }
void infer_beam(const InferContext& context) {
  infer_decode(context, context.attributes.get<std::int64_t>("top_paths"));
}

Tensor as_float_scores(const Tensor& scores, std::string_view op) {
  const Tensor inside = in_graph(scores, op);
  Tensor floating = inside.dtype() == float64 ? inside : cast(inside, float32);
  if (floating.rank() != 3)
    throw ShapeError(std::string(op) + ": the scores must have the shape (batch, steps, classes). Received: " +
                     to_string(floating.shape()));
  return floating;
}

/// From 0 on; the number of classes must be known.
std::int64_t blank_of(std::int64_t mask_index, const Tensor& scores, std::string_view op) {
  const std::int64_t classes = scores.shape().back();
  if (classes < 1)
    throw ShapeError(std::string(op) + ": the number of classes must be known. Received: scores of shape " +
                     to_string(scores.shape()));
  if (mask_index < -classes || mask_index >= classes)
    throw ValueError(std::string(op) + ": `mask_index` must be one of the " + std::to_string(classes) +
                     " classes. Received: mask_index=" + std::to_string(mask_index));
  return mask_index < 0 ? mask_index + classes : mask_index;
}

Tensor as_lengths(const Tensor& lengths, std::string_view op) { return cast(in_graph(lengths, op), int32); }

}  // namespace

const OpDef ctc_loss_op{.name = "ctc_loss",
                        .inputs = 4,
                        .infer = infer_loss,
                        .gradient = loss_gradient,
                        .kernel = kernels::ctc_loss_kernel};
const OpDef ctc_loss_gradient_op{.name = "ctc_loss_gradient",
                                 .inputs = 5,
                                 .infer = infer_loss_gradient,
                                 .kernel = kernels::ctc_loss_gradient_kernel};
const OpDef ctc_greedy_op{
    .name = "ctc_greedy", .inputs = 2, .outputs = 2, .infer = infer_greedy, .kernel = kernels::ctc_greedy_kernel};
const OpDef ctc_beam_op{
    .name = "ctc_beam", .inputs = 2, .outputs = 2, .infer = infer_beam, .kernel = kernels::ctc_beam_kernel};

Tensor ctc_loss(const Tensor& target, const Tensor& output, const Tensor& target_length, const Tensor& output_length,
                std::int64_t mask_index) {
  const Tensor scores = as_float_scores(output, "ctc_loss");
  return apply(ctc_loss_op,
               {cast(in_graph(target, "ctc_loss"), int32), log_softmax(scores, -1),
                as_lengths(target_length, "ctc_loss"), as_lengths(output_length, "ctc_loss")},
               {{"mask_index", blank_of(mask_index, scores, "ctc_loss")}});
}

std::pair<Tensor, Tensor> ctc_decode(const Tensor& inputs, const Tensor& sequence_lengths, CtcStrategy strategy,
                                     std::int64_t beam_width, std::int64_t top_paths, bool merge_repeated,
                                     std::int64_t mask_index) {
  const Tensor scores = as_float_scores(inputs, "ctc_decode");
  const Tensor lengths = as_lengths(sequence_lengths, "ctc_decode");
  const std::int64_t blank = blank_of(mask_index, scores, "ctc_decode");
  if (strategy == CtcStrategy::greedy) {
    const auto results =
        apply_all(ctc_greedy_op, {scores, lengths}, {{"mask_index", blank}, {"merge_repeated", merge_repeated}});
    return {results[0], results[1]};
  }
  if (beam_width < 1 || top_paths < 1 || top_paths > beam_width)
    throw ValueError("ctc_decode: `top_paths` must be positive, and no more than `beam_width`. Received: top_paths=" +
                     std::to_string(top_paths) + ", beam_width=" + std::to_string(beam_width));
  const auto results = apply_all(ctc_beam_op, {scores, lengths},
                                 {{"mask_index", blank}, {"beam_width", beam_width}, {"top_paths", top_paths}});
  return {results[0], results[1]};
}

}  // namespace keratin::inline v0::ops
