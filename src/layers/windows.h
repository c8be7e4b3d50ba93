#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "keratin/layers/layer.h"
#include "keratin/ops/windows.h"
#include "layers/options.h"

namespace keratin::inline v0 {

/// A list, or None where none is given.
template <>
struct core::OptionKind<Sizes> {
  static ConfigValue written(const Sizes& sizes);
  static Sizes read(const ConfigValue& config);
};
template <>
struct core::OptionKind<Padding> {
  static ConfigValue written(Padding padding) { return std::string(padding.name()); }
  static Padding read(const ConfigValue& config);
};

namespace layers {

/// "Conv2D"
std::string with_rank(std::string_view start, std::size_t rank, std::string_view end = "");

/// One number for each dimension. Throws ValueError as ops::detail::spread does.
Sizes spread(const Sizes& sizes, std::size_t rank, std::string_view layer, std::string_view option,
             std::int64_t least = 1);

/// Along which axis the channels are.
std::int64_t channel_axis(DataFormat format) noexcept;
/// Throws ShapeError unless the input has a batch, `rank` spatial dimensions and channels.
void check_spatial(const Layer& layer, const Shape& input, std::size_t rank);
/// The number of channels, for build(): throws ShapeError for another rank, or where it isn't known.
std::int64_t known_channels(const Layer& layer, const Shape& input, std::size_t rank, DataFormat format);
/// Throws ShapeError for another rank or number of channels, for call().
void check_channels(const Layer& layer, const Shape& input, std::size_t rank, DataFormat format, std::int64_t built);

/// Spreads and checks what the options of all convolutions have.
template <class Options>
void spread_windows(const std::string& layer, std::size_t rank, Sizes& kernel_size, Options& options) {
  kernel_size = spread(kernel_size, rank, layer, "kernel_size");
  options.strides = spread(options.strides, rank, layer, "strides");
  options.dilation_rate = spread(options.dilation_rate, rank, layer, "dilation_rate");
}

/// Throws ValueError, as Keras does, for strides and a dilation both above 1.
void refuse_strides_with_dilation(const std::string& layer, const Sizes& strides, const Sizes& dilation_rate);
/// Throws ValueError for "causal".
void refuse_causal(const std::string& layer, Padding padding);

/// A kernel's shape: the window's sizes, then these.
Shape kernel_shape(const Sizes& window, std::int64_t in, std::int64_t out);

template <class Options>
WeightOptions bias_weight(const Options& options) {
  return {.initializer = options.bias_initializer,
          .regularizer = options.bias_regularizer,
          .constraint = options.bias_constraint};
}
template <class Options>
WeightOptions depthwise_weight(const Options& options) {
  return {.initializer = options.depthwise_initializer,
          .regularizer = options.depthwise_regularizer,
          .constraint = options.depthwise_constraint};
}

/// y with a bias for each channel. Where channels are first, but the last dimension is as long as the bias, it goes
/// along that one: so Keras adds it on TensorFlow, and what was trained there needs the same.
Tensor with_bias(const Tensor& y, const Tensor& bias, std::size_t rank, DataFormat format);

/// The result of a convolution with its bias, if it has one, through the activation.
template <class Options>
Tensor finished(const Options& options, const Tensor& y, std::size_t rank, const Variable& bias) {
  return options.activation(options.use_bias ? with_bias(y, bias, rank, options.data_format) : y);
}

}  // namespace layers
}  // namespace keratin::inline v0
