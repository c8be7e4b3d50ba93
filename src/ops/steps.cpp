#include "ops/steps.h"

#include <string>

#include "keratin/core/error.h"
#include "ops/apply.h"

namespace keratin::inline v0::ops {
namespace {

using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

Shape with_front(std::initializer_list<std::int64_t> front, const Shape& shape, std::size_t skipped) {
  Shape result(front);
  for (std::size_t i = skipped; i < shape.rank(); ++i) result.push_back(shape.dims()[i]);
  return result;
}

void infer_fold(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  if (x.shape.rank() < 2) context.fail_shape("The input must be (batch, steps, …)");
  const bool known = x.shape[0] >= 0 && x.shape[1] >= 0;
  context.outputs[0] = {x.dtype, with_front({known ? x.shape[0] * x.shape[1] : -1}, x.shape, 2)};
}

void fold_gradient(GradientContext& context) {
  context.input_gradients[0] = detail::unfold_steps(context.output_gradients[0], context.inputs[0]);
}

void infer_unfold(const InferContext& context) {
  const graph::Spec& x = context.inputs[0];
  const Shape& like = context.inputs[1].shape;
  if (x.shape.rank() < 1 || like.rank() < 2)
    context.fail_shape("The inputs must be (batch · steps, …), (batch, steps, …)");
  if (x.shape[0] >= 0 && like[0] >= 0 && like[1] >= 0 && x.shape[0] != like[0] * like[1])
    context.fail_shape("The first size must be the product of the second input's first two");
  context.outputs[0] = {x.dtype, with_front({like[0], like[1]}, x.shape, 1)};
}

void unfold_gradient(GradientContext& context) {
  context.input_gradients[0] = detail::fold_steps(context.output_gradients[0]);
}

void infer_initial_state(const InferContext& context) {
  const graph::Spec& state = context.inputs[0];
  const Shape& sequence = context.inputs[1].shape;
  const std::int64_t wanted = state.shape[0];
  const std::int64_t given = sequence[0];
  if (wanted >= 0 && given >= 0 && wanted != given) {
    const std::string rows = std::to_string(wanted) + " rows, and the batch " + std::to_string(given);
    if (context.attributes.get<bool>("stateful"))
      throw StatefulError("The layer is stateful and its states have " + rows + ". Give it batches of " +
                          std::to_string(wanted) + " rows (drop or pad a last one that is shorter), make the model " +
                          "with another batch size (kt::stateful_copy), or leave out stateful");
    context.fail_shape("The initial state has " + rows + ". Give one row of the state for each row of the batch");
  }
  // With the sequence's batch, even where that isn't known yet: a view that changed nothing would be gone before.
  context.outputs[0] = {state.dtype, with_front({given}, state.shape, 1)};
}

void initial_state_gradient(GradientContext& context) { context.input_gradients[0] = context.output_gradients[0]; }

void infer_steps_unknown(const InferContext& context) {
  const Shape& sequence = context.inputs[1].shape;
  if (sequence[1] >= 0) context.fail_shape("Each step must be made by itself, as the number of steps is known");
  context.outputs[0] = {context.inputs[0].dtype, with_front({sequence[0], -1}, context.inputs[0].shape, 1)};
}

}  // namespace

const OpDef fold_steps_op{.name = "fold_steps", .infer = infer_fold, .gradient = fold_gradient, .view = true};
const OpDef unfold_steps_op{.name = "unfold_steps",
                            .inputs = 2,
                            .infer = infer_unfold,
                            .gradient = unfold_gradient,
                            .view = true,
                            .shape_only = 2};
const OpDef initial_state_op{.name = "initial_state",
                             .inputs = 2,
                             .infer = infer_initial_state,
                             .gradient = initial_state_gradient,
                             .view = true,
                             .shape_only = 2};
const OpDef steps_unknown_op{
    .name = "steps_unknown", .inputs = 2, .infer = infer_steps_unknown, .zero_gradient = true, .shape_only = 3};

namespace detail {

Tensor fold_steps(const Tensor& x) { return apply(fold_steps_op, {x}); }

Tensor unfold_steps(const Tensor& x, const Tensor& like) { return apply(unfold_steps_op, {x, like}); }

Tensor initial_state(const Tensor& state, const Tensor& sequence, bool stateful) {
  return apply(initial_state_op, {state, sequence}, {{"stateful", stateful}});
}

Tensor steps_unknown(const Tensor& step, const Tensor& sequence) { return apply(steps_unknown_op, {step, sequence}); }

}  // namespace detail
}  // namespace keratin::inline v0::ops
