"""Writes tests/layers/data/recurrent.h and recurrent_more.h: what Keras computes with recurrent layers and wrappers.

    KERAS_BACKEND=tensorflow python tests/support/record_keras_recurrent.py

Needs keras and tensorflow of the versions that the file names, and clang-format-16.
"""

import pathlib
import subprocess

import keras
import numpy as np
import tensorflow as tf
from keras import layers

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "layers" / "data"
MASK = np.array([[1, 1, 0, 1], [0, 1, 1, 0]], bool)
CASES = {}


def wave(shape, scale=1.0, offset=0.0):
    return (np.sin(0.7 * np.arange(np.prod(shape, dtype=int)) + 0.3) * scale + offset).astype("float32").reshape(shape)


def record(name, layer, x=None, mask=None, states=0, calls=1, state_shape=(2, 3)):
    """All results of the last call, after each other. Weight i is wave(shape, 0.5, 0.1 · i)."""
    x = wave((2, 4, 3)) if x is None else x
    arguments = {}
    if mask is not None:
        arguments["mask"] = tf.constant(mask)
    if states:
        arguments["initial_state"] = [tf.constant(wave(state_shape, 0.6, 0.2 * i)) for i in range(states)]
    layer(tf.constant(x), **arguments)
    layer.set_weights([wave(w.shape, 0.5, 0.1 * i) for i, w in enumerate(layer.get_weights())])
    for rnn in [layer, getattr(layer, "forward_layer", None), getattr(layer, "backward_layer", None)]:
        if getattr(rnn, "stateful", False) and hasattr(rnn, "cell"):
            rnn.reset_state()
    for _ in range(calls):
        results = layer(tf.constant(x), **arguments)
    results = results if isinstance(results, (list, tuple)) else [results]
    CASES[name] = np.concatenate([np.asarray(r, "float64").ravel() for r in results])


KINDS = {
    "simple": (lambda **o: layers.SimpleRNN(3, **o), 1),
    "lstm": (lambda **o: layers.LSTM(3, **o), 2),
    "gru": (lambda **o: layers.GRU(3, **o), 1),
    "gru_before": (lambda **o: layers.GRU(3, reset_after=False, **o), 1),
}


def recurrent():
    for kind, (make, states) in KINDS.items():
        gates = {} if kind == "simple" else {"recurrent_activation": "hard_sigmoid"}
        record(f"{kind}_all", make(return_sequences=True, return_state=True))
        record(f"{kind}_last", make(use_bias=False))
        record(f"{kind}_backwards", make(go_backwards=True, return_sequences=True))
        record(f"{kind}_softsign", make(activation="softsign", return_sequences=True, **gates))
        record(f"{kind}_elu", make(activation="elu", return_sequences=True, **gates))
        record(f"{kind}_masked", make(return_sequences=True, return_state=True), mask=MASK)
        record(f"{kind}_masked_last", make(), mask=MASK)
        record(f"{kind}_masked_backwards", make(go_backwards=True, return_sequences=True), mask=MASK)
        record(f"{kind}_masked_zero", make(return_sequences=True, return_state=True, zero_output_for_mask=True), mask=MASK)
        record(f"{kind}_masked_zero_last", make(zero_output_for_mask=True), mask=MASK)
        record(f"{kind}_masked_zero_backwards", make(return_sequences=True, zero_output_for_mask=True, go_backwards=True), mask=MASK)
        record(f"{kind}_state", make(return_sequences=True, return_state=True), states=states)
        record(f"{kind}_masked_state", make(return_sequences=True, return_state=True), mask=MASK, states=states)
        record(f"{kind}_masked_state_last", make(go_backwards=True), mask=MASK, states=states)
        record(f"{kind}_stateful", make(stateful=True, return_sequences=True), calls=3)


