"""Writes tests/layers/data/keras_shaping.h: what layers of Keras give in training, with masks and in 16 bits, and what
normalized convolutions give.

    KERAS_BACKEND=tensorflow python tests/support/record_layers.py

Needs keras of the version that the file names, and clang-format-16.
"""

import pathlib
import subprocess

import keras
import numpy as np
from keras import layers, ops

PATH = pathlib.Path(__file__).resolve().parents[1] / "layers" / "data" / "keras_shaping.h"
HEADER = """#pragma once

#include <vector>

// What Keras {version} gives for inputs wave(shape, scale); each test says which layer, weights and masks. To write it
// anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_layers.py

namespace keratin::test::keras {{

{rows}

}}  // namespace keratin::test::keras
"""
STEPS = np.array([[1, 1, 0], [1, 0, 0]], dtype=bool)
OTHER_STEPS = np.array([[0, 1, 0], [1, 1, 0]], dtype=bool)
rows = []


def wave(shape, scale=1.0, offset=0.0):
    return (np.sin(0.7 * np.arange(np.prod(shape)) + 0.3) * scale + offset).astype("float32").reshape(shape)


def record(name, value):
    numbers = ", ".join(format(float(x), ".9g") for x in np.asarray(ops.cast(value, "float32")).ravel())
    rows.append(f"inline const std::vector<double> {name} = {{{numbers}}};")


def masked(x, mask):
    x = ops.convert_to_tensor(x)
    keras.src.backend.set_keras_mask(x, ops.convert_to_tensor(mask))
    return x


def renorm():
    layer = layers.BatchNormalization(
        momentum=0.9, renorm=True, renorm_clipping={"rmax": 1.5, "dmax": 0.25}, renorm_momentum=0.8
    )
    layer.build((None, 3))
    layer.gamma.assign(wave((3,), 0.5, 1.0))
    layer.beta.assign(wave((3,), 0.3))
    record("renorm_first", layer(wave((4, 3), 2.0), training=True))
    record("renorm_second", layer(wave((4, 3), 1.0, 0.5), training=True))
    for weight in layer.weights[2:]:
        record("renorm_" + weight.name, weight)
    record("renorm_inference", layer(wave((4, 3), 2.0)))


def spectral():
    layer = layers.SpectralNormalization(layers.Dense(3), power_iterations=2)
    layer.build((None, 4))
    layer.kernel.assign(wave((4, 3), 0.5))
    layer.vector_u.assign(wave((1, 3), 0.1))
    layer.layer.bias.assign(wave((3,), 0.2))
    record("spectral_inference", layer(wave((2, 4))))
    record("spectral_training", layer(wave((2, 4)), training=True))
    record("spectral_kernel", layer.kernel)
    record("spectral_u", layer.vector_u)


def merging():
    a, b = masked(wave((2, 3, 2)), STEPS), masked(wave((2, 3, 2), 1.5, 0.2), OTHER_STEPS)
    for name in ("Add", "Multiply", "Maximum", "Minimum"):
        result = getattr(layers, name)()([a, b])
        record(f"{name.lower()}_masked", result)
        record(f"{name.lower()}_mask", keras.src.backend.get_keras_mask(result))
    record("maximum_half_masked", layers.Maximum()([a, wave((2, 3, 2), 1.5, 0.2)]))
    c = masked(wave((2, 2, 2), 0.5), np.array([[1, 0], [0, 1]], dtype=bool))
    record("concatenate_mask", keras.src.backend.get_keras_mask(layers.Concatenate(axis=1)([a, c])))
    record("concatenate_last_mask", keras.src.backend.get_keras_mask(layers.Concatenate()([a, b])))
    record("concatenate_half_mask", keras.src.backend.get_keras_mask(layers.Concatenate(axis=1)([a, wave((2, 1, 2))])))
    record("dot_vectors", layers.Dot(1)([wave((2, 3)), wave((2, 3), 0.5, 1.0)]))
    record("dot_cosines", layers.Dot((2, 1), normalize=True)([wave((2, 3, 4)), wave((2, 4), 0.5, 1.0)]))
    record("dot_volumes", layers.Dot((2, 3))([wave((2, 2, 3, 2)), wave((2, 2, 2, 3), 0.5, 1.0)]))


