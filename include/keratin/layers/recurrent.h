#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/cells.h"
#include "keratin/layers/layer.h"

namespace keratin::inline v0::layers {

class StreamScope;

/// Sets the states of this layer and of those below it to 0, where they have some (Layer::states): all rows of the
/// batch, or those marked in `rows`. Throws ShapeError, naming the layer, unless there is a mark for each row; nothing
/// is set then. A model has the same, and more: Model::reset_states.
KERATIN_API void reset_states(Layer& layer, const std::vector<bool>& rows = {});

struct RNNOptions {
  bool return_sequences = false;      ///< the output of each step: (batch, steps, …)
  bool return_state = false;          ///< the last states too, as further results
  bool go_backwards = false;          ///< from the last step to the first; outputs are in that order
  bool stateful = false;              ///< a batch starts with the states that the one before ended with
  bool unroll = false;                ///< step by step, each with nodes of its own, also where there is an op for all
  bool zero_output_for_mask = false;  ///< outputs of masked steps are 0 rather than those of the step before
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// A cell, one of the library's or of the user's, along the steps of a sequence. `keras.layers.RNN`.
///
/// In: (batch, steps, …). Out: the last output, (batch, …), or all; then the states, with return_state. A mask, (batch,
/// steps), skips steps: states and output stay. CallOptions::initial_state gives the first states. A stateful layer
/// needs an input of known batch size.
///
///     layers::RNN(layers::LSTMCell(32), {.return_sequences = true})
class KERATIN_API RNN : public CallableLayer<RNN> {
 public:
  /// Throws ValueError unless the cell is an RNNCell.
  explicit RNN(const LayerSpec& cell, RNNOptions options = {});
  /// Of StackedRNNCells.
  explicit RNN(std::vector<LayerSpec> cells, RNNOptions options = {});

  const RNNOptions& options() const noexcept { return options_; }
  /// Throws NotBuiltError before the layer is built.
  RNNCell& cell() const;
  std::vector<Variable> states() const override { return states_; }
  /// Sets the states of a stateful layer to 0, as layers::reset_states does. `reset_state` of Keras.
  void reset_states(const std::vector<bool>& rows = {});

  using CallableLayer::build;
  bool supports_masking() const override { return true; }
  void build(const Shape& input) override;
  std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  Config config() const override;
  static RNN from_config(const Config& config);

 protected:
  /// What the layer's config and its base's have in common.
  Config rnn_config() const;
  const RNNCell& cell_description() const noexcept { return static_cast<const RNNCell&>(cell_spec_.layer()); }

 private:
  friend class Bidirectional;
  struct Steps;
  std::vector<Tensor> first_states(const Tensor& x, const CallContext& context, StreamScope* stream) const;
  std::vector<Tensor> own_states(const Tensor& x) const;
  std::vector<Tensor> stream_states(StreamScope& stream, const Tensor& x) const;
  std::vector<Tensor> given_states(const Tensor& x, const CallContext& context) const;
  Steps all_steps(const Tensor& x, std::vector<Tensor> states, const Tensor& mask, const CallContext& context);
  Steps fused(const Tensor& projected, const std::vector<Tensor>& states, const Tensor& mask, bool starts_at_zero,
              const CallContext& context);
  Steps one_by_one(const Tensor& x, bool projected, std::vector<Tensor> states, const Tensor& mask,
                   const CallContext& context);
  Steps of_unknown_number(const Tensor& x, const std::vector<Tensor>& states);

  LayerSpec cell_spec_;
  RNNOptions options_;
  RNNCell* cell_ = nullptr;  ///< once it is built
  std::vector<Variable> states_;
  bool keeps_times_ = false;  ///< during a call of Bidirectional's, outputs of go_backwards are in the order of times
};

struct SimpleRNNOptions {
  keratin::Activation activation = {detail::Known{}, "tanh"};
  bool use_bias = true;
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec recurrent_initializer = {detail::Known{}, "orthogonal"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec recurrent_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  RegularizerSpec activity_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec recurrent_constraint = {};
  ConstraintSpec bias_constraint = {};
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  std::optional<std::uint64_t> seed = std::nullopt;
  bool zero_output_for_mask = false;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// An RNN of SimpleRNNCell: (batch, steps, features) → (batch, units). `keras.layers.SimpleRNN`.
class KERATIN_API SimpleRNN : public CallableLayer<SimpleRNN, RNN> {
 public:
  /// Throws ValueError if units isn't positive, or a dropout isn't in [0, 1].
  explicit SimpleRNN(std::int64_t units, SimpleRNNOptions options = {});
  Config config() const override;
  static SimpleRNN from_config(const Config& config);
};

struct LSTMOptions {
  keratin::Activation activation = {detail::Known{}, "tanh"};
  keratin::Activation recurrent_activation = {detail::Known{}, "sigmoid"};
  bool use_bias = true;
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec recurrent_initializer = {detail::Known{}, "orthogonal"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  bool unit_forget_bias = true;
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec recurrent_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  RegularizerSpec activity_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec recurrent_constraint = {};
  ConstraintSpec bias_constraint = {};
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<std::uint64_t> seed = std::nullopt;
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  bool zero_output_for_mask = false;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// An RNN of LSTMCell: (batch, steps, features) → (batch, units); states h and c. `keras.layers.LSTM`.
///
///     layers::LSTM(64, {.return_sequences = true})
class KERATIN_API LSTM : public CallableLayer<LSTM, RNN> {
 public:
  /// Throws ValueError if units isn't positive, or a dropout isn't in [0, 1].
  explicit LSTM(std::int64_t units, LSTMOptions options = {});
  Config config() const override;
  static LSTM from_config(const Config& config);
};

struct GRUOptions {
  keratin::Activation activation = {detail::Known{}, "tanh"};
  keratin::Activation recurrent_activation = {detail::Known{}, "sigmoid"};
  bool use_bias = true;
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec recurrent_initializer = {detail::Known{}, "orthogonal"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec recurrent_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  RegularizerSpec activity_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec recurrent_constraint = {};
  ConstraintSpec bias_constraint = {};
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<std::uint64_t> seed = std::nullopt;
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  bool reset_after = true;
  bool zero_output_for_mask = false;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// An RNN of GRUCell: (batch, steps, features) → (batch, units). `keras.layers.GRU`.
class KERATIN_API GRU : public CallableLayer<GRU, RNN> {
 public:
  /// Throws ValueError if units isn't positive, or a dropout isn't in [0, 1].
  explicit GRU(std::int64_t units, GRUOptions options = {});
  Config config() const override;
  static GRU from_config(const Config& config);
};

}  // namespace keratin::inline v0::layers
