"""Writes tests/layers/data/keras_spatial.h: what Keras's layers over space give, and their get_config.

    KERAS_BACKEND=tensorflow python tests/support/record_spatial_layers.py

Inputs are wave(shape), the weights wave(shape, 0.5, 0.1); see tests/layers/spatial_layers_test.cpp, which has the same layers under
the same names. Needs keras and tensorflow of the versions that the file names, and clang-format-16.
"""

import pathlib
import subprocess

import keras
import numpy as np
from keras import constraints, initializers, layers, regularizers
from record_keras import numbers
from record_layer_configs import config, text

PATH = pathlib.Path(__file__).resolve().parents[1] / "layers" / "data" / "keras_spatial.h"
HEADER = """#pragma once

#include "layers/recorded_layer.h"

// What Keras {version} gives, layer by layer. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_spatial_layers.py

namespace keratin::test {{

inline const RecordedLayer keras_spatial[] = {{
{rows}
}};

}}  // namespace keratin::test
"""

kernels = dict(
    kernel_initializer=initializers.RandomUniform(0.5, 1.5, seed=3),
    bias_initializer=initializers.Constant(0.5),
    kernel_regularizer=regularizers.L1(0.25),
    bias_regularizer=regularizers.L2(0.125),
    activity_regularizer=regularizers.L1(0.5),
    kernel_constraint=constraints.NonNeg(),
    bias_constraint=constraints.MaxNorm(1.5, axis=0),
)
depthwise = {key.replace("kernel_", "depthwise_"): value for key, value in kernels.items()}
first = dict(data_format="channels_first")

