#include "ops/recurrent.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/ops/linalg.h"
#include "keratin/ops/shape.h"
#include "kernels/recurrent/gate.h"
#include "kernels/recurrent/recurrent.h"
#include "ops/apply.h"
#include "ops/broadcasting.h"
#include "ops/movement.h"

namespace keratin::inline v0::ops {
namespace {

using graph::Attribute;
using graph::GradientContext;
using graph::InferContext;
using graph::OpDef;
using Given = kernels::GivenGradients;

// Shape rules.

bool computes_in(DType dtype) { return dtype == float32 || dtype == float64; }

void check(const InferContext& context, std::size_t index, const Shape& shape, const char* what) {
  const graph::Spec& input = context.inputs[index];
  if (input.dtype != context.inputs[0].dtype)
    context.fail_dtype("All inputs but the mask must be float32, or all float64; cast them");
  if (!may_be_same_shape(input.shape, shape))
    context.fail_shape(std::string(what) + " must have the shape " + to_string(shape));
}

/// The inputs that come last, from the first of them: the dropout of a state for each gate, and the mask.
void check_last(const InferContext& context, std::size_t first, const Shape& sequence, std::int64_t gates) {
  if (context.attributes.get<bool>("drops"))
    check(context, first++, {sequence[0], gates * sequence[2]}, "The dropout of the states");
  if (context.inputs.size() == first) return;
  const graph::Spec& mask = context.inputs[first];
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

Shape state_of(const Shape& sequence) { return {sequence[0], sequence[2]}; }

void infer_simple_rnn(const InferContext& context) {
  const Shape states = check_sequence(context, 1, 1);
  check_last(context, 3, states, 1);
  const DType dtype = context.inputs[0].dtype;
  context.outputs[0] = {dtype, states};
  context.outputs[1] = {dtype, state_of(states)};
}

void infer_lstm(const InferContext& context) {
  const Shape states = check_sequence(context, 4, 2);
  check_last(context, 4, states, 4);
  const DType dtype = context.inputs[0].dtype;
  context.outputs[0] = {dtype, wide(states, 4)};
  context.outputs[1] = context.outputs[2] = {dtype, states};
  context.outputs[3] = context.outputs[4] = {dtype, state_of(states)};
}

void infer_gru(const InferContext& context) {
  const Shape states = check_sequence(context, 3, 1);
  const bool reset_after = context.attributes.get<bool>("reset_after");
  if (reset_after) check(context, 3, {3 * states[2]}, "The recurrent bias");
  check_last(context, reset_after ? 4 : 3, states, 3);
  const DType dtype = context.inputs[0].dtype;
  context.outputs[0] = {dtype, wide(states, 3)};
  context.outputs[1] = context.outputs[2] = {dtype, states};
  context.outputs[3] = {dtype, state_of(states)};
}

/// The gradients that are given, which begin at an input, and what comes last behind them.
void check_given(const InferContext& context, std::size_t first, const Shape& sequence, std::int64_t gates) {
  const std::int64_t given = context.attributes.get<std::int64_t>("given");
  if ((given & Given::sequence) != 0) check(context, first++, sequence, "The gradient of the outputs");
  for (const std::int64_t state : {Given::last_h, Given::last_c})
    if ((given & state) != 0) check(context, first++, state_of(sequence), "The gradient of a state");
  check_last(context, first, sequence, gates);
}

void infer_simple_rnn_gradient(const InferContext& context) {
  const graph::Spec& states = context.inputs[1];
  check_given(context, 2, states.shape, 1);
  context.outputs[0] = states;
  context.outputs[1] = {states.dtype, state_of(states.shape)};
}

void infer_lstm_gradient(const InferContext& context) {
  const graph::Spec& states = context.inputs[3];
  check(context, 2, wide(states.shape, 4), "The gates");
  check_given(context, 4, states.shape, 4);
  context.outputs[0] = context.inputs[2];
  context.outputs[1] = context.outputs[2] = {states.dtype, state_of(states.shape)};
}

void infer_gru_gradient(const InferContext& context) {
  const graph::Spec& states = context.inputs[3];
  check(context, 2, wide(states.shape, 3), "The gates");
  check(context, 4, states.shape, "What the candidate is made with");
  check_given(context, 5, states.shape, 3);
  context.outputs[0] = context.inputs[2];
  context.outputs[1] = {states.dtype, state_of(states.shape)};
  context.outputs[2] = {states.dtype, context.attributes.get<bool>("reset_after") ? states.shape : Shape{0}};
}

void infer_recurrent_kernel_gradient(const InferContext& context) {
  const Shape& states = context.inputs[1].shape;
  check(context, 0, state_of(states), "The state");
  const graph::Spec& gradients = context.inputs[2];
  const bool inner = context.attributes.get<bool>("inner");
  const bool projects = context.attributes.get<bool>("projects");
  const std::int64_t width = gradients.shape[2];
  if (inner) check(context, 3, states, "The last gradients");
  if (context.attributes.get<bool>("drops"))
    check(context, inner ? 4 : 3, {states[0], width}, "The dropout of the states");
  const Shape& x = context.inputs.back().shape;
  if (projects) check(context, context.inputs.size() - 1, {states[0], states[1], x[2]}, "What was projected");
  context.outputs[0] = {gradients.dtype, Shape{states[2], width}};
  context.outputs[1] = {gradients.dtype, Shape{width}};
  context.outputs[2] = {gradients.dtype, projects ? Shape{x[2], width} : Shape{0}};
  context.outputs[3] = {gradients.dtype, Shape{projects && inner ? width : 0}};
}

// Gradient rules. The ops give what has to go back step by step; products over all steps at once are left to matmul.

std::vector<Attribute> attributes_of(const GradientContext& c) {
  return {c.attributes.all().begin(), c.attributes.all().end()};
}

/// Adds those gradients of the outputs that there are, and the inputs that come last.
std::vector<Attribute> add_given(const GradientContext& c, std::initializer_list<std::size_t> outputs, std::size_t last,
                                 std::vector<Tensor>& inputs) {
  std::int64_t given = 0;
  std::int64_t bit = Given::sequence;
  for (const std::size_t output : outputs) {
    if (const Tensor& gradient = c.output_gradients[output]; !gradient.is_empty()) {
      given |= bit;
      inputs.push_back(gradient);
    }
    bit <<= 1;
  }
  inputs.insert(inputs.end(), c.inputs.begin() + static_cast<std::ptrdiff_t>(last), c.inputs.end());
  std::vector<Attribute> attributes = attributes_of(c);
  attributes.push_back({"given", given});
  return attributes;
}

/// `last` is the first of the op's last inputs; `inner` is empty but for a GRU that resets after the product.
std::vector<Tensor> recurrent_kernel_gradient(const GradientContext& c, std::vector<Tensor> inputs, const Tensor& inner,
                                              std::size_t last) {
  const bool drops = c.attributes.get<bool>("drops");
  if (!inner.is_empty()) inputs.push_back(inner);
  if (drops) inputs.push_back(c.inputs[last]);
  const std::array<Attribute, 4> attributes{{{"backwards", c.attributes.get<bool>("backwards")},
                                             {"inner", !inner.is_empty()},
                                             {"drops", drops},
                                             {"projects", false}}};
  return apply_all(recurrent_kernel_gradient_op, inputs, attributes);
}

void simple_rnn_gradient(GradientContext& c) {
  std::vector<Tensor> inputs{c.inputs[1], c.outputs[0]};
  const std::vector<Attribute> attributes = add_given(c, {0, 1}, 3, inputs);
  const std::vector<Tensor> back = apply_all(simple_rnn_gradient_op, inputs, attributes);
  c.input_gradients[0] = back[0];
  if (c.needed[1])
    c.input_gradients[1] = recurrent_kernel_gradient(c, {c.inputs[2], c.outputs[0], back[0]}, {}, 3).front();
  c.input_gradients[2] = back[1];
}

void lstm_gradient(GradientContext& c) {
  std::vector<Tensor> inputs{c.inputs[1], c.inputs[3], c.outputs[0], c.outputs[2]};
  const std::vector<Attribute> attributes = add_given(c, {1, 3, 4}, 4, inputs);
  const std::vector<Tensor> back = apply_all(lstm_gradient_op, inputs, attributes);
  c.input_gradients[0] = back[0];
  if (c.needed[1])
    c.input_gradients[1] = recurrent_kernel_gradient(c, {c.inputs[2], c.outputs[1], back[0]}, {}, 4).front();
  c.input_gradients[2] = back[1];
  c.input_gradients[3] = back[2];
}

/// Of the last third of the kernel, which multiplies r · h.
Tensor candidate_kernel_gradient(const Tensor& inner, const Tensor& back) {
  const std::int64_t units = inner.shape()[2];
  const Tensor of_candidate = detail::slice_axis(back, 2, 2 * units, 3 * units);
  return matmul(transpose(reshape(inner, {-1, units})), reshape(of_candidate, {-1, units}));
}

void gru_gradient(GradientContext& c) {
  const bool reset_after = c.attributes.get<bool>("reset_after");
  std::vector<Tensor> inputs{c.inputs[1], c.inputs[2], c.outputs[0], c.outputs[1], c.outputs[2]};
  const std::size_t last = reset_after ? 4 : 3;
  const std::vector<Attribute> attributes = add_given(c, {1, 3}, last, inputs);
  const std::vector<Tensor> back = apply_all(gru_gradient_op, inputs, attributes);
  c.input_gradients[0] = back[0];
  c.input_gradients[2] = back[1];
  if (!c.needed[1] && !(reset_after && c.needed[3])) return;
  const std::vector<Tensor> sums =
      recurrent_kernel_gradient(c, {c.inputs[2], c.outputs[1], back[0]}, reset_after ? back[2] : Tensor(), last);
  c.input_gradients[1] = sums[0];
  if (reset_after) {
    c.input_gradients[3] = sums[1];
  } else {
    const std::int64_t units = c.outputs[1].shape()[2];
    c.input_gradients[1] = concatenate(
        {detail::slice_axis(sums[0], 1, 0, 2 * units), candidate_kernel_gradient(c.outputs[2], back[0])}, 1);
  }
}

/// What the op gives, of which `outputs` is the sequence and `states` the first of the last states.
detail::Recurred applied(const OpDef& op, const detail::Recurrence& r, const Tensor& bias,
                         std::vector<Attribute> attributes, std::size_t outputs, std::ptrdiff_t states) {
  std::vector<Tensor> inputs{r.x, r.kernel};
  inputs.insert(inputs.end(), r.states.begin(), r.states.end());
  if (!bias.is_empty()) inputs.push_back(bias);
  if (!r.dropout.is_empty()) inputs.push_back(r.dropout);
  if (!r.mask.is_empty()) inputs.push_back(r.mask);
  attributes.push_back({"activation", r.activation});
  attributes.push_back({"recurrent_activation", r.recurrent_activation});
  attributes.push_back({"backwards", r.backwards});
  attributes.push_back({"drops", !r.dropout.is_empty()});
  const std::vector<Tensor> all = apply_all(op, inputs, attributes);
  return {all[outputs], {all.begin() + states, all.end()}};
}

}  // namespace

const OpDef simple_rnn_op{.name = "simple_rnn",
                          .inputs = -1,
                          .outputs = 2,
                          .infer = infer_simple_rnn,
                          .gradient = simple_rnn_gradient,
                          .kernel = kernels::simple_rnn_kernel,
                          .in_place = 1};
const OpDef lstm_op{.name = "lstm",
                    .inputs = -1,
                    .outputs = 5,
                    .infer = infer_lstm,
                    .gradient = lstm_gradient,
                    .kernel = kernels::lstm_kernel,
                    .in_place = 1};
const OpDef gru_op{.name = "gru",
                   .inputs = -1,
                   .outputs = 4,
                   .infer = infer_gru,
                   .gradient = gru_gradient,
                   .kernel = kernels::gru_kernel,
                   .in_place = 1};
const OpDef simple_rnn_gradient_op{.name = "simple_rnn_gradient",
                                   .inputs = -1,
                                   .outputs = 2,
                                   .infer = infer_simple_rnn_gradient,
                                   .kernel = kernels::simple_rnn_gradient_kernel};
// The gates' gradients take the gates' place.
const OpDef lstm_gradient_op{.name = "lstm_gradient",
                             .inputs = -1,
                             .outputs = 3,
                             .infer = infer_lstm_gradient,
                             .kernel = kernels::lstm_gradient_kernel,
                             .in_place = 1u << 2};
const OpDef gru_gradient_op{.name = "gru_gradient",
                            .inputs = -1,
                            .outputs = 3,
                            .infer = infer_gru_gradient,
                            .kernel = kernels::gru_gradient_kernel,
                            .in_place = 1u << 2};
const OpDef recurrent_kernel_gradient_op{.name = "recurrent_kernel_gradient",
                                         .inputs = -1,
                                         .outputs = 4,
                                         .infer = infer_recurrent_kernel_gradient,
                                         .kernel = kernels::recurrent_kernel_gradient_kernel};

namespace detail {

bool has_recurrence(DType dtype, std::string_view activation, std::string_view recurrent_activation) {
  return computes_in(dtype) && kernels::gate_function(activation) && kernels::gate_function(recurrent_activation);
}

Recurred simple_rnn(const Recurrence& recurrence) { return applied(simple_rnn_op, recurrence, {}, {}, 0, 1); }

Recurred lstm(const Recurrence& recurrence) { return applied(lstm_op, recurrence, {}, {}, 1, 3); }

Recurred gru(const Recurrence& recurrence, const Tensor& recurrent_bias) {
  return applied(gru_op, recurrence, recurrent_bias, {{"reset_after", !recurrent_bias.is_empty()}}, 1, 3);
}

}  // namespace detail
}  // namespace keratin::inline v0::ops
