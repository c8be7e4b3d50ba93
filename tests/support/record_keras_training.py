"""Writes tests/training/data/keras.h: what Keras's fit, evaluate and predict give for small models.

    KERAS_BACKEND=tensorflow python tests/support/record_keras_training.py

Needs keras and tensorflow of the versions that the file names, and clang-format-16.
"""

import pathlib
import subprocess

import keras
import numpy as np
import tensorflow as tf
from keras import layers

PATH = pathlib.Path(__file__).resolve().parents[1] / "training" / "data" / "keras.h"
HEADER = f"""#pragma once

#include "training/training_case.h"

// What Keras {keras.__version__} on TensorFlow {tf.__version__} gives. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_keras_training.py

namespace keratin::test {{

"""


def wave(shape, seed, scale=1.0):
    """The same numbers as test::wave(): exact in float32."""
    at = np.arange(int(np.prod(shape)), dtype="int64")
    return (scale * (((at * 37 + seed * 11 + at * at * 3) % 101) - 50) / 64).astype("float32").reshape(shape)


def classes(rows, count, seed):
    at = np.arange(rows)
    return ((at * 7 + seed + at * at) % count).astype("int32")


def positive(rows, seed):
    return (wave((rows,), seed) + 1).astype("float32")


def start(model):
    """Weights that don't depend on initializers: the trainable ones wave, the others stay."""
    for i, variable in enumerate(model.trainable_variables):
        variable.assign(wave(variable.shape, i + 3, 0.5))


def number(x):
    return "NAN" if np.isnan(x) else repr(float(np.float32(x)))


def row(name, history, model):
    columns = ", ".join(f'{{"{k}", {{{", ".join(map(number, v))}}}}}' for k, v in history.items())
    weights = np.concatenate([w.ravel() for w in model.get_weights()])
    return f'{{"{name}", {{{columns}}}, {{{", ".join(number(w) + "F" for w in weights)}}}}},'


def classifier():
    model = keras.Sequential([layers.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
    start(model)
    return model


def two_headed():
    a, b = layers.Input((3,), name="a"), layers.Input((2,), name="b")
    x = layers.Concatenate()([layers.Dense(4, activation="tanh")(a), layers.Dense(3, activation="tanh")(b)])
    digit, level = layers.Dense(3, activation="softmax", name="digit")(x), layers.Dense(1, name="level")(x)
    model = keras.Model([a, b], [digit, level])
    start(model)
    return model


LOSS = "sparse_categorical_crossentropy"
FIXED = {"shuffle": False, "verbose": 0}
TWO_LOSSES = {"digit": LOSS, "level": "mse"}


def of_classifier(rows=50, validation=False, compiled=None, **options):
    model = classifier()
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=LOSS, **(compiled or {"metrics": ["accuracy"]}))
    return model, model.fit(wave((rows, 6), 1), classes(rows, 3, 2), batch_size=16, **FIXED, **options).history


def of_regression(**options):
    model = keras.Sequential([layers.Input((4,)), layers.Dense(5, activation="tanh"), layers.Dense(1)])
    start(model)
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True)
    model.compile(optimizer=optimizer, loss="mse", metrics=["mae"])
    return model, model.fit(wave((23, 4), 1), wave((23,), 2), batch_size=8, epochs=4, **FIXED, **options).history


def of_norms():
    model = keras.Sequential(
        [layers.Input((5,)), layers.Dense(6), layers.BatchNormalization(), layers.LayerNormalization(), layers.Dense(2)]
    )
    start(model)
    model.compile(optimizer=keras.optimizers.RMSprop(0.01), loss="mse", metrics=["mae"])
    validation = (wave((7, 5), 4), wave((7, 2), 5))
    return model, model.fit(
        wave((20, 5), 1), wave((20, 2), 2), batch_size=8, epochs=3, validation_data=validation, **FIXED
    ).history


def of_two_heads(names=True, compiled=None, **options):
    """Run eagerly, as a graph's per-output losses weigh a short last batch as much as a full one."""
    model = two_headed()
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss=TWO_LOSSES, run_eagerly=True, **(compiled or {}))
    x = {"a": wave((21, 3), 1), "b": wave((21, 2), 2)}
    y = {"digit": classes(21, 3, 1), "level": wave((21, 1), 5)}
    if not names:
        x, y = list(x.values()), list(y.values())
    return model, model.fit(x, y, batch_size=8, epochs=3, **FIXED, **options).history


def cases():
    yield "classifier", of_classifier(epochs=3, validation_split=0.2)
    yield "regression", of_regression(
        validation_data=(wave((12, 4), 3), wave((12,), 4), positive(12, 6)), validation_batch_size=5
    )
    yield "norms", of_norms()
    yield "two_heads", of_two_heads(
        compiled={"loss_weights": {"digit": 0.5, "level": 2.0}, "metrics": {"digit": ["accuracy"], "level": ["mae", "mse"]}}
    )
    yield "two_heads_weighted", of_two_heads(
        False,
        {"metrics": {"level": ["mae"]}, "weighted_metrics": {"digit": ["accuracy"], "level": ["mae"]}},
        sample_weight=[positive(21, 3), positive(21, 3)],
    )
    yield "sample_weight", of_classifier(
        epochs=2,
        compiled={"metrics": ["accuracy"], "weighted_metrics": ["accuracy", "sparse_categorical_crossentropy"]},
        sample_weight=positive(50, 7),
        validation_split=0.3,
    )
    yield "class_weight", of_classifier(
        epochs=2, compiled={"weighted_metrics": ["accuracy"]}, class_weight={0: 0.25, 1: 2.0, 2: 1.5}
    )
    yield "steps_per_epoch", of_classifier(96, epochs=3, steps_per_epoch=2)
    yield "initial_epoch", of_classifier(epochs=4, initial_epoch=2)
    yield "validation_freq", of_classifier(
        epochs=4, validation_freq=2, validation_data=(wave((30, 6), 3), classes(30, 3, 1)), validation_steps=1
    )