# name: (layer, input shape)
LAYERS = {
    "Conv1D": (layers.Conv1D(3, 2, activation="tanh"), (2, 5, 2)),
    "Conv1D causal": (layers.Conv1D(2, 3, padding="causal", dilation_rate=2), (1, 7, 2)),
    "Conv1D causal, channels first": (layers.Conv1D(2, 3, padding="causal", strides=2, **first), (1, 2, 7)),
    "Conv2D": (layers.Conv2D(2, (3, 2), strides=2, padding="same", activation="relu", **kernels), (2, 5, 4, 3)),
    "Conv2D groups": (layers.Conv2D(4, 2, groups=2, use_bias=False), (1, 4, 3, 4)),
    "Conv2D, channels first": (layers.Conv2D(2, 2, dilation_rate=(1, 2), **first), (1, 3, 4, 4)),
    "Conv3D": (layers.Conv3D(2, (2, 1, 2), strides=(1, 2, 1)), (1, 3, 4, 3, 2)),
    "Conv1DTranspose": (layers.Conv1DTranspose(2, 3, strides=2, padding="same"), (2, 4, 2)),
    "Conv2DTranspose": (
        layers.Conv2DTranspose(2, (3, 2), strides=2, output_padding=1, activation="relu", **kernels),
        (1, 3, 2, 2),
    ),
    "Conv2DTranspose same": (layers.Conv2DTranspose(2, 3, strides=(2, 3), padding="same", output_padding=(0, 1)), (1, 2, 3, 2)),
    "Conv2DTranspose dilated": (layers.Conv2DTranspose(1, 2, dilation_rate=2), (1, 3, 2, 2)),
    "Conv2DTranspose, channels first": (layers.Conv2DTranspose(3, 2, strides=1, **first), (1, 2, 3, 2)),
    "Conv3DTranspose": (layers.Conv3DTranspose(1, 2, strides=(1, 2, 1), use_bias=False), (1, 2, 2, 2, 2)),
    "DepthwiseConv1D": (layers.DepthwiseConv1D(3, depth_multiplier=2, padding="same"), (2, 4, 2)),
    "DepthwiseConv2D": (layers.DepthwiseConv2D((2, 3), depth_multiplier=2, strides=2, **depthwise), (1, 5, 5, 2)),
    "DepthwiseConv2D, channels first": (layers.DepthwiseConv2D(2, dilation_rate=2, padding="same", **first), (1, 2, 4, 3)),
    "SeparableConv1D": (layers.SeparableConv1D(3, 2, strides=2, padding="same", activation="tanh"), (2, 5, 2)),
    "SeparableConv2D": (
        layers.SeparableConv2D(
            2,
            (3, 2),
            depth_multiplier=2,
            pointwise_initializer=initializers.Constant(0.25),
            pointwise_regularizer=regularizers.L2(0.5),
            pointwise_constraint=constraints.NonNeg(),
            **depthwise,
        ),
        (1, 4, 4, 2),
    ),
    "MaxPooling1D": (layers.MaxPooling1D(), (2, 5, 2)),
    "MaxPooling2D": (layers.MaxPooling2D((3, 2), strides=(1, 2), padding="same"), (1, 4, 5, 2)),
    "MaxPooling3D": (layers.MaxPooling3D((2, 1, 2), **first), (1, 2, 4, 2, 3)),
    "AveragePooling1D": (layers.AveragePooling1D(3, strides=2, padding="same"), (2, 5, 2)),
    "AveragePooling2D": (layers.AveragePooling2D(2, strides=1, padding="same", **first), (1, 2, 3, 4)),
    "AveragePooling3D": (layers.AveragePooling3D(2), (1, 4, 3, 2, 2)),
    "GlobalMaxPooling1D": (layers.GlobalMaxPooling1D(), (2, 5, 3)),
    "GlobalMaxPooling2D": (layers.GlobalMaxPooling2D(keepdims=True), (2, 3, 4, 2)),
    "GlobalMaxPooling3D": (layers.GlobalMaxPooling3D(**first), (2, 2, 3, 2, 2)),
    "GlobalAveragePooling1D": (layers.GlobalAveragePooling1D(keepdims=True, **first), (2, 3, 5)),
    "GlobalAveragePooling2D": (layers.GlobalAveragePooling2D(**first), (2, 3, 4, 2)),
    "GlobalAveragePooling3D": (layers.GlobalAveragePooling3D(keepdims=True), (2, 2, 3, 2, 2)),
    "AdaptiveMaxPooling1D": (layers.AdaptiveMaxPooling1D(3), (2, 7, 2)),
    "AdaptiveMaxPooling2D": (layers.AdaptiveMaxPooling2D((2, 3)), (1, 5, 4, 2)),
    "AdaptiveMaxPooling3D": (layers.AdaptiveMaxPooling3D((1, 2, 2), **first), (1, 2, 2, 3, 4)),
    "AdaptiveAveragePooling1D": (layers.AdaptiveAveragePooling1D(4, **first), (2, 2, 7)),
    "AdaptiveAveragePooling2D": (layers.AdaptiveAveragePooling2D(3), (1, 5, 4, 2)),
    "AdaptiveAveragePooling3D": (layers.AdaptiveAveragePooling3D((2, 1, 2)), (1, 3, 2, 4, 2)),
    "ZeroPadding1D": (layers.ZeroPadding1D((1, 2)), (1, 3, 2)),
    "ZeroPadding2D": (layers.ZeroPadding2D((1, 0)), (1, 2, 2, 2)),
    "ZeroPadding2D, channels first": (layers.ZeroPadding2D(((0, 1), (2, 0)), **first), (1, 2, 2, 2)),
    "ZeroPadding3D": (layers.ZeroPadding3D((0, 1, 0)), (1, 1, 2, 2, 2)),
    "Cropping1D": (layers.Cropping1D(), (2, 4, 2)),
    "Cropping2D": (layers.Cropping2D(((0, 1), (2, 0))), (1, 3, 4, 2)),
    "Cropping3D": (layers.Cropping3D((1, 0, 1), **first), (1, 2, 3, 2, 4)),
    "UpSampling1D": (layers.UpSampling1D(3), (1, 3, 2)),
    "UpSampling2D": (layers.UpSampling2D((1, 3), **first), (1, 2, 2, 2)),
    "UpSampling2D bilinear": (layers.UpSampling2D((2, 3), interpolation="bilinear"), (1, 3, 2, 2)),
    "UpSampling2D bicubic": (layers.UpSampling2D((3, 2), interpolation="bicubic"), (1, 4, 5, 1)),
    "UpSampling2D lanczos3": (layers.UpSampling2D(2, interpolation="lanczos3", **first), (1, 1, 4, 5)),
    "UpSampling2D lanczos5": (layers.UpSampling2D((3, 2), interpolation="lanczos5"), (1, 4, 3, 1)),
    "UpSampling3D": (layers.UpSampling3D((2, 1, 2)), (1, 2, 2, 1, 2)),
}


def wave(shape, scale=1.0, offset=0.0):
    return (np.sin(0.7 * np.arange(np.prod(shape)) + 0.3) * scale + offset).reshape(shape).astype("float32")


def row(name, layer, shape):
    x = wave(shape)
    layer.build(shape)
    layer.set_weights([wave(w.shape, 0.5, 0.1) for w in layer.weights])
    y = np.asarray(layer(x))
    sizes = ", ".join(map(str, y.shape))
    return f'{{"{name}", R"({text(config(layer))})", {{{sizes}}}, {numbers(y)}}},'


if __name__ == "__main__":
    rows = "\n".join(row(name, *case) for name, case in LAYERS.items())
    PATH.write_text(HEADER.format(version=keras.__version__, rows=rows))
    subprocess.run(["clang-format-16", "-i", str(PATH)], check=True)
