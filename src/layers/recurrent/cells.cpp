#include "keratin/layers/cells.h"

#include <string>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/creation.h"
#include "keratin/ops/linalg.h"
#include "keratin/ops/math.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/recurrent/options.h"
#include "ops/movement.h"
#include "ops/recurrent.h"

namespace keratin::inline v0::layers {
namespace {

template <class Options>
GatedCellParts checked_parts(const char* cell, std::int64_t units, std::size_t gates, const Options& options) {
  checked_positive(units, cell, "units");
  checked_dropout(options.dropout, cell, "dropout");
  checked_dropout(options.recurrent_dropout, cell, "recurrent_dropout");
  return cell_parts(units, gates, options);
}

CellStep as_step(ops::detail::Recurred all) { return {all.outputs, std::move(all.states)}; }

}  // namespace

SimpleRNNCell::SimpleRNNCell(std::int64_t units, SimpleRNNCellOptions options)
    : GatedCell(checked_parts("SimpleRNNCell", units, 1, options), options.trainable, options.dtype,
                std::move(options.name)) {}

CellStep SimpleRNNCell::recur(const Tensor& projected, std::span<const Tensor> states, const CallContext& context) {
  const Tensor h = parts_.activation(projected + recurrent_products(states[0], 1, context)[0]);
  return {h, {h}};
}

CellStep SimpleRNNCell::recur_all(const Tensor& projected, std::span<const Tensor> states, const Tensor& mask,
                                  bool backwards, const CallContext& context) {
  if (!has_recurrence(projected)) return {};
  return as_step(ops::detail::simple_rnn(recurrence(projected, states, mask, backwards, context)));
}

Config SimpleRNNCell::config() const {
  Config config{{"units", parts_.units}};
  add_functions(config, parts_, false);
  add_initializers(config, parts_);
  add_regularizers(config, parts_);
  add_constraints_and_dropout(config, parts_);
  config.set("seed", seed_config(parts_.seed));
  return config;
}

SimpleRNNCell SimpleRNNCell::from_config(const Config& config) {
  return SimpleRNNCell(units_in(config, "SimpleRNNCell"), read_options<SimpleRNNCellOptions>(config, "SimpleRNNCell"));
}

LSTMCell::LSTMCell(std::int64_t units, LSTMCellOptions options)
    : GatedCell(checked_parts("LSTMCell", units, 4, options), options.trainable, options.dtype,
                std::move(options.name)),
      unit_forget_bias_(options.unit_forget_bias) {}

InitializerSpec LSTMCell::bias_initializer() const { return forget_bias(parts_.bias_initializer, unit_forget_bias_); }

CellStep LSTMCell::recur(const Tensor& projected, std::span<const Tensor> states, const CallContext& context) {
  const std::vector<Tensor> x = ops::split_into(projected, 4, -1);
  const std::vector<Tensor> back = recurrent_products(states[0], 4, context);
  const Tensor i = parts_.recurrent_activation(x[0] + back[0]);
  const Tensor f = parts_.recurrent_activation(x[1] + back[1]);
  const Tensor c = f * states[1] + i * parts_.activation(x[2] + back[2]);
  const Tensor h = parts_.recurrent_activation(x[3] + back[3]) * parts_.activation(c);
  return {h, {h, c}};
}

CellStep LSTMCell::recur_all(const Tensor& projected, std::span<const Tensor> states, const Tensor& mask,
                             bool backwards, const CallContext& context) {
  if (!has_recurrence(projected)) return {};
  return as_step(ops::detail::lstm(recurrence(projected, states, mask, backwards, context)));
}

Config LSTMCell::config() const {
  Config config{{"units", parts_.units}};
  add_functions(config, parts_, true);
  config.set("unit_forget_bias", unit_forget_bias_);
  add_initializers(config, parts_);
  add_regularizers(config, parts_);
  add_constraints_and_dropout(config, parts_);
  config.set("seed", seed_config(parts_.seed));
  return config;
}

LSTMCell LSTMCell::from_config(const Config& config) {
  return LSTMCell(units_in(config, "LSTMCell"), read_options<LSTMCellOptions>(config, "LSTMCell"));
}

GRUCell::GRUCell(std::int64_t units, GRUCellOptions options)
    : GatedCell(checked_parts("GRUCell", units, 3, options), options.trainable, options.dtype, std::move(options.name)),
      reset_after_(options.reset_after) {}

Shape GRUCell::bias_shape() const {
  if (reset_after_) return {2, 3 * parts_.units};
  return GatedCell::bias_shape();
}

Tensor GRUCell::input_bias() const {
  if (reset_after_) return ops::detail::select_index(bias_, 0, 0);
  return bias_;
}

CellStep GRUCell::recur(const Tensor& projected, std::span<const Tensor> states, const CallContext& context) {
  const std::vector<Tensor> x = ops::split_into(projected, 3, -1);
  const Tensor& h = states[0];
  std::vector<Tensor> back = recurrent_products(h, reset_after_ ? 3 : 2, context);
  if (reset_after_ && parts_.use_bias) {
    const std::vector<Tensor> biases = ops::split_into(ops::detail::select_index(bias_, 0, 1), 3, -1);
    for (std::size_t gate = 0; gate < 3; ++gate) back[gate] = back[gate] + biases[gate];
  }
  const Tensor z = parts_.recurrent_activation(x[0] + back[0]);
  const Tensor r = parts_.recurrent_activation(x[1] + back[1]);
  const Tensor recurrent =
      reset_after_ ? r * back[2] : ops::matmul(r * recurrent_input(h, 2, context), recurrent_kernel(2));
  const Tensor next = z * h + (1.0 - z) * parts_.activation(x[2] + recurrent);
  return {next, {next}};
}

CellStep GRUCell::recur_all(const Tensor& projected, std::span<const Tensor> states, const Tensor& mask, bool backwards,
                            const CallContext& context) {
  if (!has_recurrence(projected)) return {};
  Tensor bias;
  if (reset_after_)
    bias = parts_.use_bias ? ops::detail::select_index(bias_, 0, 1) : ops::zeros({3 * parts_.units}, projected.dtype());
  return as_step(ops::detail::gru(recurrence(projected, states, mask, backwards, context), bias));
}

Config GRUCell::config() const {
  Config config{{"units", parts_.units}};
  add_functions(config, parts_, true);
  add_initializers(config, parts_);
  add_regularizers(config, parts_);
  add_constraints_and_dropout(config, parts_);
  config.set("reset_after", reset_after_);
  config.set("seed", seed_config(parts_.seed));
  return config;
}

GRUCell GRUCell::from_config(const Config& config) {
  return GRUCell(units_in(config, "GRUCell"), read_options<GRUCellOptions>(config, "GRUCell"));
}

}  // namespace keratin::inline v0::layers
