"""Writes tests/training/data/stateful.h: what Keras's stateful layers give over a sequence of calls on one model.

    KERAS_BACKEND=tensorflow python tests/support/record_stateful.py

Needs keras and tensorflow of the versions that the file names, and clang-format-16.
"""

import pathlib
import subprocess

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from record_fits import start, wave

PATH = pathlib.Path(__file__).resolve().parents[1] / "training" / "data" / "stateful.h"
BATCH = 2
ROWS = 6
IDS = [7, 1, 7, 2, 8, 2]  # the first stream's sequence goes on once and ends, the second's ends and goes on
QUIET = {"batch_size": BATCH, "shuffle": False, "verbose": 0}
HEADER = f"""#pragma once

#include <string>
#include <utility>
#include <vector>

// What Keras {keras.__version__} on TensorFlow {tf.__version__} gives. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_stateful.py

namespace keratin::test {{

/// The numbers of each call, one call after another.
inline const std::vector<std::pair<std::string, std::vector<double>>> keras_stateful = {{
"""


def series(*make):
    return lambda: keras.Sequential([layers.Input(batch_shape=(BATCH, 3, 2)), *[f() for f in make], layers.Dense(1)])


def images(make, *space):
    return lambda: keras.Sequential([layers.Input(batch_shape=(BATCH, 2, *space, 1)), make(), layers.Flatten(), layers.Dense(1)])


def nested():
    inner = keras.Sequential([layers.Input(batch_shape=(BATCH, 3, 2)), layers.GRU(3, stateful=True, return_sequences=True)])
    x = layers.Input(batch_shape=(BATCH, 3, 2))
    return keras.Model(x, layers.Dense(1)(layers.LSTM(2, stateful=True)(inner(x))))


def masked():
    x = layers.Input(batch_shape=(BATCH, 3, 2))
    return keras.Model(x, layers.Dense(1)(layers.LSTM(3, stateful=True)(layers.Masking(mask_value=0.0)(x))))


MODELS = {
    "simple_rnn": series(lambda: layers.SimpleRNN(3, stateful=True)),
    "lstm": series(lambda: layers.LSTM(3, stateful=True)),
    "gru": series(lambda: layers.GRU(3, stateful=True)),
    "stack": series(lambda: layers.LSTM(3, stateful=True, return_sequences=True), lambda: layers.GRU(2, stateful=True)),
    "bidirectional": series(lambda: layers.Bidirectional(layers.LSTM(2, stateful=True))),
    "rnn": series(lambda: layers.RNN(layers.GRUCell(3), stateful=True)),
    "stacked_cells": series(lambda: layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)], stateful=True)),
    "conv_lstm_1d": images(lambda: layers.ConvLSTM1D(2, 2, stateful=True), 4),
    "conv_lstm_2d": images(lambda: layers.ConvLSTM2D(2, 2, stateful=True), 3, 3),
    "conv_lstm_3d": images(lambda: layers.ConvLSTM3D(1, 2, stateful=True), 2, 3, 2),
    "nested": nested,
    "masked": masked,
}


def states_of(model):
    """All state variables, in the order of the layers."""
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += states_of(layer)
        elif isinstance(layer, layers.Bidirectional):
            found += keras.tree.flatten(layer.forward_layer.states) + keras.tree.flatten(layer.backward_layer.states)
        elif getattr(layer, "stateful", False):
            found += keras.tree.flatten(layer.states)
    return found


def reset(model, rows=None):
    for state in states_of(model):
        values = np.array(state)
        values[slice(None) if rows is None else rows] = 0.0
        state.assign(values)


def fitted(model, x, y, epochs):
    return model.fit(x, y, epochs=epochs, **QUIET).history["loss"]


def calls(make, name):
    model = make()
    x = wave((ROWS, *model.input_shape[1:]), 1)
    if name == "masked":
        x[1, 2] = x[2, 0] = x[3] = 0.0  # a last step, a first one, and a whole row
    y = wave((ROWS, 1), 2)
    start(model)
    reset(model)  # a layer that was called to build may have states
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    numbers = [fitted(model, x, y, 2), model.predict(x, batch_size=BATCH, verbose=0)]
    numbers += [model.evaluate(x, y, batch_size=BATCH, verbose=0)]
    reset(model)
    numbers += [model.predict(x, batch_size=BATCH, verbose=0), fitted(model, x, y, 1)]
    numbers += [model.train_on_batch(x[:BATCH], y[:BATCH]), model.test_on_batch(x[BATCH : 2 * BATCH], y[BATCH : 2 * BATCH])]
    numbers += [np.array(state) for state in states_of(model)]
    for _ in range(2):  # each_epoch
        reset(model)
        numbers += [fitted(model, x, y, 1)]
    for _ in range(2):  # each_sequence
        losses = []
        for first in range(0, ROWS, BATCH):
            ended = [i for i in range(BATCH) if first == 0 or IDS[first + i] != IDS[first + i - BATCH]]
            reset(model, ended)
            losses.append(float(model.train_on_batch(x[first : first + BATCH], y[first : first + BATCH])))
            model.reset_metrics()
        numbers += [np.mean(losses)]
    numbers += [model.predict(x, batch_size=BATCH, verbose=0)]
    return np.concatenate([np.asarray(n, "float64").ravel() for n in numbers])


def main():
    rows = []
    for name, make in MODELS.items():
        rows.append(f'{{"{name}", {{{", ".join(f"{v:.8g}" for v in calls(make, name))}}}}}')
        keras.backend.clear_session()
    PATH.write_text(HEADER + ",\n".join(rows) + "};\n\n}  // namespace keratin::test\n")
    subprocess.run(["clang-format-16", "-i", PATH], check=True)


if __name__ == "__main__":
    main()
