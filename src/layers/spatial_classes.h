#pragma once

#include <array>

#include "keratin/layers/convolutional.h"
#include "keratin/layers/pooling.h"
#include "keratin/layers/spatial.h"
#include "layers/registry.h"

// Layers over space, for the registry.
namespace keratin::inline v0::layers {

inline constexpr std::array convolutional_classes{layer_class<Conv1D>("Conv1D"),
                                                  layer_class<Conv2D>("Conv2D"),
                                                  layer_class<Conv3D>("Conv3D"),
                                                  layer_class<Conv1DTranspose>("Conv1DTranspose"),
                                                  layer_class<Conv2DTranspose>("Conv2DTranspose"),
                                                  layer_class<Conv3DTranspose>("Conv3DTranspose"),
                                                  layer_class<DepthwiseConv1D>("DepthwiseConv1D"),
                                                  layer_class<DepthwiseConv2D>("DepthwiseConv2D"),
                                                  layer_class<SeparableConv1D>("SeparableConv1D"),
                                                  layer_class<SeparableConv2D>("SeparableConv2D")};

inline constexpr std::array pooling_classes{layer_class<MaxPooling1D>("MaxPooling1D"),
                                            layer_class<MaxPooling2D>("MaxPooling2D"),
                                            layer_class<MaxPooling3D>("MaxPooling3D"),
                                            layer_class<AveragePooling1D>("AveragePooling1D"),
                                            layer_class<AveragePooling2D>("AveragePooling2D"),
                                            layer_class<AveragePooling3D>("AveragePooling3D"),
                                            layer_class<GlobalMaxPooling1D>("GlobalMaxPooling1D"),
                                            layer_class<GlobalMaxPooling2D>("GlobalMaxPooling2D"),
                                            layer_class<GlobalMaxPooling3D>("GlobalMaxPooling3D"),
                                            layer_class<GlobalAveragePooling1D>("GlobalAveragePooling1D"),
                                            layer_class<GlobalAveragePooling2D>("GlobalAveragePooling2D"),
                                            layer_class<GlobalAveragePooling3D>("GlobalAveragePooling3D"),
                                            layer_class<AdaptiveMaxPooling1D>("AdaptiveMaxPooling1D"),
                                            layer_class<AdaptiveMaxPooling2D>("AdaptiveMaxPooling2D"),
                                            layer_class<AdaptiveMaxPooling3D>("AdaptiveMaxPooling3D"),
                                            layer_class<AdaptiveAveragePooling1D>("AdaptiveAveragePooling1D"),
                                            layer_class<AdaptiveAveragePooling2D>("AdaptiveAveragePooling2D"),
                                            layer_class<AdaptiveAveragePooling3D>("AdaptiveAveragePooling3D")};

inline constexpr std::array spatial_classes{
    layer_class<ZeroPadding1D>("ZeroPadding1D"), layer_class<ZeroPadding2D>("ZeroPadding2D"),
    layer_class<ZeroPadding3D>("ZeroPadding3D"), layer_class<Cropping1D>("Cropping1D"),
    layer_class<Cropping2D>("Cropping2D"),       layer_class<Cropping3D>("Cropping3D"),
    layer_class<UpSampling1D>("UpSampling1D"),   layer_class<UpSampling2D>("UpSampling2D"),
    layer_class<UpSampling3D>("UpSampling3D")};

}  // namespace keratin::inline v0::layers
