"""Writes tests/losses/data/*.h: what Keras's losses give, with all options, reductions and masks, and their configs.

    KERAS_BACKEND=tensorflow python tests/support/record_losses.py

Needs keras and tensorflow of the versions that the files name, and clang-format-16.
"""

import inspect

import keras
import numpy as np
import tensorflow as tf
from keras.src import backend

from record_keras import activated, array, draw, one_hot, rows_of_probabilities, write
from record_keras_vocabulary import value as config_value

REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"]


def first_inputs():
    """(loss, options, activation, y_true, y_pred) of the first losses, without reductions and weights."""
    logits, probabilities = draw((4, 3), -3, 3, 1), rows_of_probabilities((4, 3), 2)
    classes = np.array([2, 0, 1, 1], "float32")
    saturated = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], "float32")
    for name in ["MeanSquaredError", "MeanAbsoluteError"]:
        yield name, {}, "", draw((4, 3), -1, 1, 3), draw((4, 3), -1, 1, 4)
        yield name, {}, "", draw((4,), -1, 1, 3), draw((4, 1), -1, 1, 4)
        yield name, {}, "", draw((2, 3, 1), -1, 1, 3), draw((2, 3), -1, 1, 4)
        yield name, {}, "", draw((2, 3, 2), -1, 1, 3), draw((2, 3, 2), -1, 1, 4)
    name = "CategoricalCrossentropy"
    for smoothing in [0.0, 0.1]:
        options = {"label_smoothing": smoothing}
        yield name, options, "", one_hot([2, 0, 1, 1], 3), probabilities
        yield name, options | {"from_logits": True}, "", one_hot([2, 0, 1, 1], 3), logits
    yield name, {}, "", one_hot([1, 2], 3), saturated
    yield name, {}, "softmax", one_hot([1, 2], 3), 100 * saturated
    yield name, {}, "", one_hot([1, 2], 3), np.array([[0.2, 0.9, 0.4], [1.0, 2.0, 3.0]], "float32")
    yield name, {"axis": 1}, "", one_hot([[1, 0], [0, 1]], 3).transpose(0, 2, 1), rows_of_probabilities((2, 3, 2), 5)
    yield name, {"axis": 1, "from_logits": True}, "", one_hot([[1, 0], [0, 1]], 3).transpose(0, 2, 1), draw(
        (2, 3, 2), -3, 3, 6
    )
    name = "SparseCategoricalCrossentropy"
    yield name, {}, "", classes, probabilities
    yield name, {"from_logits": True}, "", classes, logits
    yield name, {}, "", classes.reshape(4, 1), probabilities
    yield name, {}, "", np.array([1, 2], "float32"), saturated
    yield name, {}, "softmax", np.array([1, 2], "float32"), 100 * saturated
    yield name, {}, "", np.array([[1, 0], [2, 1]], "float32"), rows_of_probabilities((2, 2, 3), 7)
    name = "BinaryCrossentropy"
    binary = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0]], "float32")
    for smoothing in [0.0, 0.2]:
        options = {"label_smoothing": smoothing}
        yield name, options, "", binary, draw((4, 3), 0.02, 0.98, 8)
        yield name, options | {"from_logits": True}, "", binary, logits
    yield name, {}, "", binary[:, 0], draw((4, 1), 0.02, 0.98, 9)
    yield name, {}, "", binary[:2], saturated
    yield name, {}, "sigmoid", binary[:2], 200 * saturated - 100
    yield name, {"axis": 1}, "", binary.reshape(2, 3, 2), draw((2, 3, 2), 0.02, 0.98, 10)


def first_cases():
    """(loss, options, activation, y_true, y_pred, sample_weight, mask)."""
    for loss, options, activation, y_true, y_pred in first_inputs():
        yield loss, {"reduction": "none"} | options, activation, y_true, y_pred, None, None
    y_true, y_pred = draw((2, 3, 2), -1, 1, 11), draw((2, 3, 2), -1, 1, 12)
    weights = [draw(shape, 0.1, 2, 13) for shape in [(2, 3), (2, 1), (2, 3, 1)]]
    for reduction in REDUCTIONS:
        for weight in [None, *weights]:
            yield "MeanSquaredError", {"reduction": reduction}, "", y_true, y_pred, weight, None
    zeros = np.zeros((2, 3), "float32")
    yield "MeanSquaredError", {"reduction": "mean_with_sample_weight"}, "", y_true, y_pred, zeros, None
    yield "MeanSquaredError", {}, "", y_true[0], y_pred[0], draw((3, 1), 0.1, 2, 14), None


