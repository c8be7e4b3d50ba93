#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "keratin/activations/activation.h"
#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/core/shape.h"
#include "keratin/graph/tensor.h"
#include "keratin/initializers/initializer.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/windows.h"

/// Convolutions. Inputs are (batch, space…, channels), or (batch, channels, space…) with data_format "channels_first",
/// with 1 to 3 spatial dimensions; sizes of kernels, strides and dilations are one number, or one for each of them. The
/// results are those of ops/conv.h, with a bias for each channel, through the activation. All throw ValueError for
/// sizes and counts that aren't positive, and ShapeError for inputs of another rank, or smaller than the kernel.
///
/// Where channels are first and the result's last dimension is as long as the bias, the bias goes along that one, as
/// Keras has it on TensorFlow.
///
///     layers::Conv2D(16, 3, {.padding = "same", .activation = "relu"})
///     layers::Conv2D(16, {3, 5}, {.strides = 2})
namespace keratin::inline v0::layers {

struct ConvOptions {
  Sizes strides = 1;
  Padding padding = Padding::valid;  ///< "causal" in Conv1D alone
  DataFormat data_format = DataFormat::channels_last;
  Sizes dilation_rate = 1;
  std::int64_t groups = 1;
  keratin::Activation activation = {};
  bool use_bias = true;
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  RegularizerSpec activity_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec bias_constraint = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
using Conv1DOptions = ConvOptions;
using Conv2DOptions = ConvOptions;
using Conv3DOptions = ConvOptions;

/// What the Conv layers have in common. Weights: kernel (space…, channels / groups, filters), bias (filters,). Throws
/// ValueError if filters or channels aren't a multiple of the groups, or for strides and a dilation both above 1.
class KERATIN_API BaseConv : public Layer {
 public:
  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;

 protected:
  BaseConv(std::size_t rank, std::int64_t filters, const Sizes& kernel_size, ConvOptions options);

 private:
  std::size_t rank_;
  std::int64_t filters_;
  Sizes kernel_size_;
  ConvOptions options_;
  std::int64_t channels_ = 0;
  Variable kernel_;
  Variable bias_;
};

/// `keras.layers.Conv1D`.
class KERATIN_API Conv1D : public CallableLayer<Conv1D, BaseConv> {
 public:
  explicit Conv1D(std::int64_t filters, const Sizes& kernel_size, Conv1DOptions options = {});
  static Conv1D from_config(const Config& config);
};
/// `keras.layers.Conv2D`.
class KERATIN_API Conv2D : public CallableLayer<Conv2D, BaseConv> {
 public:
  explicit Conv2D(std::int64_t filters, const Sizes& kernel_size, Conv2DOptions options = {});
  static Conv2D from_config(const Config& config);
};
/// `keras.layers.Conv3D`.
class KERATIN_API Conv3D : public CallableLayer<Conv3D, BaseConv> {
 public:
  explicit Conv3D(std::int64_t filters, const Sizes& kernel_size, Conv3DOptions options = {});
  static Conv3D from_config(const Config& config);
};
using Convolution1D = Conv1D;
using Convolution2D = Conv2D;
using Convolution3D = Conv3D;

struct ConvTransposeOptions {
  Sizes strides = 1;
  Padding padding = Padding::valid;
  Sizes output_padding = {};  ///< empty: None
  DataFormat data_format = DataFormat::channels_last;
  Sizes dilation_rate = 1;
  keratin::Activation activation = {};
  bool use_bias = true;
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  RegularizerSpec activity_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec bias_constraint = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
using Conv1DTransposeOptions = ConvTransposeOptions;
using Conv2DTransposeOptions = ConvTransposeOptions;
/// Keras's order is another one here.
struct Conv3DTransposeOptions {
  Sizes strides = 1;
  Padding padding = Padding::valid;
  DataFormat data_format = DataFormat::channels_last;
  Sizes output_padding = {};
  Sizes dilation_rate = 1;
  keratin::Activation activation = {};
  bool use_bias = true;
  InitializerSpec kernel_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec kernel_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  RegularizerSpec activity_regularizer = {};
  ConstraintSpec kernel_constraint = {};
  ConstraintSpec bias_constraint = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};

/// What the transposed convolutions have in common; see ops::conv_transpose for the results' sizes. Weights: kernel
/// (space…, filters, channels), bias (filters,). Throws ValueError for an output_padding that isn't below the strides.
class KERATIN_API BaseConvTranspose : public Layer {
 public:
  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;

 protected:
  BaseConvTranspose(std::size_t rank, std::int64_t filters, const Sizes& kernel_size, ConvTransposeOptions options);

