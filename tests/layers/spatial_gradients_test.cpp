// Gradients of layers over space against central differences.
#include <gtest/gtest.h>

#include "keratin/layers/convolutional.h"
#include "keratin/layers/pooling.h"
#include "keratin/layers/spatial.h"
#include "layers/gradient_harness.h"

namespace {

using namespace keratin;
using test::check_gradients;

TEST(SpatialLayerGradients, Convolutions) {
  check_gradients({
      {.name = "Conv1D", .layer = layers::Conv1D(2, 2, {.activation = "tanh"}), .inputs = {{2, 5, 2}}},
      {.name = "Conv1D causal",
       .layer = layers::Conv1D(2, 2, {.padding = "causal", .dilation_rate = 2}),
       .inputs = {{2, 5, 2}}},
      {.name = "Conv2D with penalties",
       .layer = layers::Conv2D(
           2, {2, 3}, {.strides = 2, .padding = "same", .kernel_regularizer = "l2", .activity_regularizer = "l2"}),
       .inputs = {{2, 4, 5, 2}}},
      {.name = "Conv2D groups, channels last",
       .layer = layers::Conv2D(4, 2, {.groups = 2, .use_bias = false}),
       .inputs = {{1, 3, 3, 4}}},
      {.name = "Conv2D, channels first",
       .layer = layers::Conv2D(2, 2, {.data_format = "channels_first"}),
       .inputs = {{2, 2, 3, 4}}},
      {.name = "Conv3D", .layer = layers::Conv3D(2, 2, {.padding = "same"}), .inputs = {{1, 2, 3, 2, 2}}},
      {.name = "Conv1DTranspose", .layer = layers::Conv1DTranspose(2, 3, {.strides = 2}), .inputs = {{2, 4, 2}}},
      {.name = "Conv2DTranspose",
       .layer = layers::Conv2DTranspose(2, {3, 2},
                                        {.strides = 2, .padding = "same", .output_padding = 1, .activation = "tanh"}),
       .inputs = {{1, 3, 2, 2}}},
      {.name = "Conv3DTranspose",
       .layer = layers::Conv3DTranspose(1, 2, {.strides = {1, 3, 1}, .data_format = "channels_first"}),
       .inputs = {{1, 2, 2, 2, 2}}},
      {.name = "DepthwiseConv1D", .layer = layers::DepthwiseConv1D(2, {.depth_multiplier = 2}), .inputs = {{2, 4, 2}}},
      {.name = "DepthwiseConv2D",
       .layer = layers::DepthwiseConv2D(2, {.padding = "same", .dilation_rate = 2}),
       .inputs = {{1, 4, 3, 2}}},
      {.name = "SeparableConv1D", .layer = layers::SeparableConv1D(3, 2, {.strides = 2}), .inputs = {{2, 5, 2}}},
      {.name = "SeparableConv2D",
       .layer = layers::SeparableConv2D(2, 2, {.depth_multiplier = 2, .pointwise_regularizer = "l2"}),
       .inputs = {{1, 3, 4, 2}}},
  });
}

TEST(SpatialLayerGradients, Pooling) {
  check_gradients({
      {.name = "MaxPooling1D", .layer = layers::MaxPooling1D(2), .inputs = {{2, 5, 2}}},
      {.name = "MaxPooling2D",
       .layer = layers::MaxPooling2D({3, 2}, {.strides = 1, .padding = "same"}),
       .inputs = {{1, 4, 3, 2}}},
      {.name = "MaxPooling3D",
       .layer = layers::MaxPooling3D(2, {.data_format = "channels_first"}),
       .inputs = {{1, 2, 2, 3, 4}}},
      {.name = "AveragePooling1D",
       .layer = layers::AveragePooling1D(3, {.strides = 2, .padding = "same"}),
       .inputs = {{2, 6, 2}}},
      {.name = "AveragePooling2D", .layer = layers::AveragePooling2D(2), .inputs = {{1, 4, 3, 2}}},
      {.name = "AveragePooling3D", .layer = layers::AveragePooling3D({1, 2, 2}), .inputs = {{1, 2, 2, 3, 2}}},
      {.name = "AdaptiveMaxPooling1D", .layer = layers::AdaptiveMaxPooling1D(3), .inputs = {{2, 5, 2}}},
      {.name = "AdaptiveMaxPooling2D", .layer = layers::AdaptiveMaxPooling2D({2, 3}), .inputs = {{1, 3, 4, 2}}},
      {.name = "AdaptiveMaxPooling3D", .layer = layers::AdaptiveMaxPooling3D(2), .inputs = {{1, 3, 2, 3, 2}}},
      {.name = "AdaptiveAveragePooling1D", .layer = layers::AdaptiveAveragePooling1D(3), .inputs = {{2, 5, 2}}},
      {.name = "AdaptiveAveragePooling2D", .layer = layers::AdaptiveAveragePooling2D(2), .inputs = {{1, 3, 5, 2}}},
      {.name = "AdaptiveAveragePooling3D",
       .layer = layers::AdaptiveAveragePooling3D(2, {.data_format = "channels_first"}),
       .inputs = {{1, 2, 3, 2, 3}}},
  });
}

TEST(SpatialLayerGradients, GlobalPooling) {
  check_gradients({
      {.name = "GlobalMaxPooling1D", .layer = layers::GlobalMaxPooling1D(), .inputs = {{2, 4, 2}}},
      {.name = "GlobalMaxPooling2D", .layer = layers::GlobalMaxPooling2D(), .inputs = {{2, 3, 2, 2}}},
      {.name = "GlobalMaxPooling3D",
       .layer = layers::GlobalMaxPooling3D({.keepdims = true}),
       .inputs = {{1, 2, 3, 2, 2}}},
      {.name = "GlobalAveragePooling1D", .layer = layers::GlobalAveragePooling1D(), .inputs = {{2, 3, 2}}},
      {.name = "GlobalAveragePooling1D masked",
       .layer = layers::GlobalAveragePooling1D(),
       .inputs = {{2, 3, 2}},
       .masks = {test::mask_of({true, false, true, false, true, false}, {2, 3})}},
      {.name = "GlobalAveragePooling2D",
       .layer = layers::GlobalAveragePooling2D({.data_format = "channels_first"}),
       .inputs = {{2, 3, 2, 2}}},
      {.name = "GlobalAveragePooling3D", .layer = layers::GlobalAveragePooling3D(), .inputs = {{1, 2, 3, 2, 2}}},
  });
}

TEST(SpatialLayerGradients, PaddingCroppingAndUpSampling) {
  check_gradients({
      {.name = "ZeroPadding1D", .layer = layers::ZeroPadding1D({1, 2}), .inputs = {{2, 3, 2}}},
      {.name = "ZeroPadding2D", .layer = layers::ZeroPadding2D({{0, 1}, {2, 0}}), .inputs = {{1, 2, 3, 2}}},
      {.name = "ZeroPadding3D", .layer = layers::ZeroPadding3D(1), .inputs = {{1, 1, 2, 2, 2}}},
      {.name = "Cropping1D", .layer = layers::Cropping1D({1, 0}), .inputs = {{2, 3, 2}}},
      {.name = "Cropping2D", .layer = layers::Cropping2D({1, 0}), .inputs = {{1, 4, 3, 2}}},
      {.name = "Cropping3D",
       .layer = layers::Cropping3D({0, 1, 0}, {.data_format = "channels_first"}),
       .inputs = {{1, 2, 2, 3, 2}}},
      {.name = "UpSampling1D", .layer = layers::UpSampling1D(2), .inputs = {{2, 3, 2}}},
      {.name = "UpSampling2D", .layer = layers::UpSampling2D({1, 2}), .inputs = {{1, 2, 3, 2}}},
      {.name = "UpSampling2D bilinear",
       .layer = layers::UpSampling2D(2, {.interpolation = "bilinear"}),
       .inputs = {{1, 2, 3, 2}}},
      {.name = "UpSampling2D bicubic",
       .layer = layers::UpSampling2D(2, {.data_format = "channels_first", .interpolation = "bicubic"}),
       .inputs = {{1, 2, 3, 3}}},
      {.name = "UpSampling2D lanczos3",
       .layer = layers::UpSampling2D(2, {.interpolation = "lanczos3"}),
       .inputs = {{1, 3, 3, 1}}},
      {.name = "UpSampling2D lanczos5",
       .layer = layers::UpSampling2D(2, {.interpolation = "lanczos5"}),
       .inputs = {{1, 3, 3, 1}}},
      {.name = "UpSampling3D", .layer = layers::UpSampling3D({2, 1, 2}), .inputs = {{1, 2, 2, 1, 2}}},
  });
}

}  // namespace
