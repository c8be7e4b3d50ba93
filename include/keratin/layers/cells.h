#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "keratin/activations/activation.h"
#include "keratin/constraints/constraint.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/initializers/initializer.h"
#include "keratin/layers/layer.h"
#include "keratin/regularizers/regularizer.h"

namespace keratin::inline v0::ops::detail {
struct Recurrence;
}  // namespace keratin::inline v0::ops::detail

namespace keratin::inline v0::layers {

/// What a step of a cell gives.
struct CellStep {
  Tensor output = {};
  std::vector<Tensor> states = {};
};

/// What RNN repeats along the steps of a sequence. Users derive from it, with state_size() and step(), and build() for
/// the weights. Called as a layer it takes the input of one step and the states, and gives output and new states.
class KERATIN_API RNNCell : public Layer {
 public:
  /// Sizes of the states, each (batch, size).
  virtual std::vector<std::int64_t> state_size() const = 0;
  /// Size of a step's output: that of the first state.
  virtual std::int64_t output_size() const { return state_size().front(); }
  /// One step: input (batch, …), states as after the step before.
  virtual CellStep step(const Tensor& input, std::span<const Tensor> states, const CallContext& context) = 0;
  /// Shapes of the states without the batch, once the cell is built: by default one dimension of state_size().
  virtual std::vector<Shape> state_shapes() const;
  /// RNN calls these around a sequence's steps: what is drawn once for all of them is kept in between.
  virtual void begin_sequence() {}
  virtual void end_sequence() noexcept {}

  using Layer::call_all;
  std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context) override;

 protected:
  explicit RNNCell(std::string name = {}) : Layer(std::move(name)) {}
};

/// A cell with dropout of its inputs and of its first state: one draw for all steps of a sequence, in training.
class KERATIN_API DropoutRNNCell : public RNNCell {
 public:
  void begin_sequence() override;
  void end_sequence() noexcept override;

 protected:
  explicit DropoutRNNCell(std::string name = {}) : RNNCell(std::move(name)) {}
  /// In the constructor; `gates` is how many draws there are of each.
  void set_dropout(double dropout, double recurrent_dropout, std::size_t gates, std::optional<std::uint64_t> seed);
  void build_dropout();  ///< in build()
  bool in_sequence() const noexcept { return in_sequence_; }
  bool drops_inputs(const CallContext& context) const { return context.training && dropout_ > 0.0; }
  bool drops_states(const CallContext& context) const { return context.training && recurrent_dropout_ > 0.0; }
  /// What an input or a state of this shape (whose data isn't read) is multiplied by.
  Tensor input_mask(const Tensor& like, std::size_t gate) { return mask_for(like, dropout_, gate); }
  Tensor state_mask(const Tensor& like, std::size_t gate) {
    return mask_for(like, recurrent_dropout_, masks_.size() / 2 + gate);
  }

 private:
  Tensor mask_for(const Tensor& like, double rate, std::size_t stream);

  double dropout_ = 0.0;
  double recurrent_dropout_ = 0.0;
  std::size_t gates_ = 1;
  std::optional<std::uint64_t> seed_;
  Variable calls_;  ///< in training so far: the step of the streams
  bool in_sequence_ = false;
  Tensor drawn_at_;            ///< the step of this sequence's draws
  std::vector<Tensor> masks_;  ///< of inputs, then of states; empty where none is drawn yet
};

/// What the library's cells have in common. Members that a cell doesn't have keep their defaults.
struct GatedCellParts {
  std::int64_t units = 0;
  std::size_t gates = 1;
  keratin::Activation activation = {};
  keratin::Activation recurrent_activation = {};
  bool use_bias = true;
  InitializerSpec kernel_initializer = {};
  InitializerSpec recurrent_initializer = {};
  InitializerSpec bias_initializer = {};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec recurrent_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec recurrent_constraint = {};
  ConstraintSpec bias_constraint = {};
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<std::uint64_t> seed = std::nullopt;
};

/// The base of SimpleRNNCell, LSTMCell and GRUCell. Weights: kernel (n, gates · units), recurrent_kernel (units,
/// gates · units), bias.
class KERATIN_API GatedCell : public DropoutRNNCell {
 public:
  std::vector<std::int64_t> state_size() const override { return {parts_.units}; }
  std::int64_t units() const noexcept { return parts_.units; }
  const GatedCellParts& parts() const noexcept { return parts_; }
  void build(const Shape& input) override;
  CellStep step(const Tensor& input, std::span<const Tensor> states, const CallContext& context) override;

  /// What the inputs, of one step or of all, give to the gates.
  Tensor project(const Tensor& x, const CallContext& context);
  /// The rest of a step.
  virtual CellStep recur(const Tensor& projected, std::span<const Tensor> states, const CallContext& context) = 0;
  /// All steps at once: the outputs (batch, steps, units) and the states after the last step, or those after the first
  /// one, where `backwards` has it come last. No states where there is no op for it. `mask`: (batch, steps), or empty.
  virtual CellStep recur_all(const Tensor& projected, std::span<const Tensor> states, const Tensor& mask,
                             bool backwards, const CallContext& context) = 0;