def normalizations():
    group = layers.GroupNormalization(groups=2, axis=1)
    group.build((None, 4, 3))
    group.gamma.assign(wave((4,), 0.5, 1.0))
    group.beta.assign(wave((4,), 0.3))
    record("group_channels_first", group(wave((2, 4, 3), 2.0)))
    record("group_instance", layers.GroupNormalization(groups=-1)(wave((2, 3, 4), 2.0)))
    rms = layers.RMSNormalization(axis=[1, 2], epsilon=0.01)
    rms.build((None, 3, 2))
    rms.scale.assign(wave((3, 2), 0.5, 1.0))
    record("rms_two_axes", rms(wave((2, 3, 2), 2.0)))
    record("unit_two_axes", layers.UnitNormalization(axis=[1, 2])(wave((2, 3, 2), 2.0)))
    for name, layer in (
        ("batch", layers.BatchNormalization(dtype="mixed_float16")),
        ("layer", layers.LayerNormalization(dtype="mixed_float16")),
        ("group", layers.GroupNormalization(groups=2, dtype="mixed_float16")),
        ("rms", layers.RMSNormalization(dtype="mixed_float16")),
    ):
        # Squares of these are beyond float16.
        record(f"{name}_float16", layer(wave((3, 4), 500.0, 100.0), training=True))
    mean, variance = [[1.0, 2.0], [3.0, 4.0]], [[0.25, 0.5], [2.0, 1.0]]
    record("normalization_axes", layers.Normalization(axis=(1, 3), mean=mean, variance=variance)(wave((2, 2, 3, 2))))
    record("normalization_last", layers.Normalization(axis=(1, 2), mean=[1.0, 2.0], variance=[4.0, 1.0])(wave((2, 3, 2))))
    record("rescaling_array", layers.Rescaling([2.0, 3.0], offset=[0.5, -0.5])(wave((2, 3, 2))))
    record("flatten_channels_first", layers.Flatten(data_format="channels_first")(wave((2, 3, 2, 2))))


def normalized_convolutions():
    """In inference, where a convolution can take the normalization in."""
    convolutions = {
        "bare": layers.Conv2D(3, (3, 2), use_bias=False),
        "biased": layers.Conv2D(3, 3, strides=2, padding="same"),
        "grouped": layers.Conv2D(4, 2, groups=2, use_bias=False),
        "depthwise": layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", use_bias=False),
        "separable": layers.SeparableConv2D(3, 2, use_bias=False),
        "transposed": layers.Conv2DTranspose(2, 2, strides=2, use_bias=False),
        "dense": layers.Dense(3),
    }
    for name, layer in convolutions.items():
        x = keras.Input((3, 4, 2))
        y = layers.ReLU()(layers.BatchNormalization()(layer(x)))
        record_normalized(name, keras.Model(x, y))
    x = keras.Input((3, 4, 2))
    h = layers.Conv2D(3, 2)(x)
    record_normalized("read_twice", keras.Model(x, layers.Add()([h, layers.BatchNormalization()(h)])))


def record_normalized(name, model):
    model.set_weights([wave(w.shape, 0.3, 0.1 if len(w.shape) > 1 else 0.8) for w in model.get_weights()])
    record(f"normalized_{name}", model(wave((1, 3, 4, 2))))


if __name__ == "__main__":
    for part in (renorm, spectral, merging, normalizations, normalized_convolutions):
        part()
    PATH.write_text(HEADER.format(version=keras.__version__, rows="\n".join(rows)))
    subprocess.run(["clang-format-16", "-i", str(PATH)], check=True)