class Recorder(keras.callbacks.Callback):
    """Each hook with its argument, and the names of its logs."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def note(self, hook, *arguments):
        self.lines.append(hook)
        for each in arguments:
            self.lines[-1] += " " + (",".join(sorted(each)) if isinstance(each, dict) else str(each))


def add_hook(name, has_index, has_logs):
    def hook(self, *arguments, logs=None):
        if has_index and len(arguments) > 1:
            logs = arguments[1]
        elif not has_index and arguments:
            logs = arguments[0]
        self.note(name, *([int(arguments[0])] if has_index else []), *([dict(logs or {})] if has_logs else []))

    setattr(Recorder, name, hook)


for each in ["train", "test", "predict"]:
    add_hook(f"on_{each}_begin", False, False)
    add_hook(f"on_{each}_end", False, each != "predict")
    add_hook(f"on_{each}_batch_begin", True, False)
    add_hook(f"on_{each}_batch_end", True, each != "predict")
add_hook("on_epoch_begin", True, False)
add_hook("on_epoch_end", True, True)


def hooks():
    model = classifier()
    model.compile(optimizer="sgd", loss=LOSS, metrics=["accuracy"])
    x, y = wave((10, 6), 1), classes(10, 3, 2)
    for name in ["fit", "evaluate", "predict"]:
        recorder = Recorder()
        shared = {"batch_size": 6, "verbose": 0, "callbacks": [recorder]}
        if name == "fit":
            model.fit(x, y, epochs=2, validation_data=(x, y), validation_freq=2, validation_batch_size=10, **shared)
        elif name == "evaluate":
            model.evaluate(x, y, **shared)
        else:
            model.predict(x, **shared)
        lines = ", ".join(f'"{line}"' for line in recorder.lines)
        yield f"inline const std::vector<std::string> keras_hooks_of_{name} = {{{lines}}};"


class Fake:
    stop_training = False

    def get_weights(self):
        return [np.zeros(1)]

    def set_weights(self, weights):
        pass


def early_stoppings():
    """(options as C++, options, numbers): fit as EarlyStopping sees it."""
    falling = [1.0, 0.9, 0.95, 0.85, 0.86, 0.87, 0.849, 0.8, 0.9, 0.9, 0.9, 0.9]
    yield {}, falling
    yield {"patience": 1}, falling
    yield {"patience": 2}, falling
    yield {"patience": 3, "min_delta": 0.06}, falling
    yield {"patience": 2, "min_delta": -0.06}, falling
    yield {"patience": 2, "baseline": 0.5}, falling
    yield {"patience": 3, "baseline": 0.9}, falling
    yield {"patience": 1, "start_from_epoch": 4}, falling
    yield {"patience": 2, "mode": "max"}, falling
    yield {"patience": 2, "mode": "min"}, falling
    yield {"patience": 1, "restore_best_weights": True}, falling
    yield {"patience": 2, "baseline": 0.1, "restore_best_weights": True}, falling
    yield {"patience": 2}, [1.0] * 5
    yield {"patience": 1}, [1.0, float("inf"), 0.5, float("inf"), float("inf"), 0.1]


def cpp(value):
    if isinstance(value, bool):
        return str(value).lower()
    return f"callbacks::Mode::{value}" if isinstance(value, str) else repr(value)


def early_stopping_rows():
    for options, values in early_stoppings():
        callback = keras.callbacks.EarlyStopping(monitor="loss", **({"mode": "min"} | options))
        model = Fake()
        callback.set_model(model)
        callback.on_train_begin()
        epochs = 0
        for epoch, value in enumerate(values):
            callback.on_epoch_end(epoch, {"loss": value})
            epochs += 1
            if model.stop_training:
                break
        callback.on_train_end()
        order = ["min_delta", "patience", "mode", "baseline", "restore_best_weights", "start_from_epoch"]
        fields = "".join(f", .{key} = {cpp(options[key])}" for key in order if key in options)
        losses = ", ".join("INFINITY" if np.isinf(v) else repr(v) for v in values)
        best = "INFINITY" if np.isinf(callback.best) else repr(callback.best)
        yield (
            f'{{{{.monitor = "loss"{fields}}}, {{{losses}}}, '
            f"{epochs}, {callback.stopped_epoch}, {callback.best_epoch}, {best}}},"
        )


text = HEADER + "inline const std::vector<TrainingCase> keras_trainings = {\n"
text += "\n".join(row(name, history, model) for name, (model, history) in cases())
text += "\n};\n\n" + "\n".join(hooks())
text += "\n\ninline const std::vector<EarlyStoppingCase> keras_early_stoppings = {\n"
text += "\n".join(early_stopping_rows()) + "\n};\n\n}  // namespace keratin::test\n"
PATH.write_text(text)
subprocess.run(["clang-format-16", "-i", str(PATH)], check=True)