def cells():
    stacked = lambda: [layers.LSTMCell(2), layers.GRUCell(4), layers.SimpleRNNCell(3)]
    record("stacked", layers.RNN(stacked(), return_sequences=True, return_state=True, go_backwards=True))
    record("stacked_masked", layers.RNN(stacked(), return_sequences=True), mask=MASK)
    record("one_cell", layers.RNN(layers.GRUCell(3, reset_after=False), return_state=True, zero_output_for_mask=True), mask=MASK)


def wrappers():
    for mode in ("concat", "sum", "mul", "ave", None):
        record(f"bidirectional_{mode}".lower(), layers.Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode=mode))
        record(f"bidirectional_{mode}_masked".lower(), layers.Bidirectional(layers.GRU(3), merge_mode=mode), mask=MASK)
    record("bidirectional_sequences_masked", layers.Bidirectional(layers.LSTM(3, return_sequences=True)), mask=MASK)
    record("bidirectional_states", layers.Bidirectional(layers.LSTM(3, return_state=True)), states=4)
    record("bidirectional_backward", layers.Bidirectional(
        layers.GRU(3, return_sequences=True),
        backward_layer=layers.SimpleRNN(3, activation="relu", return_sequences=True, go_backwards=True)))
    record("bidirectional_stateful", layers.Bidirectional(layers.GRU(3, stateful=True)), calls=3)
    x = wave((2, 3, 4, 3))
    record("time_distributed_dense", layers.TimeDistributed(layers.Dense(2, activation="tanh")))
    record("time_distributed_lstm", layers.TimeDistributed(layers.LSTM(2)), x=x)


def conv_lstm():
    x1, x2, x3 = wave((2, 3, 6, 2)), wave((2, 3, 5, 4, 2)), wave((1, 2, 3, 4, 3, 2))
    record("conv_lstm_1d", layers.ConvLSTM1D(2, 3, return_sequences=True, return_state=True), x=x1)
    record("conv_lstm_1d_strided", layers.ConvLSTM1D(3, 2, strides=2, padding="same", go_backwards=True), x=x1)
    record("conv_lstm_1d_dilated", layers.ConvLSTM1D(2, 2, dilation_rate=2, return_sequences=True), x=x1)
    record("conv_lstm_2d", layers.ConvLSTM2D(2, (3, 2), padding="same", return_sequences=True), x=x2, mask=MASK[:, :3])
    record("conv_lstm_2d_strided", layers.ConvLSTM2D(
        3, 2, strides=(2, 1), activation="relu", recurrent_activation="hard_sigmoid", use_bias=False), x=x2)
    record("conv_lstm_2d_state", layers.ConvLSTM2D(2, 2, return_state=True), x=x2, states=2, state_shape=(2, 4, 3, 2))
    record("conv_lstm_3d", layers.ConvLSTM3D(2, 2, return_sequences=True), x=x3)
    record("conv_lstm_2d_stateful", layers.ConvLSTM2D(2, 2, stateful=True), x=x2, calls=2)


def write(table, cases):
    rows = ",\n".join(
        f'{{"{name}", {{{", ".join(f"{v:.9g}" for v in values)}}}}}' for name, values in cases)
    target = FOLDER / f"{table}.h"
    target.write_text(f"""#pragma once

#include <map>
#include <string>
#include <vector>

// What Keras {keras.__version__} on TensorFlow {tf.__version__} computes in float32. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_keras_recurrent.py

namespace keratin::test::keras {{

/// All results of a layer, one after the other: recurrent_test.cpp says of which.
inline const std::map<std::string, std::vector<double>> {table} = {{
{rows}
}};

}}  // namespace keratin::test::keras
""")
    subprocess.run(["clang-format-16", "-i", str(target)], check=True)


def main():
    recurrent()
    cells()
    wrappers()
    conv_lstm()
    # In two files, as one would be too long.
    cases = list(CASES.items())
    at = next(i for i, (name, _) in enumerate(cases) if name == "gru_before_masked")
    write("recurrent", cases[:at])
    write("recurrent_more", cases[at:])


if __name__ == "__main__":
    main()
