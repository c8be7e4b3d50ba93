"""What the scripts have in common that record what Keras computes for small cases."""

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
