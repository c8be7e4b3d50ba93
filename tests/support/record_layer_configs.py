"""Writes tests/layers/data/keras_configs.h: Keras's get_config of layers with options that aren't the defaults.

    KERAS_BACKEND=tensorflow python tests/support/record_layer_configs.py

Without name, trainable and dtype, which all layers have, the modules of what is nested, and what C++ lacks. Needs keras of the
version that the file names, and clang-format-16.
"""

import pathlib
import subprocess

import keras
from keras import constraints, initializers, layers, regularizers

PATH = pathlib.Path(__file__).resolve().parents[1] / "layers" / "data" / "keras_configs.h"
HEADER = """#pragma once

#include <string_view>
#include <utility>

// get_config of Keras {version}, layer by layer, as keratin::to_string writes it. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_layer_configs.py

namespace keratin::test {{

inline constexpr std::pair<std::string_view, std::string_view> keras_configs[] = {{
{rows}
}};

}}  // namespace keratin::test
"""


def text(value):
    """As keratin::to_string."""
    if isinstance(value, dict):
        kept = [(k, v) for k, v in value.items() if k not in ("module", "registered_name", "build_config", "quantization_config")]
        return "{" + ", ".join(f"'{k}': {text(v)}" for k, v in kept) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(text(each) for each in value) + "]"
    if isinstance(value, float):
        return format(value, "g")
    return repr(value)


def config(layer):
    return {k: v for k, v in layer.get_config().items() if k not in ("name", "trainable", "dtype")}


weights = dict(
    beta_initializer=initializers.Constant(0.5),
    gamma_initializer=initializers.Constant(0.75),
    beta_regularizer=regularizers.L1(0.25),
    gamma_regularizer=regularizers.L2(0.125),
    beta_constraint=constraints.NonNeg(),
    gamma_constraint=constraints.MaxNorm(1.5, axis=0),
)

projections = dict(
    kernel_initializer=initializers.Constant(0.75),
    bias_initializer=initializers.Constant(0.5),
    kernel_regularizer=regularizers.L1(0.25),
    bias_regularizer=regularizers.L2(0.125),
    kernel_constraint=constraints.UnitNorm(axis=1),
    bias_constraint=constraints.NonNeg(),
)
heads = dict(dropout=0.25, use_bias=False, use_gate=True, seed=7, **projections)
embeddings = dict(
    embeddings_initializer=initializers.Constant(0.75),
    embeddings_regularizer=regularizers.L1(0.25),
    embeddings_constraint=constraints.NonNeg(),
    mask_zero=True,
)

LAYERS = {
    "Dense": layers.Dense(
        3,
        activation="gelu",
        use_bias=False,
        kernel_initializer=initializers.Constant(0.75),
        bias_initializer=initializers.Constant(0.5),
        kernel_regularizer=regularizers.L1L2(l1=0.25, l2=0.5),
        bias_regularizer=regularizers.L2(0.125),
        activity_regularizer=regularizers.L1(0.25),
        kernel_constraint=constraints.UnitNorm(axis=1),
        bias_constraint=constraints.NonNeg(),
    ),
    "Activation": layers.Activation("softmax"),
    "Identity": layers.Identity(),
    "Masking": layers.Masking(mask_value=-1.5),
    "BatchNormalization": layers.BatchNormalization(
        axis=1,
        momentum=0.5,
        epsilon=0.25,
        center=False,
        scale=False,
        moving_mean_initializer=initializers.Constant(2.0),
        moving_variance_initializer=initializers.Constant(3.0),
        renorm=True,
        renorm_clipping={"rmax": 3.0, "rmin": 0.25, "dmax": 5.0},
        renorm_momentum=0.75,
        synchronized=True,
        **weights,
    ),
    "LayerNormalization": layers.LayerNormalization(axis=[1, 2], epsilon=0.25, center=False, scale=False, **weights),
    "GroupNormalization": layers.GroupNormalization(
        groups=4, axis=1, epsilon=0.25, center=False, scale=False, **weights
    ),
    "RMSNormalization": layers.RMSNormalization(axis=[1, 2], epsilon=0.25),
    "UnitNormalization": layers.UnitNormalization(axis=[1, 2]),
    "SpectralNormalization": layers.SpectralNormalization(layers.Masking(name="inner"), power_iterations=3),
    "Dropout": layers.Dropout(0.25, noise_shape=(None, 1, 3), seed=7),
    "SpatialDropout1D": layers.SpatialDropout1D(0.25, seed=7),
    "SpatialDropout2D": layers.SpatialDropout2D(0.25, data_format="channels_first", seed=7),
    "SpatialDropout3D": layers.SpatialDropout3D(0.25, data_format="channels_first", seed=7),
    "GaussianDropout": layers.GaussianDropout(0.25, seed=7),
    "GaussianNoise": layers.GaussianNoise(0.25, seed=7),
    "AlphaDropout": layers.AlphaDropout(0.25, noise_shape=(None, 1, 3), seed=7),
    "ActivityRegularization": layers.ActivityRegularization(l1=0.25, l2=0.5),
    "Flatten": layers.Flatten(data_format="channels_first"),
    "Reshape": layers.Reshape((-1, 4)),
    "Permute": layers.Permute((2, 1)),
    "RepeatVector": layers.RepeatVector(3),
    "Add": layers.Add(),
    "Subtract": layers.Subtract(),
    "Multiply": layers.Multiply(),
    "Average": layers.Average(),
    "Maximum": layers.Maximum(),
    "Minimum": layers.Minimum(),
    "Concatenate": layers.Concatenate(axis=1),
    "Dot": layers.Dot(axes=(1, 2), normalize=True),
    "Rescaling": layers.Rescaling([0.5, 0.25], offset=-1.5),
    "Normalization": layers.Normalization(
        axis=(1, 2), mean=[[1.0, 2.5], [3.0, 4.0]], variance=[[0.25, 0.5], [2.0, 1.0]], invert=True
    ),
    "Attention": layers.Attention(use_scale=True, score_mode="concat", dropout=0.25, seed=7),
    "AdditiveAttention": layers.AdditiveAttention(use_scale=False, dropout=0.25, seed=7),
    "MultiHeadAttention": layers.MultiHeadAttention(
        2, 3, value_dim=4, output_shape=(5, 6), attention_axes=(1, 2), sliding_window=3, **heads
    ),
    "GroupQueryAttention": layers.GroupQueryAttention(
        3, 4, 2, sliding_window=3, activity_regularizer=regularizers.L1(0.5), **heads
    ),
    "Embedding": layers.Embedding(5, 3, **embeddings),
    "ReversibleEmbedding": layers.ReversibleEmbedding(
        5, 3, tie_weights=False, reverse_dtype="float64", logit_soft_cap=2.5, **embeddings
    ),
    "EinsumDense": layers.EinsumDense("abc,cd->abd", (None, 3), activation="relu", bias_axes="d", **projections),
}

if __name__ == "__main__":
    rows = "\n".join(f'{{"{name}", R"({text(config(layer))})"}},' for name, layer in LAYERS.items())
    PATH.write_text(HEADER.format(version=keras.__version__, rows=rows))
    subprocess.run(["clang-format-16", "-i", str(PATH)], check=True)