 protected:
  GatedCell(GatedCellParts parts, bool trainable, const DTypePolicy& dtype, std::string name);
  /// Of the bias (gates · units,), unless the cell has another.
  virtual Shape bias_shape() const;
  virtual InitializerSpec bias_initializer() const { return parts_.bias_initializer; }
  virtual Tensor input_bias() const { return bias_; }
  /// The products of h and the first `count` gates' parts of the recurrent kernel, with recurrent dropout.
  std::vector<Tensor> recurrent_products(const Tensor& h, std::size_t count, const CallContext& context);
  Tensor recurrent_input(const Tensor& h, std::size_t gate, const CallContext& context);
  Tensor recurrent_kernel(std::size_t gate) const;
  bool has_recurrence(const Tensor& projected) const;
  ops::detail::Recurrence recurrence(const Tensor& projected, std::span<const Tensor> states, const Tensor& mask,
                                     bool backwards, const CallContext& context);

  GatedCellParts parts_;
  Variable kernel_;
  Variable recurrent_kernel_;
  Variable bias_;

 private:
  Tensor dropped(const Tensor& x, std::size_t gate, const CallContext& context);

  std::int64_t inputs_ = 0;
};

struct SimpleRNNCellOptions {
  keratin::Activation activation = {detail::Known{}, "tanh"};
  bool use_bias = true;
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec recurrent_initializer = {detail::Known{}, "orthogonal"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec recurrent_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec recurrent_constraint = {};
  ConstraintSpec bias_constraint = {};
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<std::uint64_t> seed = std::nullopt;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// h' = activation(x · kernel + h · recurrent_kernel + bias). `keras.layers.SimpleRNNCell`.
class KERATIN_API SimpleRNNCell : public GatedCell {
 public:
  /// Throws ValueError if units isn't positive, or a dropout isn't in [0, 1].
  explicit SimpleRNNCell(std::int64_t units, SimpleRNNCellOptions options = {});
  CellStep recur(const Tensor& projected, std::span<const Tensor> states, const CallContext& context) override;
  CellStep recur_all(const Tensor& projected, std::span<const Tensor> states, const Tensor& mask, bool backwards,
                     const CallContext& context) override;
  Config config() const override;
  static SimpleRNNCell from_config(const Config& config);
};

struct LSTMCellOptions {
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
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec recurrent_constraint = {};
  ConstraintSpec bias_constraint = {};
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<std::uint64_t> seed = std::nullopt;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// Long short-term memory; gates in the order i, f, c, o, states h and c. `keras.layers.LSTMCell`.
class KERATIN_API LSTMCell : public GatedCell {
 public:
  /// Throws ValueError if units isn't positive, or a dropout isn't in [0, 1].
  explicit LSTMCell(std::int64_t units, LSTMCellOptions options = {});
  bool unit_forget_bias() const noexcept { return unit_forget_bias_; }
  std::vector<std::int64_t> state_size() const override { return {parts_.units, parts_.units}; }
  CellStep recur(const Tensor& projected, std::span<const Tensor> states, const CallContext& context) override;
  CellStep recur_all(const Tensor& projected, std::span<const Tensor> states, const Tensor& mask, bool backwards,
                     const CallContext& context) override;
  Config config() const override;
  static LSTMCell from_config(const Config& config);

 protected:
  InitializerSpec bias_initializer() const override;

 private:
  bool unit_forget_bias_;
};

struct GRUCellOptions {
  keratin::Activation activation = {detail::Known{}, "tanh"};
  keratin::Activation recurrent_activation = {detail::Known{}, "sigmoid"};
  bool use_bias = true;
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec recurrent_initializer = {detail::Known{}, "orthogonal"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec recurrent_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec recurrent_constraint = {};
  ConstraintSpec bias_constraint = {};
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  bool reset_after = true;  ///< the reset gate multiplies h · recurrent_kernel rather than h; bias is (2, 3 · units)
  std::optional<std::uint64_t> seed = std::nullopt;
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// Gated recurrent unit; gates in the order z, r, h. `keras.layers.GRUCell`.
class KERATIN_API GRUCell : public GatedCell {
 public:
  /// Throws ValueError if units isn't positive, or a dropout isn't in [0, 1].
  explicit GRUCell(std::int64_t units, GRUCellOptions options = {});
  bool reset_after() const noexcept { return reset_after_; }
  CellStep recur(const Tensor& projected, std::span<const Tensor> states, const CallContext& context) override;
  CellStep recur_all(const Tensor& projected, std::span<const Tensor> states, const Tensor& mask, bool backwards,
                     const CallContext& context) override;
  Config config() const override;
  static GRUCell from_config(const Config& config);

 protected:
  Shape bias_shape() const override;
  Tensor input_bias() const override;

 private:
  bool reset_after_;
};

struct StackedRNNCellsOptions {
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// Cells one on top of the other, as one cell: its states are those of all of them, the first cell's first.
/// `keras.layers.StackedRNNCells`.
class KERATIN_API StackedRNNCells : public RNNCell {
 public:
  /// Throws ValueError if there is no cell, or a layer that isn't an RNNCell.
  explicit StackedRNNCells(std::vector<LayerSpec> cells, StackedRNNCellsOptions options = {});
  std::vector<std::int64_t> state_size() const override;
  std::int64_t output_size() const override;
  std::vector<Shape> state_shapes() const override;
  void build(const Shape& input) override;
  CellStep step(const Tensor& input, std::span<const Tensor> states, const CallContext& context) override;
  void begin_sequence() override;
  void end_sequence() noexcept override;
  Config config() const override;
  static StackedRNNCells from_config(const Config& config);

 private:
  std::vector<LayerSpec> specs_;
  std::vector<RNNCell*> cells_;  ///< once it is built
};

}  // namespace keratin::inline v0::layers
