#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/layers/cells.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/recurrent/options.h"
#include "ops/like.h"
#include "ops/movement.h"
#include "ops/recurrent.h"
#include "session/core.h"

namespace keratin::inline v0::layers {
namespace {

const char* known_name(const keratin::Activation& activation) {
  if (activation.is_empty()) return "linear";
  return activation.name() == nullptr ? "" : activation.name();
}

}  // namespace

GatedCell::GatedCell(GatedCellParts parts, bool trainable, const DTypePolicy& dtype, std::string name)
    : DropoutRNNCell(std::move(name)), parts_(std::move(parts)) {
  set_common(trainable, dtype);
  set_dropout(parts_.dropout, parts_.recurrent_dropout, parts_.gates, parts_.seed);
}

Shape GatedCell::bias_shape() const { return {static_cast<std::int64_t>(parts_.gates) * parts_.units}; }

void GatedCell::build(const Shape& input) {
  if (input.rank() != 2)
    throw ShapeError(title(*this) + " takes steps of shape (batch, features), so sequences of shape " +
                     "(batch, steps, features). Received: steps of shape " + to_string(input));
  inputs_ = known_size(*this, input, -1);
  const std::int64_t width = static_cast<std::int64_t>(parts_.gates) * parts_.units;
  kernel_ = add_weight("kernel", {inputs_, width},
                       {.initializer = parts_.kernel_initializer,
                        .regularizer = parts_.kernel_regularizer,
                        .constraint = parts_.kernel_constraint});
  recurrent_kernel_ = add_weight("recurrent_kernel", {parts_.units, width},
                                 {.initializer = parts_.recurrent_initializer,
                                  .regularizer = parts_.recurrent_regularizer,
                                  .constraint = parts_.recurrent_constraint});
  if (parts_.use_bias)
    bias_ = add_weight("bias", bias_shape(),
                       {.initializer = bias_initializer(),
                        .regularizer = parts_.bias_regularizer,
                        .constraint = parts_.bias_constraint});
  build_dropout();
}

CellStep GatedCell::step(const Tensor& input, std::span<const Tensor> states, const CallContext& context) {
  std::optional<SequenceScope> alone;
  if (!in_sequence()) alone.emplace(*this);
  return recur(project(input, context), states, context);
}

Tensor GatedCell::dropped(const Tensor& x, std::size_t gate, const CallContext& context) {
  if (!drops_inputs(context)) return x;
  if (x.rank() == 2) return x * input_mask(x, gate);
  return x * ops::detail::insert_ones(input_mask(ops::detail::select_index(x, 1, 0), gate), {1});
}

Tensor GatedCell::project(const Tensor& x, const CallContext& context) {
  check_size(*this, x.shape(), -1, inputs_);
  const Tensor kernel = kernel_;
  Tensor z;
  // With recurrent dropout, as in Keras, each gate has a mask of its own.
  if (drops_inputs(context) && drops_states(context) && parts_.gates > 1) {
    std::vector<Tensor> gates;
    for (std::size_t gate = 0; gate < parts_.gates; ++gate) {
      const auto first = static_cast<std::int64_t>(gate) * parts_.units;
      gates.push_back(
          ops::matmul(dropped(x, gate, context), ops::detail::slice_axis(kernel, 1, first, first + parts_.units)));
    }
    z = ops::concatenate(gates, -1);
  } else {
    z = ops::matmul(dropped(x, 0, context), kernel);
  }
  return parts_.use_bias ? z + input_bias() : z;
}

Tensor GatedCell::recurrent_kernel(std::size_t gate) const {
  const auto first = static_cast<std::int64_t>(gate) * parts_.units;
  return ops::detail::slice_axis(recurrent_kernel_, 1, first, first + parts_.units);
}

Tensor GatedCell::recurrent_input(const Tensor& h, std::size_t gate, const CallContext& context) {
  return drops_states(context) ? h * state_mask(h, gate) : h;
}

std::vector<Tensor> GatedCell::recurrent_products(const Tensor& h, std::size_t count, const CallContext& context) {
  std::vector<Tensor> products;
  if (drops_states(context)) {
    for (std::size_t gate = 0; gate < count; ++gate)
      products.push_back(ops::matmul(recurrent_input(h, gate, context), recurrent_kernel(gate)));
    return products;
  }
  const auto width = static_cast<std::int64_t>(count) * parts_.units;
  return ops::split_into(ops::matmul(h, ops::detail::slice_axis(recurrent_kernel_, 1, 0, width)),
                         static_cast<std::int64_t>(count), -1);
}

bool GatedCell::has_recurrence(const Tensor& projected) const {
  return ops::detail::has_recurrence(projected.dtype(), known_name(parts_.activation),
                                     parts_.gates == 1 ? "linear" : known_name(parts_.recurrent_activation));
}

ops::detail::Recurrence GatedCell::recurrence(const Tensor& projected, std::span<const Tensor> states,
                                              const Tensor& mask, bool backwards, const CallContext& context) {
  std::vector<Tensor> dropouts;
  if (drops_states(context))
    for (std::size_t gate = 0; gate < parts_.gates; ++gate) dropouts.push_back(state_mask(states[0], gate));
  return {.x = projected,
          .kernel = recurrent_kernel_,
          .states = {states.begin(), states.end()},
          .dropout = dropouts.empty() ? Tensor() : ops::concatenate(dropouts, -1),
          .mask = mask,
          .activation = known_name(parts_.activation),
          .recurrent_activation = parts_.gates == 1 ? "linear" : known_name(parts_.recurrent_activation),
          .backwards = backwards};
}

}  // namespace keratin::inline v0::layers
