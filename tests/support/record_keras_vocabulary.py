"""Writes tests/{activations,constraints,initializers,layers,regularizers}/data/vocabulary.h: what Keras computes.

    KERAS_BACKEND=tensorflow python tests/support/record_keras_vocabulary.py

Needs keras, tensorflow and scipy of the versions that the files name, and clang-format-16.
"""

import inspect
import pathlib
import subprocess

import keras
import numpy as np
import tensorflow as tf

TESTS = pathlib.Path(__file__).resolve().parents[1]
HEADER = """#pragma once

#include "support/vocabulary_case.h"

// What Keras {keras} on TensorFlow {tf} computes in float32. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_keras_vocabulary.py

namespace keratin::test {{

inline const std::vector<VocabularyCase> keras_{room} = {{
{rows}
}};

}}  // namespace keratin::test
"""


def number(x):
    """As a float literal; whole numbers convert by themselves."""
    text = np.format_float_positional(np.float32(x), unique=True, trim="-") if abs(x) >= 1e-4 else f"{np.float32(x):.9g}"
    return text + "f" if "." in text or "e" in text else text


def array(values):
    values = np.asarray(values, "float32")
    return "{{" + ", ".join(map(str, values.shape)) + "}, {" + ", ".join(map(number, values.ravel())) + "}}"


def value(x):
    """A ConfigValue."""
    if x is None:
        return "ConfigValue()"
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, (list, tuple)):
        return "ConfigValue::List{" + ", ".join(map(value, x)) + "}"
    return f'"{x}"' if isinstance(x, str) else repr(x)


def row(name, config, x, y):
    entries = ", ".join(f'{{"{key}", {value(each)}}}' for key, each in config.items())
    given = "" if x is None else f".input = {array(x)}, "
    return f'{{.class_name = "{name}", .config = {{{entries}}}, {given}.expected = {array(y)}}},'


def write(room, rows):
    path = TESTS / room / "data" / "vocabulary.h"
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEADER.format(keras=keras.__version__, tf=tf.__version__, room=room, rows="\n".join(rows)))
    subprocess.run(["clang-format-16", "-i", str(path)], check=True)


def wave(shape, scale=1.0):
    """The same numbers as test::wave()."""
    return (np.sin(0.7 * np.arange(int(np.prod(shape))) + 0.3) * scale).astype("float32").reshape(shape)


def activations():
    x = np.array([[-4.0, -1.25, -0.5, 0.0, 0.75, 2.5, 7.0, 1.5]], "float32")
    functions = {n: f for n, f in vars(keras.activations).items() if inspect.isfunction(f)}
    for name in functions.keys() - {"get", "serialize", "deserialize", "threshold"}:
        yield name, {}, x
    yield "relu", {"negative_slope": 0.1}, x
    yield "relu", {"max_value": 2.0}, x
    yield "relu", {"max_value": None, "threshold": 0.6}, x
    yield "relu", {"negative_slope": 0.25, "max_value": 3, "threshold": 0.5}, x
    yield "relu", {"max_value": 6}, x
    yield "leaky_relu", {"negative_slope": 0.05}, x
    yield "elu", {"alpha": 0.5}, x
    yield "celu", {"alpha": 2.0}, x
    yield "gelu", {"approximate": True}, x
    yield "squareplus", {"b": 0.5}, x
    yield "soft_shrink", {"threshold": 1.0}, x
    yield "hard_shrink", {"threshold": 0.7}, x
    yield "threshold", {"threshold": 0.6, "default_value": -3.0}, x
    yield "glu", {"axis": 1}, x.reshape(1, 4, 2)
    for name in ["softmax", "log_softmax"]:
        yield name, {"axis": 0}, x.reshape(2, 4)
        yield name, {"axis": None}, x.reshape(2, 4)
        yield name, {"axis": [0, 1]}, x.reshape(2, 4)
    yield "sparsemax", {"axis": 0}, 0.3 * x.reshape(4, 2)


