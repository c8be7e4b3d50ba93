#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/core/choice.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/recurrent.h"

namespace keratin::inline v0 {

namespace detail {
struct MergeModeNames {
  enum Value : std::uint8_t { concat, sum, mul, ave, none };
  static constexpr std::string_view names[] = {"concat", "sum", "mul", "ave", "none"};
};
}  // namespace detail

namespace layers {

/// How Bidirectional puts the outputs of both directions together; "none", which is Keras's None: two results.
class MergeMode : public Choice<detail::MergeModeNames> {
 public:
  KERATIN_CHOICE_NAMES(MergeMode, detail::MergeModeNames, "merge mode")
};

struct BidirectionalOptions {
  MergeMode merge_mode = MergeMode::concat;
  std::optional<LayerSpec> backward_layer = std::nullopt;  ///< not given: the layer itself, the other way round
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// A recurrent layer in both directions. Outputs of the backward one are put into the order of the steps. With
/// return_state its states follow those of the forward one; so do they in CallOptions::initial_state.
/// `keras.layers.Bidirectional`.
///
///     layers::Bidirectional(layers::LSTM(32, {.return_sequences = true}))
class KERATIN_API Bidirectional : public CallableLayer<Bidirectional> {
 public:
  /// Throws ValueError unless both are RNNs of opposite directions that agree in stateful, return_sequences and
  /// return_state.
  explicit Bidirectional(LayerSpec layer, BidirectionalOptions options = {});

  using CallableLayer::build;
  bool supports_masking() const override { return true; }
  void build(const Shape& input) override;
  std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  Config config() const override;
  static Bidirectional from_config(const Config& config);

 private:
  const RNNOptions& options() const;
  RNN* add_direction(const std::string& attribute, const LayerSpec& spec, bool turned);
  std::vector<Tensor> merged(const Tensor& forward, const Tensor& backward) const;
  std::vector<Tensor> backward_results(std::span<const Tensor> inputs, const CallOptions& options);

  LayerSpec forward_spec_;
  LayerSpec backward_spec_;
  bool turns_;  ///< the backward one is the forward one, turned
  MergeMode merge_mode_;
  RNN* forward_ = nullptr;  ///< once it is built
  RNN* backward_ = nullptr;
};

struct TimeDistributedOptions {
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// A layer, or a model, on each step: (batch, steps, …) → (batch, steps, …). A mask of (batch, steps, …) reaches it.
/// `keras.layers.TimeDistributed`.
///
///     layers::TimeDistributed(layers::Dense(10))
class KERATIN_API TimeDistributed : public CallableLayer<TimeDistributed> {
 public:
  explicit TimeDistributed(LayerSpec layer, TimeDistributedOptions options = {});

  using CallableLayer::build;
  bool supports_masking() const override { return true; }
  void build(const Shape& input) override;
  std::vector<Tensor> call_all(std::span<const Tensor> inputs, const CallContext& context) override;
  std::vector<Tensor> compute_mask(std::span<const Tensor> inputs, const CallContext& context) override;
  Config config() const override;
  static TimeDistributed from_config(const Config& config);

 private:
  std::vector<Tensor> one_by_one(const Tensor& x, const Tensor& mask);

  LayerSpec spec_;
  Layer* layer_ = nullptr;  ///< once it is built
};

}  // namespace layers
}  // namespace keratin::inline v0
