#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/layers/recurrent.h"
#include "keratin/ops/windows.h"

namespace keratin::inline v0::layers {

struct ConvLSTMOptions {
  Sizes strides = 1;
  Padding padding = Padding::valid;  ///< not "causal"
  DataFormat data_format = DataFormat::channels_last;
  Sizes dilation_rate = 1;
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
using ConvLSTM1DOptions = ConvLSTMOptions;
using ConvLSTM2DOptions = ConvLSTMOptions;
using ConvLSTM3DOptions = ConvLSTMOptions;

/// What the ConvLSTM layers have in common: an LSTM whose products are convolutions. In: (batch, steps, space…,
/// channels), or with channels first. Weights: kernel (size…, channels, 4 · filters), recurrent_kernel (size…, filters,
/// 4 · filters), bias (4 · filters,). Throws ValueError for sizes that aren't positive, or strides and a dilation both
/// above 1, and ShapeError for inputs whose spatial sizes aren't known, or are smaller than the kernel.
///
///     layers::ConvLSTM2D(16, 3, {.padding = "same", .return_sequences = true})
class KERATIN_API BaseConvLSTM : public RNN {
 public:
  Config config() const override;

 protected:
  BaseConvLSTM(std::size_t rank, std::int64_t filters, const Sizes& kernel_size, const ConvLSTMOptions& options);
};

/// `keras.layers.ConvLSTM1D`.
class KERATIN_API ConvLSTM1D : public CallableLayer<ConvLSTM1D, BaseConvLSTM> {
 public:
  explicit ConvLSTM1D(std::int64_t filters, const Sizes& kernel_size, const ConvLSTM1DOptions& options = {});
  static ConvLSTM1D from_config(const Config& config);
};
/// `keras.layers.ConvLSTM2D`.
class KERATIN_API ConvLSTM2D : public CallableLayer<ConvLSTM2D, BaseConvLSTM> {
 public:
  explicit ConvLSTM2D(std::int64_t filters, const Sizes& kernel_size, const ConvLSTM2DOptions& options = {});
  static ConvLSTM2D from_config(const Config& config);
};
/// `keras.layers.ConvLSTM3D`.
class KERATIN_API ConvLSTM3D : public CallableLayer<ConvLSTM3D, BaseConvLSTM> {
 public:
  explicit ConvLSTM3D(std::int64_t filters, const Sizes& kernel_size, const ConvLSTM3DOptions& options = {});
  static ConvLSTM3D from_config(const Config& config);
};

}  // namespace keratin::inline v0::layers