def regression_inputs():
    y_true, y_pred = draw((4, 3), -2, 2, 21), draw((4, 3), -2, 2, 22)
    for loss in ["MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "LogCosh", "Huber", "CosineSimilarity"]:
        yield loss, {}, y_true, y_pred
        yield loss, {}, y_true[:, 0], y_pred[:, :1]
    yield "MeanAbsolutePercentageError", {}, np.where(y_true < 0, 0, y_true), y_pred
    yield "LogCosh", {}, y_true, 40 * y_pred
    for delta in [0.5, 2.0]:
        yield "Huber", {"delta": delta}, y_true, y_pred
    yield "CosineSimilarity", {"axis": 0}, y_true, y_pred
    yield "CosineSimilarity", {"axis": 1}, draw((2, 3, 2), -1, 1, 23), draw((2, 3, 2), -1, 1, 24)
    yield "CosineSimilarity", {}, np.zeros((4, 3), "float32"), y_pred


def hinge_inputs():
    scores = draw((4, 3), -2, 2, 25)
    binary = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0]], "float32")
    for loss in ["Hinge", "SquaredHinge"]:
        for y_true in [binary, 2 * binary - 1, binary - 0.3]:
            yield loss, {}, y_true, scores
        yield loss, {}, binary[:, 0], scores[:, :1]
    yield "CategoricalHinge", {}, one_hot([2, 0, 1, 1], 3), scores
    yield "CategoricalHinge", {}, one_hot([[2, 0], [1, 1]], 3), draw((2, 2, 3), -2, 2, 26)


def probabilistic_inputs():
    logits, probabilities = draw((4, 3), -3, 3, 31), rows_of_probabilities((4, 3), 32)
    binary = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0]], "float32")
    images, scores = binary.reshape(2, 3, 2), draw((2, 3, 2), 0.02, 0.98, 33)
    for options in [{}, {"apply_class_balancing": True, "alpha": 0.4, "gamma": 1.5, "label_smoothing": 0.1}]:
        yield "BinaryFocalCrossentropy", options, binary, draw((4, 3), 0.02, 0.98, 34)
        yield "BinaryFocalCrossentropy", options | {"from_logits": True}, binary, logits
        yield "BinaryFocalCrossentropy", options | {"axis": 1}, images, scores
    for options in [{}, {"alpha": 0.4, "gamma": 1.5, "label_smoothing": 0.1}]:
        yield "CategoricalFocalCrossentropy", options, one_hot([2, 0, 1, 1], 3), probabilities
        yield "CategoricalFocalCrossentropy", options | {"from_logits": True}, one_hot([2, 0, 1, 1], 3), logits
        yield "CategoricalFocalCrossentropy", options | {"axis": 1}, images, scores
    for ignored in [1, -1]:
        classes = np.array([2, ignored, 1, 0], "float32")
        for options, y_pred in [({}, probabilities), ({"from_logits": True}, logits)]:
            yield "SparseCategoricalCrossentropy", options | {"ignore_class": ignored}, classes, y_pred
    for classes in [np.array([2, 0, 1, 1], "float32"), np.array([2, -1, 3, 1], "float32")]:
        yield "CategoricalGeneralizedCrossEntropy", {}, classes, probabilities
    yield "CategoricalGeneralizedCrossEntropy", {"q": 0.7}, one_hot([[2, 0], [1, 1]], 3)[..., 0], rows_of_probabilities(
        (2, 2, 3), 35
    )
    yield "KLDivergence", {}, rows_of_probabilities((4, 3), 36), probabilities
    yield "KLDivergence", {}, one_hot([2, 0, 1, 1], 3), probabilities
    yield "Poisson", {}, draw((4, 3), 0.1, 3, 37), draw((4, 3), 0.1, 3, 38)
    yield "Poisson", {}, np.array([1, 0, 4, 2], "float32"), draw((4, 1), 0.1, 3, 39)


def overlap_inputs():
    y_true, y_pred = one_hot([[[0, 1], [1, 1]], [[1, 0], [0, 0]]], 2), draw((2, 2, 2, 2), 0.02, 0.98, 41)
    for axis in [{}, {"axis": (1, 2, 3)}, {"axis": -1}]:
        yield "Dice", axis, y_true, y_pred
        yield "Tversky", axis | {"alpha": 0.3, "beta": 0.8}, y_true, y_pred
    yield "Tversky", {}, y_true, y_pred


def circle_inputs():
    embeddings = draw((6, 3), -1, 1, 42)
    embeddings = np.round(0.95 * embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True), 3)
    classes = np.array([0, 1, 0, 1, 2, 3], "float32")
    for remove_diagonal in [True, False]:
        yield "Circle", {"remove_diagonal": remove_diagonal, "gamma": 8.0}, classes, embeddings
    yield "Circle", {"gamma": 4.0, "margin": 0.25}, classes.reshape(6, 1), embeddings


