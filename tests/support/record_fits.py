"""Writes tests/training/data/fits.h: what Keras's fit gives with each of its arguments, for small models.

    KERAS_BACKEND=tensorflow python tests/support/record_fits.py

Needs keras and tensorflow of the versions that the file names, and clang-format-16. Models of several outputs are run
eagerly, as a graph's losses by output weigh a short last batch as much as a full one.
"""

import pathlib
import subprocess

import keras
import numpy as np
import tensorflow as tf
from keras import layers, optimizers

PATH = pathlib.Path(__file__).resolve().parents[1] / "training" / "data" / "fits.h"
HEADER = f"""#pragma once

#include "training/training_case.h"

// What Keras {keras.__version__} on TensorFlow {tf.__version__} gives. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_fits.py

namespace keratin::test {{

inline const std::vector<TrainingCase> keras_fits = {{
"""
SPARSE = "sparse_categorical_crossentropy"
QUIET = {"shuffle": False, "verbose": 0}


def wave(shape, seed, scale=1.0):
    """The same numbers as test::wave(): exact in float32."""
    at = np.arange(int(np.prod(shape)), dtype="int64")
    return (scale * (((at * 37 + seed * 11 + at * at * 3) % 101) - 50) / 64).astype("float32").reshape(shape)


def classes(rows, count, seed):
    at = np.arange(rows)
    return ((at * 7 + seed + at * at) % count).astype("int32")


def positive(shape, seed):
    return (wave(shape, seed) + 1).astype("float32")


def start(model):
    for i, variable in enumerate(model.trainable_variables):
        variable.assign(wave(variable.shape, i + 3, 0.5))


def one_hot(labels, count):
    return np.eye(count, dtype="float32")[labels]


def classifier(**options):
    model = keras.Sequential([layers.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
    start(model)
    model.compile(**({"optimizer": optimizers.Adam(0.01), "loss": SPARSE, "metrics": ["accuracy"]} | options))
    return model


def regression(*more, units=1, kernel=None, **options):
    model = keras.Sequential([layers.Input((4,)), layers.Dense(5, activation="tanh", **(kernel or {})), *more, layers.Dense(units)])
    start(model)
    model.compile(**({"optimizer": optimizers.SGD(0.05, momentum=0.9), "loss": "mse", "metrics": ["mae"]} | options))
    return model


def two_headed(as_dictionary=False, **options):
    a, b = layers.Input((3,), name="a"), layers.Input((2,), name="b")
    x = layers.Concatenate()([layers.Dense(4, activation="tanh")(a), layers.Dense(3, activation="tanh")(b)])
    digit, level = layers.Dense(3, activation="softmax", name="digit")(x), layers.Dense(1, name="level")(x)
    outputs = {"second": digit, "first": level} if as_dictionary else [digit, level]
    model = keras.Model([a, b], outputs)
    start(model)
    model.compile(optimizer=optimizers.Adam(0.02), run_eagerly=True, **options)
    return model


X6, Y3 = wave((22, 6), 1), classes(22, 3, 2)
X4, Y1 = wave((22, 4), 1), wave((22, 1), 2)
AB = [wave((22, 3), 1), wave((22, 2), 2)]
HEADS = [Y3, Y1]


def batches(*arrays, size=8):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(size)


def fitted(model, *data, **options):
    if "batch_size" not in options and not isinstance(data[0], tf.data.Dataset) and "steps_per_epoch" not in options:
        options["batch_size"] = 8
    return model, model.fit(*data, **({"epochs": 2} | QUIET | options)).history


def sequences(**options):
    model = keras.Sequential(
        [layers.Input((5,), dtype="int32"), layers.Embedding(7, 4, mask_zero=True), layers.SimpleRNN(4, return_sequences=True),
         layers.Dense(3, activation="softmax")]
    )
    start(model)
    model.compile(**({"optimizer": optimizers.SGD(0.1), "loss": SPARSE} | options))
    return model


TOKENS = classes(60, 7, 3).reshape(12, 5)
TAGS = classes(60, 3, 1).reshape(12, 5)


class Doubled(keras.Model):
    """A step of one's own: a penalty of the prediction, and a number that Keras doesn't have."""

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred) + 0.1 * tf.reduce_mean(tf.square(y_pred))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"own_loss": loss, "largest": tf.reduce_max(y_pred)}


