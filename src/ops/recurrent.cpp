#include "ops/recurrent.h"

#include <algorithm>
#include <string>

#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reduce.h"
#include "keratin/ops/shape.h"
#include "kernels/recurrent/gate.h"
#include "kernels/recurrent/recurrent.h"
#include "ops/apply.h"
#include "ops/broadcasting.h"
#include "ops/like.h"
#include "ops/movement.h"

namespace keratin::inline v0::ops {
namespace {

using graph::Attribute;
using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;

// Shape rules.

bool computes_in(DType dtype) { return dtype == float32 || dtype == float64; }

void check(const InferContext& context, std::size_t index, const Shape& shape, const char* what) {
  const graph::Spec& input = context.inputs[index];
  if (input.dtype != context.inputs[0].dtype)
    context.fail_dtype("All inputs but the mask must be float32, or all float64; cast them");
  if (!may_be_same_shape(input.shape, shape))
    context.fail_shape(std::string(what) + " must have the shape " + to_string(shape));
}

void check_mask(const InferContext& context, std::size_t without, const Shape& sequence) {
  if (context.inputs.size() == without) return;
  const graph::Spec& mask = context.inputs[without];
  if (mask.dtype != boolean) context.fail_dtype("The mask must be bool; cast it");
  if (!may_be_same_shape(mask.shape, {sequence[0], sequence[1]}))
    context.fail_shape("The mask must have the shape " + to_string(Shape{sequence[0], sequence[1]}));
}

/// Of a forward op with this many gates, whose states start at input 2. Gives [batch, steps, units].
Shape check_sequence(const InferContext& context, std::int64_t gates, std::size_t states) {
  const graph::Spec& x = context.inputs[0];
  if (!computes_in(x.dtype)) context.fail_dtype("The inputs must be float32 or float64; cast them");
  if (x.shape.rank() != 3 || x.shape[2] % gates != 0 || x.shape[1] == 0)
    context.fail_shape("The inputs must be (batch, steps, " + std::to_string(gates) +
                       " · units), with one step at least");
  const std::int64_t units = x.shape[2] / gates;
  check(context, 1, {units, gates * units}, "The recurrent kernel");
  for (std::size_t i = 0; i < states; ++i) check(context, 2 + i, {x.shape[0], units}, "A state");
  return {x.shape[0], x.shape[1], units};
}

Shape wide(const Shape& sequence, std::int64_t gates) { return {sequence[0], sequence[1], gates * sequence[2]}; }

void infer_simple_rnn(const InferContext& context) {
  const Shape states = check_sequence(context, 1, 1);
  check_mask(context, 3, states);
  context.outputs[0] = {context.inputs[0].dtype, states};
}

void infer_lstm(const InferContext& context) {
  const Shape states = check_sequence(context, 4, 2);
  check_mask(context, 4, states);
  const DType dtype = context.inputs[0].dtype;
  context.outputs[0] = context.outputs[1] = {dtype, states};
  context.outputs[2] = {dtype, wide(states, 4)};
}

void infer_gru(const InferContext& context) {
  const Shape states = check_sequence(context, 3, 1);
  const bool reset_after = context.attributes.get<bool>("reset_after");
  if (reset_after) check(context, 3, {3 * states[2]}, "The recurrent bias");
  check_mask(context, reset_after ? 4 : 3, states);
  const DType dtype = context.inputs[0].dtype;
  context.outputs[0] = {dtype, states};
  context.outputs[1] = {dtype, wide(states, 4)};
}

void infer_simple_rnn_gradient(const InferContext& context) {
  const graph::Spec& states = context.inputs[1];
  check(context, 2, states.shape, "The gradient");
  check_mask(context, 3, states.shape);
  context.outputs[0] = states;
  context.outputs[1] = {states.dtype, Shape{states.shape[0], states.shape[2]}};
}

void infer_lstm_gradient(const InferContext& context) {
  const graph::Spec& states = context.inputs[3];
  check(context, 2, wide(states.shape, 4), "The gates");
  check(context, 4, states.shape, "The gradient");
  check(context, 5, states.shape, "The gradient");
  check_mask(context, 6, states.shape);
  context.outputs[0] = context.inputs[2];
  context.outputs[1] = context.outputs[2] = {states.dtype, Shape{states.shape[0], states.shape[2]}};
}

void infer_gru_gradient(const InferContext& context) {
  const graph::Spec& states = context.inputs[2];
  check(context, 3, wide(states.shape, 4), "The parts");
  check(context, 4, states.shape, "The gradient");
  check_mask(context, 5, states.shape);
  context.outputs[0] = {states.dtype, wide(states.shape, 3)};
  context.outputs[1] = {states.dtype, Shape{states.shape[0], states.shape[2]}};
}

// Gradient rules. The ops give what has to go back step by step; products over all steps at once are left to matmul.

std::vector<Attribute> attributes_of(const GradientContext& c) {
  return {c.attributes.all().begin(), c.attributes.all().end()};
}

Tensor gradient_or_zeros(const GradientContext& c, std::size_t output) {
  return c.output_gradients[output].is_empty() ? zeros_like(c.outputs[output]) : c.output_gradients[output];
}

void add_mask(const GradientContext& c, std::size_t without, std::vector<Tensor>& inputs) {
  if (c.inputs.size() > without) inputs.push_back(c.inputs[without]);
}

/// h before each step, from the initial one and those after each step.
Tensor shifted(const Tensor& initial, const Tensor& states) {
  Tensor first = detail::insert_ones(initial, {1});
  if (states.shape()[1] == 1) return first;
  return concatenate({first, detail::slice_axis(states, 1, 0, states.shape()[1] - 1)}, 1);
}

/// Σ over batch and steps of aᵀ · b.
Tensor kernel_gradient(const Tensor& a, const Tensor& b) {
  return matmul(transpose(reshape(a, {-1, a.shape()[2]})), reshape(b, {-1, b.shape()[2]}));
}

Tensor units_of(const Tensor& x, std::int64_t first, std::int64_t last, std::int64_t units) {
  return detail::slice_axis(x, 2, first * units, last * units);
}

void simple_rnn_gradient(GradientContext& c) {
  std::vector<Tensor> inputs{c.inputs[1], c.outputs[0], c.output_gradients[0]};
  add_mask(c, 3, inputs);
  const std::vector<Tensor> back = apply_all(simple_rnn_gradient_op, inputs, attributes_of(c));
  c.input_gradients[0] = back[0];
  if (c.needed[1]) c.input_gradients[1] = kernel_gradient(shifted(c.inputs[2], c.outputs[0]), back[0]);
  c.input_gradients[2] = back[1];
}

void lstm_gradient(GradientContext& c) {
  std::vector<Tensor> inputs{
      c.inputs[1], c.inputs[3], c.outputs[2], c.outputs[1], gradient_or_zeros(c, 0), gradient_or_zeros(c, 1)};
  add_mask(c, 4, inputs);
  const std::vector<Tensor> back = apply_all(lstm_gradient_op, inputs, attributes_of(c));
  c.input_gradients[0] = back[0];
  if (c.needed[1]) c.input_gradients[1] = kernel_gradient(shifted(c.inputs[2], c.outputs[0]), back[0]);
  c.input_gradients[2] = back[1];
  c.input_gradients[3] = back[2];
}

void gru_gradient(GradientContext& c) {
  const bool reset_after = c.attributes.get<bool>("reset_after");
  const Tensor& hs = c.outputs[0];
  const Tensor& parts = c.outputs[1];
  const std::int64_t units = hs.shape()[2];
  std::vector<Tensor> inputs{c.inputs[1], c.inputs[2], hs, parts, gradient_or_zeros(c, 0)};
  add_mask(c, reset_after ? 4 : 3, inputs);
  const std::vector<Tensor> back = apply_all(gru_gradient_op, inputs, attributes_of(c));
  c.input_gradients[0] = back[0];
  c.input_gradients[2] = back[1];
  if (!c.needed[1] && !(reset_after && c.needed[3])) return;
  const Tensor of_gates = units_of(back[0], 0, 2, units);
  const Tensor of_candidate = units_of(back[0], 2, 3, units);
  const Tensor before = shifted(c.inputs[2], hs);
  if (reset_after) {
    const Tensor inner = concatenate({of_gates, of_candidate * units_of(parts, 1, 2, units)}, 2);
    if (c.needed[1]) c.input_gradients[1] = kernel_gradient(before, inner);
    if (c.needed[3]) c.input_gradients[3] = sum(inner, {0, 1});
  } else {
    c.input_gradients[1] = concatenate(
        {kernel_gradient(before, of_gates), kernel_gradient(units_of(parts, 3, 4, units), of_candidate)}, 1);
  }
}

std::vector<Tensor> applied(const OpDef& op, const detail::Recurrence& r, const Tensor& bias,
                            std::vector<Attribute> attributes) {
  std::vector<Tensor> inputs{r.x, r.kernel};
  inputs.insert(inputs.end(), r.states.begin(), r.states.end());
  if (!bias.is_empty()) inputs.push_back(bias);
  if (!r.mask.is_empty()) inputs.push_back(r.mask);
  attributes.push_back({"activation", r.activation});
  attributes.push_back({"recurrent_activation", r.recurrent_activation});
  std::vector<Tensor> outputs = apply_all(op, inputs, attributes);
  outputs.resize(r.states.size());
  return outputs;
}

}  // namespace

const OpDef simple_rnn_op{.name = "simple_rnn",
                          .inputs = -1,
                          .infer = infer_simple_rnn,
                          .gradient = simple_rnn_gradient,
                          .kernel = kernels::simple_rnn_kernel};
const OpDef lstm_op{.name = "lstm",
                    .inputs = -1,
                    .outputs = 3,
                    .infer = infer_lstm,
                    .gradient = lstm_gradient,
                    .kernel = kernels::lstm_kernel};
const OpDef gru_op{.name = "gru",
                   .inputs = -1,
                   .outputs = 2,
                   .infer = infer_gru,
                   .gradient = gru_gradient,
                   .kernel = kernels::gru_kernel};
const OpDef simple_rnn_gradient_op{.name = "simple_rnn_gradient",
                                   .inputs = -1,
                                   .outputs = 2,
                                   .infer = infer_simple_rnn_gradient,
                                   .kernel = kernels::simple_rnn_gradient_kernel};
const OpDef lstm_gradient_op{.name = "lstm_gradient",
                             .inputs = -1,
                             .outputs = 3,
                             .infer = infer_lstm_gradient,
                             .kernel = kernels::lstm_gradient_kernel};
const OpDef gru_gradient_op{.name = "gru_gradient",
                            .inputs = -1,
                            .outputs = 2,
                            .infer = infer_gru_gradient,
                            .kernel = kernels::gru_gradient_kernel};

namespace detail {

bool has_recurrence(DType dtype, std::string_view activation, std::string_view recurrent_activation) {
  return computes_in(dtype) && kernels::gate_function(activation) && kernels::gate_function(recurrent_activation);
}

std::vector<Tensor> simple_rnn(const Recurrence& recurrence) { return applied(simple_rnn_op, recurrence, {}, {}); }

std::vector<Tensor> lstm(const Recurrence& recurrence) { return applied(lstm_op, recurrence, {}, {}); }

std::vector<Tensor> gru(const Recurrence& recurrence, const Tensor& recurrent_bias) {
  return applied(gru_op, recurrence, recurrent_bias, {{"reset_after", !recurrent_bias.is_empty()}});
}

}  // namespace detail
}  // namespace keratin::inline v0::ops
