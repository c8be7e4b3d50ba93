#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "keratin/layers/conv_lstm.h"

namespace keratin::inline v0::layers {

/// The cell of the ConvLSTM layers; gates in the order i, f, c, o, along the channels.
class ConvLSTMCell final : public DropoutRNNCell {
 public:
  /// Throws ValueError, naming the layer, for options that don't fit.
  ConvLSTMCell(std::size_t rank, std::int64_t filters, const Sizes& kernel_size, const ConvLSTMOptions& options);

  std::int64_t filters() const noexcept { return filters_; }
  const Sizes& kernel_size() const noexcept { return kernel_size_; }
  const ConvLSTMOptions& options() const noexcept { return options_; }

  std::vector<std::int64_t> state_size() const override { return {filters_, filters_}; }
  std::vector<Shape> state_shapes() const override { return {state_, state_}; }
  void build(const Shape& input) override;
  CellStep step(const Tensor& input, std::span<const Tensor> states, const CallContext& context) override;

 private:
  Tensor of_input(const Tensor& x, const Tensor& kernel) const;
  Tensor of_state(const Tensor& h, const Tensor& kernel) const;
  std::vector<Tensor> gates(const Tensor& x, const Tensor& h, const CallContext& context);

  std::size_t rank_;
  std::int64_t filters_;
  Sizes kernel_size_;
  ConvLSTMOptions options_;
  std::int64_t channels_ = 0;
  Shape state_;  ///< of a row
  Variable kernel_;
  Variable recurrent_kernel_;
  Variable bias_;
};

}  // namespace keratin::inline v0::layers