def own_step():
    x = layers.Input((4,))
    model = Doubled(x, layers.Dense(1)(layers.Dense(5, activation="tanh")(x)))
    start(model)
    model.compile(optimizer=optimizers.SGD(0.05), loss="mse")
    return fitted(model, X4, Y1, epochs=3)


def with_policy(policy, dtype="float32", optimizer=None, epochs=2):
    before = keras.config.floatx()
    keras.config.set_floatx("float64" if policy == "float64" else "float32")
    keras.config.set_dtype_policy(policy)
    try:
        model = keras.Sequential([layers.Input((4,)), layers.Dense(5, activation="tanh"), layers.Dense(2)])
        start(model)
        model.compile(optimizer=optimizer or optimizers.Adam(0.01), loss="mse", metrics=["mae"])
        y = wave((22, 2), 2).astype(dtype)
        return fitted(model, X4.astype(dtype), y, sample_weight=positive((22,), 5).astype(dtype), epochs=epochs)
    finally:
        keras.config.set_floatx(before)
        keras.config.set_dtype_policy("float32")


def unsupervised():
    """A loss that layers add alone."""
    model = keras.Sequential(
        [layers.Input((4,)), layers.Dense(3, activation="tanh", activity_regularizer=keras.regularizers.L2(0.1)),
         layers.Dense(2, kernel_regularizer=keras.regularizers.L1(0.05))]
    )
    start(model)
    model.compile(optimizer=optimizers.SGD(0.1))
    return fitted(model, X4)


def frozen():
    model = keras.Sequential(
        [layers.Input((4,)), layers.Dense(5, trainable=False, kernel_initializer="ones"), layers.BatchNormalization(trainable=False),
         layers.BatchNormalization(momentum=0.5), layers.Dense(1)]
    )
    start(model)
    model.compile(optimizer=optimizers.Adam(0.02), loss="mse", metrics=["mae"])
    return fitted(model, X4, Y1)


