"""Writes tests/layers/data/attention.h: what Keras computes with attention, embeddings and EinsumDense.

    KERAS_BACKEND=tensorflow python tests/support/record_attention.py

Needs keras and tensorflow of the versions that the file names, and clang-format-16.
"""

import pathlib
import subprocess

import keras
import numpy as np
import tensorflow as tf
from keras import layers

PATH = pathlib.Path(__file__).resolve().parents[1] / "layers" / "data" / "attention.h"


def wave(shape, scale=1.0, offset=0.0):
    count = int(np.prod(shape))
    return (np.sin(0.7 * np.arange(count) + 0.3) * scale + offset).reshape(shape).astype("float32")


def masked(array, lengths):
    """A tensor that carries the mask of sequences of these lengths."""
    tensor = tf.constant(array)
    tensor._keras_mask = tf.sequence_mask(lengths, array.shape[1])
    return tensor


def set_waves(layer):
    layer.set_weights([wave(w.shape, 0.5, 0.1 * i) for i, w in enumerate(layer.weights)])


ROWS = {}


def row(name, layer, *args, **kwargs):
    masks = [getattr(x, "_keras_mask", None) for x in args]
    layer(*args, **kwargs)
    set_waves(layer)
    for x, mask in zip(args, masks):
        if mask is not None:
            x._keras_mask = mask  # MultiHeadAttention has taken it away
    results = layer(*args, **kwargs)
    for i, result in enumerate(results if isinstance(results, (tuple, list)) else [results]):
        ROWS[name if i == 0 else f"{name}_scores"] = np.asarray(result)


q, v, k = wave((2, 3, 4)), wave((2, 5, 4), 1.2, 0.1), wave((2, 5, 4), 0.8, -0.2)
narrow = wave((2, 5, 3), 0.9)
image = wave((2, 3, 2, 4))
wide = wave((2, 5, 6), 0.7)
pair = wave((2, 5, 4), 0.6)
both = dict(mask=[tf.sequence_mask([3, 2], 3), tf.sequence_mask([4, 2], 5)])

row("dot", layers.Attention(), [q, v])
row("dot_scaled", layers.Attention(use_scale=True), [q, v, k], use_causal_mask=True, return_attention_scores=True)
row("dot_masked", layers.Attention(), [q, narrow, k], return_attention_scores=True, **both)
row("concat", layers.Attention(use_scale=True, score_mode="concat"), [q, v, k], use_causal_mask=True, **both)
row("additive", layers.AdditiveAttention(), [q, v])
row("additive_masked", layers.AdditiveAttention(use_scale=False), [q, v, k], return_attention_scores=True, **both)

heads = layers.MultiHeadAttention
row("heads", heads(2, 3), q, v)
row("heads_causal", heads(2, 3, use_bias=False), q, v, use_causal_mask=True)
row("heads_sizes", heads(3, 2, value_dim=5, output_shape=(2, 3)), q, narrow, wide)
row("heads_padded", heads(2, 3), masked(q, [3, 2]), masked(v, [4, 2]), use_causal_mask=True)
row("heads_scores", heads(2, 3), masked(q, [3, 2]), masked(v, [4, 2]), masked(k, [5, 1]), return_attention_scores=True)
row("heads_dropout", heads(2, 3, dropout=0.4), masked(q, [3, 2]), v, use_causal_mask=True)
row("heads_mask", heads(2, 3), q, v, attention_mask=wave((2, 3, 5)) > -0.3)
row("heads_mask_of_heads", heads(2, 3), q, v, attention_mask=wave((2, 2, 3, 5)) > -0.3, return_attention_scores=True)
row("heads_axes", heads(2, 3), image, image, return_attention_scores=True)
row("heads_second_axis", heads(2, 3, attention_axes=(2,)), image, image)
row("heads_window", heads(2, 3, sliding_window=2), pair, pair, use_causal_mask=True)
row("heads_gate", heads(2, 3, value_dim=2, use_gate=True), q, v)

groups = layers.GroupQueryAttention
row("groups", groups(3, 4, 2), q, v)
row("groups_causal", groups(3, 4, 1, use_bias=False), q, v, use_causal_mask=True)
row("groups_scores", groups(2, 4, 2, use_gate=True, sliding_window=3), masked(q, [3, 2]), masked(v, [4, 2]),
    return_attention_scores=True)
row("groups_padded", groups(2, 2, 2), masked(q, [3, 2]), masked(v, [4, 2]))

dense = layers.EinsumDense
row("dense", dense("abc,cd->abd", (None, 6), bias_axes="d"), q)
row("dense_bias_of_two", dense("abc,cd->abd", (3, 6), bias_axes="bd", activation="tanh"), q)
row("dense_left", dense("...x,xy->...y", (5,), bias_axes="y"), image)
row("dense_right", dense("ab...,bc->ac...", (5,), bias_axes="c"), image)
row("dense_heads", dense("abc,cde->abde", (None, 2, 3), bias_axes="de"), q)
row("dense_back", dense("abcd,cde->abe", (None, 5)), image)
row("dense_first_axis", dense("abc,bd->adc", (6, 4), bias_axes="d"), q)

tokens = np.array([[1, 0, 4], [2, 5, 0]])
row("embedding", layers.Embedding(6, 3), tokens)
for tied in (True, False):
    layer = layers.ReversibleEmbedding(6, 4, tie_weights=tied, logit_soft_cap=0.8)
    layer(tokens)
    set_waves(layer)
    ROWS["logits_tied" if tied else "logits"] = np.asarray(layer(q, reverse=True))

lines = []
for name, values in ROWS.items():
    numbers = ", ".join(f"{x:.9g}" for x in values.astype("float32").ravel())
    lines.append(f"inline const std::vector<double> {name} = {{{numbers}}};")
PATH.write_text(
    f"""#pragma once

#include <vector>

// What Keras {keras.__version__} on TensorFlow {tf.__version__} computes in float32. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_attention.py

namespace keratin::test::keras_attention {{

{chr(10).join(lines)}

}}  // namespace keratin::test::keras_attention
"""
)
subprocess.run(["clang-format-16", "-i", str(PATH)], check=True)