def ctc_inputs():
    labels, logits = np.array([[1, 2, 0], [3, 3, 0], [2, 0, 0]], "float32"), draw((3, 5, 4), -2, 2, 43)
    yield "CTC", {}, labels, logits
    yield "CTC", {}, np.zeros((3, 2), "float32"), logits


def reductions_and_masks():
    classes, probabilities = np.array([2, 1, 1, 0], "float32"), rows_of_probabilities((4, 3), 51)
    weight = draw((4,), 0.1, 2, 52)
    _, circle, labels, embeddings = next(circle_inputs())
    y_true, y_pred, mask = draw((2, 3, 2), -1, 1, 53), draw((2, 3, 2), -1, 1, 54), np.array([[1, 1, 0], [1, 0, 0]])
    for reduction in REDUCTIONS:
        ignoring = {"reduction": reduction, "ignore_class": 1}
        for w in [None, weight]:
            yield "SparseCategoricalCrossentropy", ignoring, classes, probabilities, w, None
        yield "SparseCategoricalCrossentropy", ignoring, classes, probabilities, weight, np.array([1, 1, 1, 0])
        yield "Circle", circle | {"reduction": reduction}, labels, embeddings, None, None
        for w in [None, draw((2, 3), 0.1, 2, 55), draw((2, 1), 0.1, 2, 56)]:
            yield "MeanSquaredError", {"reduction": reduction}, y_true, y_pred, w, mask
        yield "Dice", {"reduction": reduction}, y_true, y_pred, draw((2,), 0.1, 2, 57), None


def more_cases():
    for inputs in [regression_inputs, hinge_inputs, probabilistic_inputs, overlap_inputs, circle_inputs, ctc_inputs]:
        for loss, options, y_true, y_pred in inputs():
            yield loss, {"reduction": "none"} | options, "", y_true, y_pred, None, None


def reduction_cases():
    for loss, options, *arrays in reductions_and_masks():
        yield loss, options, "", *arrays


def value_of(loss, options, activation, y_true, y_pred, weight, mask):
    def compute(y, x):
        x = activated(activation, x)
        if mask is not None:
            backend.set_keras_mask(x, tf.constant(mask, "bool"))
        return getattr(keras.losses, loss)(**options)(y, x, sample_weight=weight)

    return tf.function(compute)(tf.constant(y_true), tf.constant(y_pred)).numpy()


def entries(config):
    return "{" + ", ".join(f'{{"{key}", {config_value(each)}}}' for key, each in config.items()) + "}"


def record(file, name, cases):
    rows = []
    for loss, options, activation, *arrays in cases:
        fields = [f'.loss = "{loss}"']
        fields += [f'.activation = "{activation}"'] if activation else []
        fields += [f".config = {entries(options)}"] if options else []
        for field, values in zip(["y_true", "y_pred", "weight", "mask"], arrays):
            if values is not None:
                fields.append(f".{field} = {array(values)}")
        fields.append(f".expected = {array(value_of(loss, options, activation, *arrays))}")
        rows.append(", ".join(fields))
    write("losses", "losses/loss_case.h", "LossCase", name, rows, file, "record_losses.py")


def config_cases():
    """(loss, options)."""
    for name in sorted(dir(keras.losses)):
        if inspect.isclass(getattr(keras.losses, name)) and name != "Loss":
            yield name, {}
    for reduction in [*REDUCTIONS, None]:
        yield "MeanSquaredError", {"reduction": reduction, "name": "own"}
    binary = {"from_logits": True, "label_smoothing": 0.1, "axis": 1}
    yield "BinaryCrossentropy", binary
    yield "BinaryFocalCrossentropy", binary | {"apply_class_balancing": True, "alpha": 0.5, "gamma": 1.5}
    yield "CategoricalCrossentropy", binary
    yield "CategoricalFocalCrossentropy", binary | {"alpha": 0.5, "gamma": 1.5}
    yield "SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": -1}
    yield "CategoricalGeneralizedCrossEntropy", {"q": 0.25}
    yield "Dice", {"axis": [1, 2]}
    yield "Tversky", {"alpha": 0.25, "beta": 0.75, "axis": -1}
    yield "Circle", {"gamma": 64.0, "margin": 0.25, "remove_diagonal": False}


def record_configs():
    rows = []
    for loss, options in config_cases():
        config = getattr(keras.losses, loss)(**options).get_config()
        rows.append(f'.loss = "{loss}", .given = {entries(options)}, .expected = {entries(config)}')
    write("losses", "losses/loss_case.h", "LossConfigCase", "keras_loss_configs", rows, "configs.h", "record_losses.py")


if __name__ == "__main__":
    record_configs()
    record("keras.h", "keras_losses", first_cases())
    record("keras_more.h", "more_keras_losses", more_cases())
    record("keras_reductions.h", "keras_loss_reductions", reduction_cases())
