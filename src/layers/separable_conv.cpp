#include <utility>

#include "keratin/layers/convolutional.h"
#include "keratin/ops/conv.h"
#include "layers/checks.h"
#include "layers/windows.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto depthwise_options = [](auto& option, auto& kernel_size, auto& options) {
  option("depth_multiplier", options.depth_multiplier);
  option.required("kernel_size", kernel_size);
  option("strides", options.strides);
  option("padding", options.padding);
  option("data_format", options.data_format);
  option("dilation_rate", options.dilation_rate);
  option("activation", options.activation);
  option("use_bias", options.use_bias);
  option("depthwise_initializer", options.depthwise_initializer);
  option("bias_initializer", options.bias_initializer);
  option("depthwise_regularizer", options.depthwise_regularizer);
  option("bias_regularizer", options.bias_regularizer);
  option("activity_regularizer", options.activity_regularizer);
  option("depthwise_constraint", options.depthwise_constraint);
  option("bias_constraint", options.bias_constraint);
};

constexpr auto separable_options = [](auto& option, auto& filters, auto& kernel_size, auto& options) {
  option("depth_multiplier", options.depth_multiplier);
  option.required("filters", filters);
  option.required("kernel_size", kernel_size);
  option("strides", options.strides);
  option("padding", options.padding);
  option("data_format", options.data_format);
  option("dilation_rate", options.dilation_rate);
  option("activation", options.activation);
  option("use_bias", options.use_bias);
  option("depthwise_initializer", options.depthwise_initializer);
  option("pointwise_initializer", options.pointwise_initializer);
  option("bias_initializer", options.bias_initializer);
  option("depthwise_regularizer", options.depthwise_regularizer);
  option("pointwise_regularizer", options.pointwise_regularizer);
  option("bias_regularizer", options.bias_regularizer);
  option("activity_regularizer", options.activity_regularizer);
  option("depthwise_constraint", options.depthwise_constraint);
  option("pointwise_constraint", options.pointwise_constraint);
  option("bias_constraint", options.bias_constraint);
};

template <class T>
T depthwise_from(const Config& config, std::string_view layer) {
  Sizes kernel_size;
  DepthwiseConvOptions options;
  read(config, layer, depthwise_options, kernel_size, options);
  return T(kernel_size, std::move(options));
}

template <class T>
T separable_from(const Config& config, std::string_view layer) {
  std::int64_t filters = 0;
  Sizes kernel_size;
  SeparableConvOptions options;
  read(config, layer, separable_options, filters, kernel_size, options);
  return T(filters, kernel_size, std::move(options));
}

}  // namespace

BaseDepthwiseConv::BaseDepthwiseConv(std::size_t rank, const Sizes& kernel_size, DepthwiseConvOptions options)
    : Layer(options.name), rank_(rank), kernel_size_(kernel_size), options_(std::move(options)) {
  const std::string layer = with_rank("DepthwiseConv", rank);
  checked_positive(options_.depth_multiplier, layer, "depth_multiplier");
  spread_windows(layer, rank, kernel_size_, options_);
  refuse_causal(layer, options_.padding);
  set_common(options_.trainable, options_.dtype);
  set_activity_regularizer(options_.activity_regularizer);
}

void BaseDepthwiseConv::build(const Shape& input) {
  channels_ = known_channels(*this, input, rank_, options_.data_format);
  kernel_ = add_weight("kernel", kernel_shape(kernel_size_, channels_, options_.depth_multiplier),
                       depthwise_weight(options_));
  if (options_.use_bias) bias_ = add_weight("bias", {channels_ * options_.depth_multiplier}, bias_weight(options_));
}

Tensor BaseDepthwiseConv::call(const Tensor& x, const CallContext& /*context*/) {
  check_channels(*this, x.shape(), rank_, options_.data_format, channels_);
  const Tensor y =
      ops::depthwise_conv(x, kernel_, options_.strides, options_.padding, options_.data_format, options_.dilation_rate);
  return finished(options_, y, rank_, bias_);
}

Config BaseDepthwiseConv::config() const { return written(depthwise_options, kernel_size_, options_); }

DepthwiseConv1D::DepthwiseConv1D(const Sizes& kernel_size, DepthwiseConv1DOptions options)
    : CallableLayer(1, kernel_size, std::move(options)) {}
DepthwiseConv1D DepthwiseConv1D::from_config(const Config& config) {
  return depthwise_from<DepthwiseConv1D>(config, "DepthwiseConv1D");
}

DepthwiseConv2D::DepthwiseConv2D(const Sizes& kernel_size, DepthwiseConv2DOptions options)
    : CallableLayer(2, kernel_size, std::move(options)) {}
DepthwiseConv2D DepthwiseConv2D::from_config(const Config& config) {
  return depthwise_from<DepthwiseConv2D>(config, "DepthwiseConv2D");
}

BaseSeparableConv::BaseSeparableConv(std::size_t rank, std::int64_t filters, const Sizes& kernel_size,
                                     SeparableConvOptions options)
    : Layer(options.name), rank_(rank), filters_(filters), kernel_size_(kernel_size), options_(std::move(options)) {
  const std::string layer = with_rank("SeparableConv", rank);
  checked_positive(filters_, layer, "filters");
  checked_positive(options_.depth_multiplier, layer, "depth_multiplier");
  spread_windows(layer, rank, kernel_size_, options_);
  refuse_causal(layer, options_.padding);
  set_common(options_.trainable, options_.dtype);
  set_activity_regularizer(options_.activity_regularizer);
}

void BaseSeparableConv::build(const Shape& input) {
  channels_ = known_channels(*this, input, rank_, options_.data_format);
  const Sizes pixel = spread(1, rank_, class_name(), "kernel_size");
  depthwise_kernel_ = add_weight("depthwise_kernel", kernel_shape(kernel_size_, channels_, options_.depth_multiplier),
                                 depthwise_weight(options_));
  pointwise_kernel_ =
      add_weight("pointwise_kernel", kernel_shape(pixel, channels_ * options_.depth_multiplier, filters_),
                 {.initializer = options_.pointwise_initializer,
                  .regularizer = options_.pointwise_regularizer,
                  .constraint = options_.pointwise_constraint});
  if (options_.use_bias) bias_ = add_weight("bias", {filters_}, bias_weight(options_));
}

Tensor BaseSeparableConv::call(const Tensor& x, const CallContext& /*context*/) {
  check_channels(*this, x.shape(), rank_, options_.data_format, channels_);
  const Tensor y = ops::separable_conv(x, depthwise_kernel_, pointwise_kernel_, options_.strides, options_.padding,
                                       options_.data_format, options_.dilation_rate);
  return finished(options_, y, rank_, bias_);
}

Config BaseSeparableConv::config() const { return written(separable_options, filters_, kernel_size_, options_); }

SeparableConv1D::SeparableConv1D(std::int64_t filters, const Sizes& kernel_size, SeparableConv1DOptions options)
    : CallableLayer(1, filters, kernel_size, std::move(options)) {}
SeparableConv1D SeparableConv1D::from_config(const Config& config) {
  return separable_from<SeparableConv1D>(config, "SeparableConv1D");
}

SeparableConv2D::SeparableConv2D(std::int64_t filters, const Sizes& kernel_size, SeparableConv2DOptions options)
    : CallableLayer(2, filters, kernel_size, std::move(options)) {}
SeparableConv2D SeparableConv2D::from_config(const Config& config) {
  return separable_from<SeparableConv2D>(config, "SeparableConv2D");
}

}  // namespace keratin::inline v0::layers
