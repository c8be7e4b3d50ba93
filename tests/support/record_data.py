"""Writes tests/data/data/keras.h: what keras.utils and NumPy give for data.

    KERAS_BACKEND=tensorflow python tests/support/record_data.py

Needs keras and tensorflow of the versions that the file names, and clang-format-16.
"""

import pathlib
import subprocess

import keras
import numpy as np
import tensorflow as tf

PATH = pathlib.Path(__file__).resolve().parents[1] / "data" / "data" / "keras.h"
HEADER = f"""#pragma once

#include <optional>

#include "keratin/data/utils.h"
#include "support/recorded.h"

// What Keras {keras.__version__} on TensorFlow {tf.__version__} and NumPy {np.__version__} give. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_data.py

namespace keratin::test {{

"""


def values(array):
    array = np.asarray(array)
    shape = ", ".join(map(str, array.shape))
    return f"{{{{{shape}}}, {{{', '.join(repr(float(np.float32(x))) + 'F' for x in array.ravel())}}}}}"


def member(name, value):
    if isinstance(value, str):
        value = f'"{value}"'
    if isinstance(value, bool):
        value = str(value).lower()
    if value is None:
        value = "std::nullopt"
    return f".{name} = {value}"


def options_of(options, order):
    return "{" + ", ".join(member(name, options[name]) for name in order if name in options) + "}"


def table(kind, name, rows):
    return f"const std::vector<{kind}> {name} = {{\n" + "\n".join(rows) + "\n};\n\n"


WINDOWS = [
    (20, False, {"sequence_length": 3, "batch_size": 4}),
    (20, True, {"sequence_length": 3, "batch_size": 6}),
    (30, True, {"sequence_length": 4, "sequence_stride": 3, "sampling_rate": 2, "batch_size": 5}),
    (30, False, {"sequence_length": 5, "sampling_rate": 3, "batch_size": None, "start_index": 2, "end_index": 21}),
    (25, True, {"sequence_length": 2, "sequence_stride": 2, "start_index": 5, "end_index": 20, "batch_size": 128}),
]
WINDOW_ORDER = ["sequence_stride", "sampling_rate", "batch_size", "start_index", "end_index"]


def windows():
    for count, has_targets, options in WINDOWS:
        data = np.stack([np.arange(count), 100.0 + np.arange(count)], axis=1).astype("float32")
        targets = np.arange(count, dtype="float32") * 2 if has_targets else None
        batches = list(keras.utils.timeseries_dataset_from_array(data, targets, **options))
        xs = [np.asarray(b[0] if has_targets else b) for b in batches]
        ys = [np.asarray(b[1]) for b in batches] if has_targets else []
        join = np.concatenate if options["batch_size"] else np.stack
        sizes = ", ".join(str(x.shape[0]) for x in xs) if options["batch_size"] else ""
        yield (
            f"{{{count}, {options['sequence_length']}, {options_of(options, WINDOW_ORDER)}, {{{sizes}}}, "
            f"{values(join(xs))}, {values(join(ys)) if has_targets else '{}'}}},"
        )


RAGGED = [[1, 2, 3], [4], [], [5, 6, 7, 8]]
PADDED = [
    {},
    {"padding": "post"},
    {"maxlen": 2},
    {"maxlen": 2, "truncating": "post"},
    {"maxlen": 6, "value": -1.0, "dtype": "float32"},
    {"maxlen": 3, "padding": "post", "truncating": "post", "value": 9.0},
]
PAD_ORDER = ["maxlen", "dtype", "padding", "truncating", "value"]


def padded():
    for options in PADDED:
        result = keras.utils.pad_sequences(RAGGED, **options)
        given = options_of({k: v for k, v in options.items() if k != "dtype"}, PAD_ORDER)
        if "dtype" in options:
            given = given.replace("{.maxlen = 6", f"{{.maxlen = 6, .dtype = {options['dtype']}")
        yield f"{{{given}, {values(result)}}},"


def normalized():
    x = np.array([[3.0, -4.0, 0.0], [0.0, 0.0, 0.0], [1.0, 2.0, -2.0]], dtype="float32")
    for axis in (0, 1, -1):
        for order in (1, 2, 3):
            # The way of tensors: that of arrays does not keep to axis 0.
            result = np.asarray(keras.utils.normalize(tf.constant(x), axis=axis, order=order))
            yield f"{{{values(x)}, {{.axis = {axis}, .order = {order}}}, {values(result)}}},"


def categories():
    for x, classes in (([0, 2, 1], None), ([[1], [3]], 5), ([[0, 1], [2, 0]], None)):
        given = "std::nullopt" if classes is None else classes
        yield f"{{{values(x)}, {given}, {values(keras.utils.to_categorical(x, classes))}}},"


def orders():
    for seed, count in ((0, 10), (1337, 17), (4294967295, 5), (42, 64)):
        order = np.arange(count)
        np.random.RandomState(seed).shuffle(order)
        yield f"{{{seed}U, {{{', '.join(map(str, order))}}}}},"


STRUCTS = """struct RecordedWindows {
  std::int64_t rows;
  std::int64_t sequence_length;
  utils::TimeseriesOptions options;
  std::vector<std::int64_t> batch_sizes;
  Values x;
  Values y;
};

struct RecordedPadding {
  utils::PadSequencesOptions options;
  Values result;
};

struct RecordedNorm {
  Values x;
  utils::NormalizeOptions options;
  Values result;
};

struct RecordedCategories {
  Values x;
  std::optional<std::int64_t> num_classes;
  Values result;
};

struct RecordedOrder {
  std::uint32_t seed;
  std::vector<std::int64_t> order;
};

"""


def main():
    text = HEADER + STRUCTS
    text += table("RecordedWindows", "recorded_windows", windows())
    text += table("RecordedPadding", "recorded_paddings", padded())
    text += table("RecordedNorm", "recorded_norms", normalized())
    text += table("RecordedCategories", "recorded_categories", categories())
    text += table("RecordedOrder", "recorded_orders", orders())
    PATH.write_text(text + "}  // namespace keratin::test\n")
    subprocess.run(["clang-format-16", "-i", str(PATH)], check=True)


main()
