#include "layers/recurrent/conv_lstm_cell.h"

#include <optional>
#include <string>

#include "keratin/core/error.h"
#include "keratin/ops/conv.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/recurrent/options.h"
#include "layers/windows.h"
#include "ops/like.h"

namespace keratin::inline v0::layers {
namespace {

/// How many windows there are along one dimension.
std::int64_t windows(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                     Padding padding) {
  if (padding == Padding::same) return (size + stride - 1) / stride;
  return (size - (kernel - 1) * dilation - 1) / stride + 1;
}

}  // namespace

ConvLSTMCell::ConvLSTMCell(std::size_t rank, std::int64_t filters, const Sizes& kernel_size,
                           const ConvLSTMOptions& options)
    : rank_(rank), filters_(filters), kernel_size_(kernel_size), options_(options) {
  const std::string layer = with_rank("ConvLSTM", rank);
  checked_positive(filters_, layer, "filters");
  spread_windows(layer, rank, kernel_size_, options_);
  refuse_strides_with_dilation(layer, options_.strides, options_.dilation_rate);
  refuse_causal(layer, options_.padding);
  checked_dropout(options_.dropout, layer, "dropout");
  checked_dropout(options_.recurrent_dropout, layer, "recurrent_dropout");
  set_common(options_.trainable, {});
  set_dropout(options_.dropout, options_.recurrent_dropout, 4, options_.seed);
}

void ConvLSTMCell::build(const Shape& input) {
  channels_ = known_channels(*this, input, rank_, options_.data_format);
  const bool channels_last = options_.data_format == DataFormat::channels_last;
  state_ = {};
  for (std::size_t i = 0; i < rank_; ++i) {
    const std::int64_t size = input.dims()[i + (channels_last ? 1 : 2)];
    if (size < 0)
      throw ShapeError(title(*this) + ": the spatial sizes must be known, as states have them. Received: steps of " +
                       "shape " + to_string(input));
    const std::int64_t count = windows(size, kernel_size_.values()[i], options_.strides.values()[i],
                                       options_.dilation_rate.values()[i], options_.padding);
    if (count < 1)
      throw ShapeError(title(*this) +
                       ": the inputs are smaller than the kernel. Make it smaller, or take the padding " +
                       "\"same\". Received: steps of shape " + to_string(input));
    state_.push_back(count);
  }
  state_.insert(channels_last ? rank_ : 0, filters_);
  kernel_ = add_weight("kernel", kernel_shape(kernel_size_, channels_, 4 * filters_),
                       {.initializer = options_.kernel_initializer,
                        .regularizer = options_.kernel_regularizer,
                        .constraint = options_.kernel_constraint});
  recurrent_kernel_ = add_weight("recurrent_kernel", kernel_shape(kernel_size_, filters_, 4 * filters_),
                                 {.initializer = options_.recurrent_initializer,
                                  .regularizer = options_.recurrent_regularizer,
                                  .constraint = options_.recurrent_constraint});
  if (options_.use_bias)
    bias_ = add_weight("bias", {4 * filters_},
                       {.initializer = forget_bias(options_.bias_initializer, options_.unit_forget_bias),
                        .regularizer = options_.bias_regularizer,
                        .constraint = options_.bias_constraint});
  build_dropout();
}

Tensor ConvLSTMCell::of_input(const Tensor& x, const Tensor& kernel) const {
  return ops::conv(x, kernel, options_.strides, options_.padding, options_.data_format, options_.dilation_rate);
}

Tensor ConvLSTMCell::of_state(const Tensor& h, const Tensor& kernel) const {
  return ops::conv(h, kernel, 1, Padding::same, options_.data_format);
}

/// What goes into the gates' functions. All gates are one convolution, unless dropout makes their inputs differ.
std::vector<Tensor> ConvLSTMCell::gates(const Tensor& x, const Tensor& h, const CallContext& context) {
  const std::int64_t channel = channel_axis(options_.data_format);
  const auto of_gates = [&](const Tensor& all, std::int64_t axis) { return ops::split_into(all, 4, axis); };
  const auto each = [&](bool drops, const Tensor& input, const Tensor& kernel, auto convolved, auto masked) {
    if (!drops) return of_gates(convolved(input, kernel), channel);
    std::vector<Tensor> results = of_gates(kernel, -1);
    for (std::size_t gate = 0; gate < 4; ++gate) results[gate] = convolved(input * masked(gate), results[gate]);
    return results;
  };
  std::vector<Tensor> sums = each(
      drops_inputs(context), x, kernel_, [&](const Tensor& a, const Tensor& k) { return of_input(a, k); },
      [&](std::size_t gate) { return input_mask(x, gate); });
  const std::vector<Tensor> back = each(
      drops_states(context), h, recurrent_kernel_, [&](const Tensor& a, const Tensor& k) { return of_state(a, k); },
      [&](std::size_t gate) { return state_mask(h, gate); });
  std::vector<Tensor> biases;
  if (options_.use_bias) biases = of_gates(bias_, 0);
  graph::Ints after;
  if (options_.data_format == DataFormat::channels_first)
    for (std::size_t i = 1; i <= rank_; ++i) after.push_back(static_cast<std::int64_t>(i));
  for (std::size_t gate = 0; gate < 4; ++gate) {
    sums[gate] = sums[gate] + back[gate];
    if (options_.use_bias) sums[gate] = sums[gate] + ops::detail::insert_ones(biases[gate], after);
  }
  return sums;
}

CellStep ConvLSTMCell::step(const Tensor& input, std::span<const Tensor> states, const CallContext& context) {
  check_channels(*this, input.shape(), rank_, options_.data_format, channels_);
  std::optional<SequenceScope> alone;
  if (!in_sequence()) alone.emplace(*this);
  const std::vector<Tensor> z = gates(input, states[0], context);
  const Tensor i = options_.recurrent_activation(z[0]);
  const Tensor f = options_.recurrent_activation(z[1]);
  const Tensor c = f * states[1] + i * options_.activation(z[2]);
  const Tensor h = options_.recurrent_activation(z[3]) * options_.activation(c);
  return {h, {h, c}};
}

}  // namespace keratin::inline v0::layers
