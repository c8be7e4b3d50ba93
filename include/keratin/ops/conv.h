#pragma once

#include "keratin/core/export.h"
#include "keratin/graph/tensor.h"
#include "keratin/ops/windows.h"

/// Convolutions and pooling of 1 to 3 spatial dimensions, with Keras's names and parameter order. Inputs are (batch,
/// space…, channels), or (batch, channels, space…) with data_format "channels_first". float16 and bfloat16 are computed
/// in float32. All throw ShapeError for shapes that don't fit, an input smaller than the window among them, ValueError
/// for sizes below 1 or of another number than the input's spatial dimensions, and DTypeError for what isn't floating.
namespace keratin::inline v0::ops {

/// kernel: (space…, in / groups, out); the number of groups follows from the inputs' channels.
KERATIN_API Tensor conv(const Tensor& inputs, const Tensor& kernel, const Sizes& strides = 1,
                        Padding padding = Padding::valid, DataFormat data_format = DataFormat::channels_last,
                        const Sizes& dilation_rate = 1);
/// What takes a convolution's result to its input's size, with its kernel: (space…, out, in). Sizes of the result, for
/// a window that reaches over k: "valid" (n − 1)·stride + max(k, stride), "same" n·stride; with output_padding, which
/// is below the stride, (n − 1)·stride + k + output_padding, or (n − 1)·stride + k mod 2 + output_padding.
KERATIN_API Tensor conv_transpose(const Tensor& inputs, const Tensor& kernel, const Sizes& strides = 1,
                                  Padding padding = Padding::valid, const Sizes& output_padding = {},
                                  DataFormat data_format = DataFormat::channels_last, const Sizes& dilation_rate = 1);
/// Each channel by itself. kernel: (space…, in, multiplier); the result has in · multiplier channels.
KERATIN_API Tensor depthwise_conv(const Tensor& inputs, const Tensor& kernel, const Sizes& strides = 1,
                                  Padding padding = Padding::valid, DataFormat data_format = DataFormat::channels_last,
                                  const Sizes& dilation_rate = 1);
/// depthwise_conv, and then a convolution over single pixels. pointwise_kernel: (1…, in · multiplier, out).
KERATIN_API Tensor separable_conv(const Tensor& inputs, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                                  const Sizes& strides = 1, Padding padding = Padding::valid,
                                  DataFormat data_format = DataFormat::channels_last, const Sizes& dilation_rate = 1);

/// The largest element of each window, of any dtype of 32 bits at most, and float64. NaN where one is NaN.
KERATIN_API Tensor max_pool(const Tensor& inputs, const Sizes& pool_size, const Sizes& strides = {},
                            Padding padding = Padding::valid, DataFormat data_format = DataFormat::channels_last);
/// The mean of each window, in which padding doesn't count.
KERATIN_API Tensor average_pool(const Tensor& inputs, const Sizes& pool_size, const Sizes& strides = {},
                                Padding padding = Padding::valid, DataFormat data_format = DataFormat::channels_last);
/// The same over output_size windows along each dimension; number i goes from ⌊i·n/size⌋ up to ⌈(i + 1)·n/size⌉.
KERATIN_API Tensor adaptive_max_pool(const Tensor& inputs, const Sizes& output_size,
                                     DataFormat data_format = DataFormat::channels_last);
KERATIN_API Tensor adaptive_average_pool(const Tensor& inputs, const Sizes& output_size,
                                         DataFormat data_format = DataFormat::channels_last);

}  // namespace keratin::inline v0::ops
