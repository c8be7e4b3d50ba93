"""Writes tests/optimizers/data/keras.h: what Keras computes for small cases.

    KERAS_BACKEND=tensorflow python tests/support/record_keras.py

Needs keras and tensorflow of the versions that the files name, and clang-format-16.
"""

import itertools
import pathlib
import subprocess

import keras
import numpy as np
import tensorflow as tf

TESTS = pathlib.Path(__file__).resolve().parents[1]
HEADER = """#pragma once

#include "{case_header}"

// What Keras {keras} on TensorFlow {tf} computes in float32. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/{script}

namespace keratin::test {{

inline const std::vector<{case}> {name} = {{
{rows}
}};

}}  // namespace keratin::test
"""


def number(x):
    """As a float literal; whole numbers convert by themselves."""
    x = np.float32(x)
    text = str(int(x)) if x == int(x) and abs(x) < 1e7 else np.format_float_scientific(x, unique=True, trim="-")
    if "e" in text and 1e-5 < abs(x) < 1e7:
        text = np.format_float_positional(x, unique=True, trim="-")
    return text + "f" if "." in text or "e" in text else text


def numbers(values):
    return "{" + ", ".join(number(x) for x in np.asarray(values, "float32").ravel()) + "}"


def array(values):
    """A Values of the tables: shape and elements; {} for None."""
    if values is None:
        return "{}"
    shape = ", ".join(str(n) for n in np.shape(values))
    return "{{" + shape + "}, " + numbers(values) + "}"


def text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def fields(options):
    return ", ".join(f".{key} = {text(value)}" for key, value in options.items())


def write(room, case_header, case, name, rows, file="keras.h", script="record_keras.py"):
    path = TESTS / room / "data" / file
    rows = "\n".join("{" + row + "}," for row in rows)
    path.write_text(
        HEADER.format(
            case_header=case_header,
            keras=keras.__version__,
            tf=tf.__version__,
            script=script,
            case=case,
            name=name,
            rows=rows,
        )
    )
    subprocess.run(["clang-format-16", "-i", str(path)], check=True)


def draw(shape, low, high, seed):
    return np.round(np.random.default_rng(seed).uniform(low, high, shape), 2).astype("float32")


def one_hot(classes, depth):
    return np.eye(depth, dtype="float32")[np.asarray(classes)]


def rows_of_probabilities(shape, seed):
    values = draw(shape, 0.05, 1.0, seed)
    return np.round(values / values.sum(-1, keepdims=True), 3).astype("float32")


def activated(activation, y_pred):
    return getattr(keras.activations, activation)(y_pred) if activation else y_pred


# Optimizers.

STEPS = 10
KERNEL, BIAS = draw((2, 3), -1, 1, 1), draw((3,), -1, 1, 2)


def gradients(step):
    """The same numbers as in optimizer_test.cpp, as the initial weights above."""
    at = np.arange(9)
    flat = ((at * 7 + step * 5) % 16 - 7.5) / 8
    return flat[:6].reshape(2, 3).astype("float32"), flat[6:].astype("float32")


def optimizer_cases():
    common = [{}, {"weight_decay": 0.1}, {"clipnorm": 0.5}, {"clipvalue": 0.3}, {"global_clipnorm": 0.5}]
    own = {
        "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
        "Adam": [{}, {"amsgrad": True}],
        "RMSprop": [{}, {"momentum": 0.5}, {"centered": True}, {"momentum": 0.5, "centered": True}],
    }
    for name, options in own.items():
        for each, shared in itertools.product(options, common):
            yield name, {"learning_rate": 0.05} | each | shared
    yield "Adam", {"learning_rate": 0.05, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01}
    yield "RMSprop", {"learning_rate": 0.05, "rho": 0.5, "epsilon": 0.01}
    for name in own:
        yield name, {}


def record_optimizers():
    rows = []
    for name, options in optimizer_cases():
        weights = [keras.Variable(KERNEL, name="kernel"), keras.Variable(BIAS, name="bias")]
        optimizer = getattr(keras.optimizers, name)(**options)
        optimizer.build(weights)
        apply = tf.function(lambda g, h: optimizer.apply([g, h], weights))
        after = []
        for step in range(STEPS):
            apply(*gradients(step))
            if step in (1, STEPS - 1):
                after.append(numbers(np.concatenate([w.numpy().ravel() for w in weights])))
        rows.append(f"{fields({'optimizer': name} | options)}, .after_2 = {after[0]}, .after_10 = {after[1]}")
    write("optimizers", "optimizers/optimizer_case.h", "OptimizerCase", "keras_optimizers", rows)


if __name__ == "__main__":
    record_optimizers()
