#include "keratin/layers/convolutional.h"

#include <utility>

#include "keratin/core/error.h"
#include "keratin/ops/conv.h"
#include "keratin/ops/shape.h"
#include "layers/checks.h"
#include "layers/windows.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto conv_options = [](auto& option, auto& filters, auto& kernel_size, auto& options) {
  option.required("filters", filters);
  option.required("kernel_size", kernel_size);
  option("strides", options.strides);
  option("padding", options.padding);
  option("data_format", options.data_format);
  option("dilation_rate", options.dilation_rate);
  option("groups", options.groups);
  option("activation", options.activation);
  option("use_bias", options.use_bias);
  kernel_and_bias_options(option, options);
};

template <class T>
T conv_from(const Config& config, std::string_view layer) {
  std::int64_t filters = 0;
  Sizes kernel_size;
  ConvOptions options;
  read(config, layer, conv_options, filters, kernel_size, options);
  return T(filters, kernel_size, std::move(options));
}

/// Zeros in front of the steps, so that no result sees a later one.
Tensor padded_in_front(const Tensor& x, std::int64_t size, DataFormat format) {
  ops::PadWidth width(3);
  width[format == DataFormat::channels_last ? 1 : 2].first = size;
  return ops::pad(x, width);
}

}  // namespace

BaseConv::BaseConv(std::size_t rank, std::int64_t filters, const Sizes& kernel_size, ConvOptions options)
    : Layer(options.name), rank_(rank), filters_(filters), kernel_size_(kernel_size), options_(std::move(options)) {
  const std::string layer = with_rank("Conv", rank);
  checked_positive(filters_, layer, "filters");
  checked_positive(options_.groups, layer, "groups");
  spread_windows(layer, rank, kernel_size_, options_);
  refuse_strides_with_dilation(layer, options_.strides, options_.dilation_rate);
  if (rank > 1) refuse_causal(layer, options_.padding);
  if (filters_ % options_.groups != 0)
    throw ValueError(layer + ": `filters` must be a multiple of `groups`. Received: filters=" +
                     std::to_string(filters_) + ", groups=" + std::to_string(options_.groups));
  set_common(options_.trainable, options_.dtype);
  set_activity_regularizer(options_.activity_regularizer);
}

void BaseConv::build(const Shape& input) {
  channels_ = known_channels(*this, input, rank_, options_.data_format);
  if (channels_ % options_.groups != 0)
    throw ShapeError(title(*this) + ": the inputs' channels must be a multiple of `groups`. Received: groups=" +
                     std::to_string(options_.groups) + ", inputs of shape " + to_string(input));
  kernel_ = add_weight("kernel", kernel_shape(kernel_size_, channels_ / options_.groups, filters_),
                       {.initializer = options_.kernel_initializer,
                        .regularizer = options_.kernel_regularizer,
                        .constraint = options_.kernel_constraint});
  if (options_.use_bias) bias_ = add_weight("bias", {filters_}, bias_weight(options_));
}

Tensor BaseConv::call(const Tensor& x, const CallContext& /*context*/) {
  check_channels(*this, x.shape(), rank_, options_.data_format, channels_);
  const bool is_causal = options_.padding == Padding::causal;
  const std::int64_t missing = options_.dilation_rate.values()[0] * (kernel_size_.values()[0] - 1);
  const Tensor y =
      ops::conv(is_causal ? padded_in_front(x, missing, options_.data_format) : x, kernel_, options_.strides,
                is_causal ? Padding(Padding::valid) : options_.padding, options_.data_format, options_.dilation_rate);
  return finished(options_, y, rank_, bias_);
}

Config BaseConv::config() const { return written(conv_options, filters_, kernel_size_, options_); }

Conv1D::Conv1D(std::int64_t filters, const Sizes& kernel_size, Conv1DOptions options)
    : CallableLayer(1, filters, kernel_size, std::move(options)) {}
Conv1D Conv1D::from_config(const Config& config) { return conv_from<Conv1D>(config, "Conv1D"); }

Conv2D::Conv2D(std::int64_t filters, const Sizes& kernel_size, Conv2DOptions options)
    : CallableLayer(2, filters, kernel_size, std::move(options)) {}
Conv2D Conv2D::from_config(const Config& config) { return conv_from<Conv2D>(config, "Conv2D"); }

Conv3D::Conv3D(std::int64_t filters, const Sizes& kernel_size, Conv3DOptions options)
    : CallableLayer(3, filters, kernel_size, std::move(options)) {}
Conv3D Conv3D::from_config(const Config& config) { return conv_from<Conv3D>(config, "Conv3D"); }

}  // namespace keratin::inline v0::layers