def cases():
    weights = [positive((22,), 3), positive((22,), 4)]
    weighted = {"loss": [SPARSE, "mse"], "weighted_metrics": [["accuracy"], ["mae", "mse"]], "loss_weights": [0.5, 2.0]}
    yield "weights_in_a_list", fitted(two_headed(**weighted), AB, HEADS, sample_weight=weights, validation_split=0.3)
    named = {"loss": {"level": "mse", "digit": SPARSE}, "metrics": {"level": ["mae"]}}
    yield "a_dictionary_of_outputs", fitted(
        two_headed(True, loss={"first": "mse", "second": SPARSE}, metrics={"first": ["mae"], "second": ["accuracy"]}),
        AB, {"first": Y1, "second": Y3}, sample_weight={"first": weights[0], "second": weights[1]})
    yield "metrics_of_one_output", fitted(two_headed(**named), AB, HEADS)
    yield "a_loss_of_one_output", fitted(two_headed(loss=[None, "mse"], metrics=[None, ["mae"]]), AB, HEADS)
    yield "names_that_meet", fitted(
        classifier(metrics=["accuracy", "accuracy", keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
                   weighted_metrics=["accuracy", "accuracy", "acc"]), X6, Y3, sample_weight=positive((22,), 3))
    yield "names_that_meet_by_output", fitted(
        two_headed(loss=[SPARSE, "mse"], metrics=[["accuracy"], ["mae", "mae"]],
                   weighted_metrics=[["accuracy"], ["mae", "mae"]]), AB, HEADS, sample_weight=weights)
    yield "class_weight_of_one_hot", fitted(
        classifier(loss="categorical_crossentropy", weighted_metrics=["mse"]), X6, one_hot(Y3, 3), class_weight={0: 0.5, 2: 3.0})
    yield "class_weight_of_a_stream", fitted(
        classifier(weighted_metrics=["accuracy"]), batches(X6, Y3), class_weight={0: 0.5, 1: 2.0, 2: 3.0})
    yield "class_weight_of_sequences", fitted(
        sequences(loss="categorical_crossentropy", weighted_metrics=["accuracy"]),
        batches(TOKENS, one_hot(TAGS, 3), size=5), class_weight={0: 0.5, 1: 2.0, 2: 3.0})
    yield "weights_of_sequences", fitted(
        sequences(metrics=["accuracy"], weighted_metrics=["accuracy", SPARSE]), TOKENS, TAGS,
        batch_size=5, sample_weight=positive((12, 5), 2))
    yield "steps_per_execution", fitted(classifier(steps_per_execution=2), X6, Y3, validation_data=(X6, Y3), validation_batch_size=5)
    yield "steps_to_the_end", fitted(regression(), X4, Y1, batch_size=5, steps_per_epoch=3, epochs=4)
    yield "steps_that_make_the_batch", fitted(regression(), X4, Y1, steps_per_epoch=3)
    yield "steps_and_executions", fitted(regression(steps_per_execution=3), X4, Y1, batch_size=3, steps_per_epoch=4, epochs=3)
    yield "steps_of_a_stream", fitted(
        regression(), batches(X4, Y1, size=4), steps_per_epoch=4, epochs=3, validation_data=batches(X4, Y1, size=4), validation_steps=2)
    yield "weights_of_a_stream", fitted(
        regression(weighted_metrics=["mae"]), batches(X4, Y1, positive((22,), 3)), validation_data=batches(X4, Y1, positive((22,), 4)))
    yield "epochs_to_validate_after", fitted(regression(), X4, Y1, epochs=5, validation_freq=[1, 4, 5], validation_data=(X4, Y1))
    yield "a_loss_of_layers_alone", unsupervised()
    yield "frozen_layers", frozen()
    yield "constraints", fitted(
        regression(kernel={"kernel_constraint": keras.constraints.MaxNorm(0.5), "bias_constraint": keras.constraints.NonNeg()}), X4, Y1)
    yield "a_step_of_ones_own", own_step()
    yield "mixed_bfloat16", with_policy("mixed_bfloat16")
    yield "mixed_float16", with_policy("mixed_float16")
    yield "float64", with_policy("float64", "float64")
    averages = {"use_ema": True, "ema_momentum": 0.8}
    yield "averages", fitted(regression(optimizer=optimizers.SGD(0.1, **averages)), X4, Y1, validation_data=(X4, Y1))
    yield "averages_that_overwrite", fitted(
        regression(optimizer=optimizers.Adam(0.02, ema_overwrite_frequency=2, **averages)), X4, Y1, validation_data=(X4, Y1))
    yield "mixed_float16_with_averages", with_policy("mixed_float16", optimizer=optimizers.Adam(0.01, **averages))
    overflows = optimizers.LossScaleOptimizer(optimizers.Adam(0.01), initial_scale=2.0**20, dynamic_growth_steps=2)
    yield "mixed_float16_that_overflows", with_policy("mixed_float16", optimizer=overflows, epochs=4)


def number(x):
    """As short as float32 needs it."""
    return "NAN" if np.isnan(x) else repr(float(str(np.float32(x))))


def row(name, history, model):
    columns = ", ".join(f'{{"{k}", {{{", ".join(number(float(v)) for v in values)}}}}}' for k, values in history.items())
    weights = np.concatenate([np.asarray(w, "float32").ravel() for w in model.get_weights()])
    return f'{{"{name}", {{{columns}}}, {{{", ".join(number(w) + "F" for w in weights)}}}}},'


def main():
    text = HEADER + "\n".join(row(name, history, model) for name, (model, history) in cases())
    PATH.write_text(text + "\n};\n\n}  // namespace keratin::test\n")
    subprocess.run(["clang-format-16", "-i", str(PATH)], check=True)


if __name__ == "__main__":
    main()
