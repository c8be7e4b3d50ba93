#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/layers/cells.h"
#include "keratin/layers/recurrent.h"
#include "layers/options.h"

namespace keratin::inline v0::layers {

/// Throws ValueError unless it is in [0, 1].
double checked_dropout(double rate, std::string_view layer, std::string_view option);

// Options of cells and of the layers made of them have the same members, each class in Keras's order.

/// Those of `from` that `to` has too, but for the common ones.
template <class To, class From>
To shared_options(const From& from) {
  To to;
  to.activation = from.activation;
  if constexpr (requires {
                  to.recurrent_activation;
                  from.recurrent_activation;
                })
    to.recurrent_activation = from.recurrent_activation;
  to.use_bias = from.use_bias;
  to.kernel_initializer = from.kernel_initializer;
  to.recurrent_initializer = from.recurrent_initializer;
  to.bias_initializer = from.bias_initializer;
  if constexpr (requires {
                  to.unit_forget_bias;
                  from.unit_forget_bias;
                })
    to.unit_forget_bias = from.unit_forget_bias;
  to.kernel_regularizer = from.kernel_regularizer;
  to.recurrent_regularizer = from.recurrent_regularizer;
  to.bias_regularizer = from.bias_regularizer;
  to.kernel_constraint = from.kernel_constraint;
  to.recurrent_constraint = from.recurrent_constraint;
  to.bias_constraint = from.bias_constraint;
  to.dropout = from.dropout;
  to.recurrent_dropout = from.recurrent_dropout;
  if constexpr (requires {
                  to.reset_after;
                  from.reset_after;
                })
    to.reset_after = from.reset_after;
  to.seed = from.seed;
  return to;
}

template <class Options>
GatedCellParts cell_parts(std::int64_t units, std::size_t gates, const Options& options) {
  GatedCellParts parts = shared_options<GatedCellParts>(options);
  parts.units = units;
  parts.gates = gates;
  return parts;
}

/// The options of a recurrent layer, or of a cell, that a config has.
template <class Options>
Options read_options(const Config& config, std::string_view layer) {
  OptionReader option(layer, config);
  Options o;
  option("activation", o.activation);
  if constexpr (requires { o.recurrent_activation; }) option("recurrent_activation", o.recurrent_activation);
  option("use_bias", o.use_bias);
  option("kernel_initializer", o.kernel_initializer);
  option("recurrent_initializer", o.recurrent_initializer);
  option("bias_initializer", o.bias_initializer);
  if constexpr (requires { o.unit_forget_bias; }) option("unit_forget_bias", o.unit_forget_bias);
  option("kernel_regularizer", o.kernel_regularizer);
  option("recurrent_regularizer", o.recurrent_regularizer);
  option("bias_regularizer", o.bias_regularizer);
  if constexpr (requires { o.activity_regularizer; }) option("activity_regularizer", o.activity_regularizer);
  option("kernel_constraint", o.kernel_constraint);
  option("recurrent_constraint", o.recurrent_constraint);
  option("bias_constraint", o.bias_constraint);
  option("dropout", o.dropout);
  option("recurrent_dropout", o.recurrent_dropout);
  if constexpr (requires { o.reset_after; }) option("reset_after", o.reset_after);
  option("seed", o.seed);
  return o;
}

/// The option that must be there.
std::int64_t units_in(const Config& config, std::string_view layer);

/// The same, of what every RNN has.
template <class Options>
void read_rnn_options(const Config& config, std::string_view layer, Options& o) {
  OptionReader option(layer, config);
  option("return_sequences", o.return_sequences);
  option("return_state", o.return_state);
  option("go_backwards", o.go_backwards);
  option("stateful", o.stateful);
  if constexpr (requires { o.unroll; }) option("unroll", o.unroll);
  option("zero_output_for_mask", o.zero_output_for_mask);
}

/// What a layer hands to RNN.
template <class Options>
RNNOptions rnn_options(const Options& options) {
  return {.return_sequences = options.return_sequences,
          .return_state = options.return_state,
          .go_backwards = options.go_backwards,
          .stateful = options.stateful,
          .unroll = options.unroll,
          .zero_output_for_mask = options.zero_output_for_mask,
          .trainable = options.trainable,
          .dtype = options.dtype,
          .name = options.name};
}

// Parts of configs, in Keras's order.

template <class Options>
void add_functions(Config& config, const Options& o, bool gated) {
  config.set("activation", o.activation.config());
  if (gated) config.set("recurrent_activation", o.recurrent_activation.config());
  config.set("use_bias", o.use_bias);
}
template <class Options>
void add_initializers(Config& config, const Options& o) {
  config.set("kernel_initializer", o.kernel_initializer.config());
  config.set("recurrent_initializer", o.recurrent_initializer.config());
  config.set("bias_initializer", o.bias_initializer.config());
}
template <class Options>
void add_regularizers(Config& config, const Options& o) {
  config.set("kernel_regularizer", o.kernel_regularizer.config());
  config.set("recurrent_regularizer", o.recurrent_regularizer.config());
  config.set("bias_regularizer", o.bias_regularizer.config());
}
template <class Options>
void add_constraints_and_dropout(Config& config, const Options& o) {
  config.set("kernel_constraint", o.kernel_constraint.config());
  config.set("recurrent_constraint", o.recurrent_constraint.config());
  config.set("bias_constraint", o.bias_constraint.config());
  config.set("dropout", o.dropout);
  config.set("recurrent_dropout", o.recurrent_dropout);
}
ConfigValue seed_config(const std::optional<std::uint64_t>& seed);

/// 0 for i, c and o, 1 for f where the cell wants that; `initializer` for the rest. Of a bias of four gates.
InitializerSpec forget_bias(const InitializerSpec& initializer, bool unit_forget_bias);

/// Throws ValueError, naming `owner` and the option, unless the layer is an RNNCell.
const LayerSpec& checked_cell(const LayerSpec& cell, std::string_view owner, std::string_view option);

/// Keeps what a cell draws once for a sequence.
class SequenceScope {
 public:
  explicit SequenceScope(RNNCell& cell) : cell_(cell) { cell_.begin_sequence(); }
  ~SequenceScope() { cell_.end_sequence(); }
  SequenceScope(const SequenceScope&) = delete;
  SequenceScope& operator=(const SequenceScope&) = delete;

 private:
  RNNCell& cell_;
};

}  // namespace keratin::inline v0::layers
