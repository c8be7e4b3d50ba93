#include <algorithm>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/layers/convolutional.h"
#include "keratin/ops/conv.h"
#include "layers/checks.h"
#include "layers/windows.h"

namespace keratin::inline v0::layers {
namespace {

constexpr auto conv_transpose_options = [](auto& option, auto& filters, auto& kernel_size, auto& options) {
  option.required("filters", filters);
  option.required("kernel_size", kernel_size);
  option("strides", options.strides);
  option("padding", options.padding);
  option("output_padding", options.output_padding);
  option("data_format", options.data_format);
  option("dilation_rate", options.dilation_rate);
  option("activation", options.activation);
  option("use_bias", options.use_bias);
  kernel_and_bias_options(option, options);
};

template <class T, class Options>
T conv_transpose_from(const Config& config, std::string_view layer) {
  std::int64_t filters = 0;
  Sizes kernel_size;
  Options options;
  read(config, layer, conv_transpose_options, filters, kernel_size, options);
  return T(filters, kernel_size, std::move(options));
}

ConvTransposeOptions in_other_order(Conv3DTransposeOptions options) {
  return {.strides = options.strides,
          .padding = options.padding,
          .output_padding = options.output_padding,
          .data_format = options.data_format,
          .dilation_rate = options.dilation_rate,
          .activation = std::move(options.activation),
          .use_bias = options.use_bias,
          .kernel_initializer = std::move(options.kernel_initializer),
          .bias_initializer = std::move(options.bias_initializer),
          .kernel_regularizer = std::move(options.kernel_regularizer),
          .bias_regularizer = std::move(options.bias_regularizer),
          .activity_regularizer = std::move(options.activity_regularizer),
          .kernel_constraint = std::move(options.kernel_constraint),
          .bias_constraint = std::move(options.bias_constraint),
          .trainable = options.trainable,
          .dtype = options.dtype,
          .name = std::move(options.name)};
}

}  // namespace

BaseConvTranspose::BaseConvTranspose(std::size_t rank, std::int64_t filters, const Sizes& kernel_size,
                                     ConvTransposeOptions options)
    : Layer(options.name), rank_(rank), filters_(filters), kernel_size_(kernel_size), options_(std::move(options)) {
  const std::string layer = with_rank("Conv", rank, "Transpose");
  checked_positive(filters_, layer, "filters");
  spread_windows(layer, rank, kernel_size_, options_);
  refuse_strides_with_dilation(layer, options_.strides, options_.dilation_rate);
  refuse_causal(layer, options_.padding);
  if (!options_.output_padding.empty()) {
    options_.output_padding = spread(options_.output_padding, rank, layer, "output_padding", 0);
    if (!std::ranges::equal(options_.output_padding.values(), options_.strides.values(), std::less()))
      throw ValueError(layer + ": `output_padding` must be below `strides`. Received: output_padding=" +
                       to_string(Shape(options_.output_padding.values())) +
                       ", strides=" + to_string(Shape(options_.strides.values())));
  }
  set_common(options_.trainable, options_.dtype);
  set_activity_regularizer(options_.activity_regularizer);
}

void BaseConvTranspose::build(const Shape& input) {
  channels_ = known_channels(*this, input, rank_, options_.data_format);
  kernel_ = add_weight("kernel", kernel_shape(kernel_size_, filters_, channels_),
                       {.initializer = options_.kernel_initializer,
                        .regularizer = options_.kernel_regularizer,
                        .constraint = options_.kernel_constraint});
  if (options_.use_bias) bias_ = add_weight("bias", {filters_}, bias_weight(options_));
}

Tensor BaseConvTranspose::call(const Tensor& x, const CallContext& /*context*/) {
  check_channels(*this, x.shape(), rank_, options_.data_format, channels_);
  const Tensor y = ops::conv_transpose(x, kernel_, options_.strides, options_.padding, options_.output_padding,
                                       options_.data_format, options_.dilation_rate);
  return finished(options_, y, rank_, bias_);
}

Config BaseConvTranspose::config() const { return written(conv_transpose_options, filters_, kernel_size_, options_); }

Conv1DTranspose::Conv1DTranspose(std::int64_t filters, const Sizes& kernel_size, Conv1DTransposeOptions options)
    : CallableLayer(1, filters, kernel_size, std::move(options)) {}
Conv1DTranspose Conv1DTranspose::from_config(const Config& config) {
  return conv_transpose_from<Conv1DTranspose, Conv1DTransposeOptions>(config, "Conv1DTranspose");
}

Conv2DTranspose::Conv2DTranspose(std::int64_t filters, const Sizes& kernel_size, Conv2DTransposeOptions options)
    : CallableLayer(2, filters, kernel_size, std::move(options)) {}
Conv2DTranspose Conv2DTranspose::from_config(const Config& config) {
  return conv_transpose_from<Conv2DTranspose, Conv2DTransposeOptions>(config, "Conv2DTranspose");
}

Conv3DTranspose::Conv3DTranspose(std::int64_t filters, const Sizes& kernel_size, Conv3DTransposeOptions options)
    : CallableLayer(3, filters, kernel_size, in_other_order(std::move(options))) {}
Conv3DTranspose Conv3DTranspose::from_config(const Config& config) {
  return conv_transpose_from<Conv3DTranspose, Conv3DTransposeOptions>(config, "Conv3DTranspose");
}

}  // namespace keratin::inline v0::layers