 private:
  std::size_t rank_;
  std::int64_t filters_;
  Sizes kernel_size_;
  ConvTransposeOptions options_;
  std::int64_t channels_ = 0;
  Variable kernel_;
  Variable bias_;
};

/// `keras.layers.Conv1DTranspose`.
class KERATIN_API Conv1DTranspose : public CallableLayer<Conv1DTranspose, BaseConvTranspose> {
 public:
  explicit Conv1DTranspose(std::int64_t filters, const Sizes& kernel_size, Conv1DTransposeOptions options = {});
  static Conv1DTranspose from_config(const Config& config);
};
/// `keras.layers.Conv2DTranspose`.
class KERATIN_API Conv2DTranspose : public CallableLayer<Conv2DTranspose, BaseConvTranspose> {
 public:
  explicit Conv2DTranspose(std::int64_t filters, const Sizes& kernel_size, Conv2DTransposeOptions options = {});
  static Conv2DTranspose from_config(const Config& config);
};
/// `keras.layers.Conv3DTranspose`.
class KERATIN_API Conv3DTranspose : public CallableLayer<Conv3DTranspose, BaseConvTranspose> {
 public:
  explicit Conv3DTranspose(std::int64_t filters, const Sizes& kernel_size, Conv3DTransposeOptions options = {});
  static Conv3DTranspose from_config(const Config& config);
};
using Convolution1DTranspose = Conv1DTranspose;
using Convolution2DTranspose = Conv2DTranspose;
using Convolution3DTranspose = Conv3DTranspose;

struct DepthwiseConvOptions {
  Sizes strides = 1;
  Padding padding = Padding::valid;
  std::int64_t depth_multiplier = 1;
  DataFormat data_format = DataFormat::channels_last;
  Sizes dilation_rate = 1;
  keratin::Activation activation = {};
  bool use_bias = true;
  InitializerSpec depthwise_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec depthwise_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  RegularizerSpec activity_regularizer = {};
  ConstraintSpec depthwise_constraint = {};
  ConstraintSpec bias_constraint = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
using DepthwiseConv1DOptions = DepthwiseConvOptions;
using DepthwiseConv2DOptions = DepthwiseConvOptions;

/// What the depthwise convolutions have in common: each channel by itself, with depth_multiplier results. Weights:
/// kernel (space…, channels, depth_multiplier), bias (channels · depth_multiplier,).
class KERATIN_API BaseDepthwiseConv : public Layer {
 public:
  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;

 protected:
  BaseDepthwiseConv(std::size_t rank, const Sizes& kernel_size, DepthwiseConvOptions options);

 private:
  std::size_t rank_;
  Sizes kernel_size_;
  DepthwiseConvOptions options_;
  std::int64_t channels_ = 0;
  Variable kernel_;
  Variable bias_;
};

/// `keras.layers.DepthwiseConv1D`.
class KERATIN_API DepthwiseConv1D : public CallableLayer<DepthwiseConv1D, BaseDepthwiseConv> {
 public:
  explicit DepthwiseConv1D(const Sizes& kernel_size, DepthwiseConv1DOptions options = {});
  static DepthwiseConv1D from_config(const Config& config);
};
/// `keras.layers.DepthwiseConv2D`.
class KERATIN_API DepthwiseConv2D : public CallableLayer<DepthwiseConv2D, BaseDepthwiseConv> {
 public:
  explicit DepthwiseConv2D(const Sizes& kernel_size, DepthwiseConv2DOptions options = {});
  static DepthwiseConv2D from_config(const Config& config);
};

struct SeparableConvOptions {
  Sizes strides = 1;
  Padding padding = Padding::valid;
  DataFormat data_format = DataFormat::channels_last;
  Sizes dilation_rate = 1;
  std::int64_t depth_multiplier = 1;
  keratin::Activation activation = {};
  bool use_bias = true;
  InitializerSpec depthwise_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec pointwise_initializer = {detail::Known{}, "glorot_uniform"};
  InitializerSpec bias_initializer = {detail::Known{}, "zeros"};
  RegularizerSpec depthwise_regularizer = {};
  RegularizerSpec pointwise_regularizer = {};
  RegularizerSpec bias_regularizer = {};
  RegularizerSpec activity_regularizer = {};
  ConstraintSpec depthwise_constraint = {};
  ConstraintSpec pointwise_constraint = {};
  ConstraintSpec bias_constraint = {};
  bool trainable = true;
  DTypePolicy dtype = {};
  std::string name = {};
};
using SeparableConv1DOptions = SeparableConvOptions;
using SeparableConv2DOptions = SeparableConvOptions;

/// What the separable convolutions have in common: a depthwise one, then one over single pixels. Weights:
/// depthwise_kernel (space…, channels, depth_multiplier), pointwise_kernel (1…, channels · depth_multiplier, filters),
/// bias (filters,).
class KERATIN_API BaseSeparableConv : public Layer {
 public:
  void build(const Shape& input) override;
  Tensor call(const Tensor& x, const CallContext& context) override;
  Config config() const override;

 protected:
  BaseSeparableConv(std::size_t rank, std::int64_t filters, const Sizes& kernel_size, SeparableConvOptions options);

 private:
  std::size_t rank_;
  std::int64_t filters_;
  Sizes kernel_size_;
  SeparableConvOptions options_;
  std::int64_t channels_ = 0;
  Variable depthwise_kernel_;
  Variable pointwise_kernel_;
  Variable bias_;
};

/// `keras.layers.SeparableConv1D`.
class KERATIN_API SeparableConv1D : public CallableLayer<SeparableConv1D, BaseSeparableConv> {
 public:
  explicit SeparableConv1D(std::int64_t filters, const Sizes& kernel_size, SeparableConv1DOptions options = {});
  static SeparableConv1D from_config(const Config& config);
};
/// `keras.layers.SeparableConv2D`.
class KERATIN_API SeparableConv2D : public CallableLayer<SeparableConv2D, BaseSeparableConv> {
 public:
  explicit SeparableConv2D(std::int64_t filters, const Sizes& kernel_size, SeparableConv2DOptions options = {});
  static SeparableConv2D from_config(const Config& config);
};
using SeparableConvolution1D = SeparableConv1D;
using SeparableConvolution2D = SeparableConv2D;

}  // namespace keratin::inline v0::layers