def record_activations():
    rows = []
    for name, options, x in sorted(activations(), key=lambda case: (bool(case[1]), case[0])):
        arguments = {key: tuple(each) if isinstance(each, list) else each for key, each in options.items()}
        rows.append(row(name, options, x, getattr(keras.activations, name)(keras.ops.convert_to_tensor(x), **arguments)))
    write("activations", rows)


WEIGHTS = np.array([[-1.5, 0.25, 2, 0.5], [-0.75, 1, 3, 0], [-0.5, -0.125, 1.75, 0.625]], "float32")


def record_objects(room, objects):
    rows = []
    for each, x in objects:
        config = {key: float(v) if isinstance(v, np.floating) else v for key, v in each.get_config().items()}
        rows.append(row(type(each).__name__, config, x, each(keras.ops.convert_to_tensor(x))))
    write(room, rows)


def record_regularizers():
    from keras.regularizers import L1, L2, L1L2, OrthogonalRegularizer

    several = [L1(), L1(0.25), L2(), L2(0.3), L1L2(), L1L2(0.2, 0.4), OrthogonalRegularizer()]
    several.append(OrthogonalRegularizer(0.5, "columns"))
    record_objects("regularizers", [(each, WEIGHTS) for each in several])


def record_constraints():
    from keras.constraints import MaxNorm, MinMaxNorm, NonNeg, UnitNorm

    several = [MaxNorm(), MaxNorm(0.8, 1), MaxNorm(1.5, [0, 1]), NonNeg(), UnitNorm(), UnitNorm(1)]
    several += [MinMaxNorm(), MinMaxNorm(2.0, 2.5, 0.7, 1)]
    kernel = wave((2, 3, 2, 2))
    record_objects("constraints", [(each, WEIGHTS) for each in several] + [(MaxNorm(0.8, [0, 1, 2]), kernel)])


def record_initializers():
    from keras.initializers import STFT, Constant, Identity, Ones, Zeros

    several = [(Zeros(), (2, 3)), (Ones(), (2, 3)), (Constant(0.3), (2, 3)), (Identity(), (3, 3))]
    windows = ["boxcar", "hann", "hamming", "blackman", "nuttall", "blackmanharris", "flattop", "bartlett", "triang"]
    for window in windows + ["cosine"]:
        several.append((STFT(window=window), (6, 1, 4)))
        several.append((STFT("imag", window, "spectrum", True), (5, 1, 3)))
    several.append((STFT("real", None, None), (3, 1, 3)))
    rows = [row(type(i).__name__, i.get_config(), None, i(shape)) for i, shape in several]
    rows.append(row("Identity", {"gain": 2.5}, None, Identity(2.5)((2, 3))))  # which Keras's config leaves out
    write("initializers", rows)


def record_layers():
    from keras.layers import ELU, LeakyReLU, PReLU, ReLU, Softmax

    x = wave((2, 3, 2), 2.0)
    several = [
        (ReLU(), {}),
        (ReLU(1.5, 0.1, 0.4), {"max_value": 1.5, "negative_slope": 0.1, "threshold": 0.4}),
        (LeakyReLU(), {}),
        (LeakyReLU(0.1), {"negative_slope": 0.1}),
        (ELU(), {}),
        (ELU(0.7), {"alpha": 0.7}),
        (Softmax(), {}),
        (Softmax(1), {"axis": 1}),
        (Softmax([1, 2]), {"axis": [1, 2]}),
        (PReLU(), {}),
        (PReLU(shared_axes=[1]), {"shared_axes": [1]}),
    ]
    rows = []
    for layer, config in several:
        layer.build((None, 3, 2))
        layer.set_weights([wave(w.shape, 0.5) for w in layer.weights])
        rows.append(row(type(layer).__name__, config, x, layer(x)))
    write("layers", rows)


if __name__ == "__main__":
    record_activations()
    record_regularizers()
    record_constraints()
    record_initializers()
    record_layers()
