"""Writes tests/metrics/data/*.h: the states and results that Keras's metrics have after each batch, with all options.

    KERAS_BACKEND=tensorflow python tests/support/record_metrics.py

Needs keras and tensorflow of the versions that the files name, and clang-format-16.
"""

import itertools
import subprocess

import keras
import numpy as np
import tensorflow as tf
from keras.src import backend

from record_keras import TESTS, array, draw, number, one_hot, rows_of_probabilities
from record_keras_vocabulary import value as config_value

WEIGHT = np.array([0.5, 2, 0, 1], "float32")
MASK = np.array([1, 0, 1, 1], "float32")
HEADER = """#pragma once

#include "metrics/metric_case.h"

// What Keras {keras} on TensorFlow {tf} computes. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_metrics.py

namespace keratin::test::{file} {{

{inputs}

inline const std::vector<MetricCase> cases = {{
{rows}
}};

}}  // namespace keratin::test::{file}
"""
FLOATS = {"label_smoothing", "threshold", "beta"}


def numbers(values):
    return "{" + ", ".join("NAN" if np.isnan(x) else number(x) for x in values) + "}"


def batch(y_true, y_pred=None, weight=None, mask=None):
    return y_true, y_pred, weight, mask


def reductions():
    values = [draw((4,), -1, 2, 1), draw((3,), -1, 2, 2)]
    table = draw((4, 3), -1, 2, 5)
    for name in ["Mean", "Sum"]:
        yield name, {}, [batch(v) for v in values]
        yield name, {}, [batch(values[0], None, WEIGHT), batch(values[1], None, WEIGHT[:3])]
        yield name, {}, [batch(table), batch(np.float32(0.5))]
        yield name, {}, [batch(table, None, draw(shape, 0, 2, 6)) for shape in [(4,), (4, 1), (4, 3)]]
        rows = draw((2, 3, 2), -1, 2, 7)
        yield name, {}, [batch(table, None, np.float32(0.5)), batch(rows, None, draw((2, 3), 0, 2, 8))]
        yield name, {"name": "own"}, [batch(table, None, np.zeros(4, "float32"))]
        yield name, {}, [batch(table, None, WEIGHT, MASK)]


def accuracies():
    binary, scores = np.array([1, 0, 1, 1], "float32"), np.array([0.7, 0.5, 0.4, 0.51], "float32")
    table = draw((4, 3), 0, 1, 9)
    classes, column = np.array([2, 0, 1, 1], "float32"), np.array([[2], [1], [1], [0]], "float32")
    sequences, of_sequences = np.array([[0, 1], [1, 2], [2, 2], [0, 0]], "float32"), draw((4, 2, 3), 0, 1, 10)
    ties = np.round(table, 0)
    yield "BinaryAccuracy", {}, [batch(binary, scores, None, MASK)]
    for w, m in [(None, None), (WEIGHT, MASK)]:
        yield "Accuracy", {}, [batch(classes, np.array([[2], [1], [1], [4]], "float32"), w, m)]
        yield "BinaryAccuracy", {}, [batch(binary, scores, w, m), batch(binary, scores.reshape(4, 1), w, m)]
        both = np.stack([binary, 1 - binary], 1)
        yield "BinaryAccuracy", {"threshold": 0.6}, [batch(both, np.stack([scores, scores], 1), w, m)]
        yield "CategoricalAccuracy", {}, [batch(one_hot([2, 0, 1, 1], 3), table, w, m)]
        yield "SparseCategoricalAccuracy", {}, [batch(classes, table, w, m), batch(column, table, w, m)]
        yield "SparseCategoricalAccuracy", {}, [batch(sequences, of_sequences, w, m)]
        yield "TopKCategoricalAccuracy", {"k": 2}, [batch(one_hot([2, 0, 1, 1], 3), scores, w, m) for scores in [table, ties]]
        yield "SparseTopKCategoricalAccuracy", {"k": 2}, [batch(classes, table, w, m), batch(column, ties, w, m)]
        yield "SparseTopKCategoricalAccuracy", {"k": 1}, [batch(sequences, of_sequences, w, m)]
        ids = np.array([[0, 2, 1], [0, 1, 2], [2, 0, 1], [1, 0, 2]], "float32")
        sorted_ids = {"k": 2, "from_sorted_ids": True}
        yield "SparseTopKCategoricalAccuracy", sorted_ids, [batch(classes, ids, w, m), batch(column, ids, w, m)]
    yield "CategoricalAccuracy", {}, [batch(one_hot([2, 2, 1, 0], 3), np.ones((4, 3), "float32"))]
    yield "CategoricalAccuracy", {}, [batch(one_hot(sequences.astype(int), 3), of_sequences, draw((4, 2), 0, 2, 11))]
    yield "SparseTopKCategoricalAccuracy", {}, [batch(np.array([7, -1, 1, 1], "float32"), table)]


def errors():
    target, output = draw((4, 3), -1, 1, 11), draw((4, 3), -1, 1, 12)
    for w, m in [(None, None), (WEIGHT, MASK)]:
        for name in ["MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError", "LogCoshError"]:
            yield name, {}, [batch(target, output, w, m), batch(target[:, 0], output[:, :1], w, m)]
        for name in ["MeanAbsolutePercentageError", "MeanSquaredLogarithmicError"]:
            yield name, {}, [batch(np.abs(target) + 0.1, np.abs(output) + 0.1, w, m)]
        yield "CosineSimilarity", {}, [batch(target, output, w, m)]
        yield "PearsonCorrelation", {}, [batch(target, output, w, m)]
        yield "ConcordanceCorrelation", {}, [batch(target, output, w, m)]
    rows = draw((4, 3, 2), -1, 1, 16), draw((4, 3, 2), -1, 1, 17)
    for name in ["CosineSimilarity", "PearsonCorrelation", "ConcordanceCorrelation"]:
        yield name, {"axis": 1}, [batch(*rows), batch(*rows, draw((4, 2), 0, 2, 18))]


def losses():
    target, output = draw((4, 3), -1, 1, 11), draw((4, 3), -1, 1, 12)
    probabilities, logits = rows_of_probabilities((4, 3), 13), draw((4, 3), -2, 2, 14)
    classes, hot = np.array([2, 0, 1, 1], "float32"), one_hot([2, 0, 1, 1], 3)
    smooth = {"from_logits": True, "label_smoothing": 0.1}
    for w, m in [(None, None), (WEIGHT, MASK)]:
        yield "Poisson", {}, [batch(np.abs(target) + 0.1, np.abs(output) + 0.1, w, m)]
        yield "KLDivergence", {}, [batch(rows_of_probabilities((4, 3), 15), probabilities, w, m)]
        yield "Hinge", {}, [batch(np.sign(target), output, w, m), batch((target > 0).astype("float32"), output, w, m)]
        yield "SquaredHinge", {}, [batch(np.sign(target), output, w, m)]
        yield "CategoricalHinge", {}, [batch(hot, output, w, m)]
        yield "BinaryCrossentropy", {}, [batch(hot, probabilities, w, m)]
        yield "BinaryCrossentropy", smooth, [batch(hot, logits, w, m)]
        yield "CategoricalCrossentropy", {}, [batch(hot, probabilities, w, m)]
        yield "CategoricalCrossentropy", smooth, [batch(hot, logits, w, m)]
        yield "SparseCategoricalCrossentropy", {}, [batch(classes, probabilities, w, m)]
        ignoring = {"from_logits": True, "ignore_class": 1}
        yield "SparseCategoricalCrossentropy", ignoring, [batch(classes[:, None], logits, w, m)]
    hot_rows = one_hot([[2, 0], [1, 1], [0, 0], [2, 1]], 3).transpose(0, 2, 1)
    yield "CategoricalCrossentropy", {"axis": 1}, [batch(hot_rows, draw((4, 3, 2), 0.1, 1, 16))]


def scores():
    target, output = draw((4, 2), -1, 1, 21), draw((4, 2), -1, 1, 22)
    weights = [None, WEIGHT, draw((4, 2), 0, 2, 23)]
    for aggregation in ["uniform_average", "variance_weighted_average", None]:
        for regressors in [0, 3]:
            options = {"class_aggregation": aggregation, "num_regressors": regressors}
            yield "R2Score", options, [batch(target, output, w) for w in weights]
    yield "R2Score", {"num_regressors": 9}, [batch(target, output), batch(target[:1], output[:1])]
    yield "R2Score", {}, [batch(np.ones((4, 2), "float32"), output)]
    hot, likely = one_hot([2, 0, 1, 1, 2], 3), rows_of_probabilities((5, 3), 24)
    likely[1] = [0.4, 0.4, 0.2]
    likely[4] = 0
    five = np.array([0.5, 2, 0, 1, 1.5], "float32")
    for average in [None, "micro", "macro", "weighted"]:
        yield "F1Score", {"average": average}, [batch(hot, likely), batch(hot, likely, five)]
        options = {"average": average, "beta": 2.0, "threshold": 0.3}
        yield "FBetaScore", options, [batch(hot, likely), batch(hot, likely, five)]


def overlaps():
    target, output = np.array([0, 1, 2, 2, 1, 0], "float32"), np.array([0, 1, 1, 2, 2, 1], "float32")
    outside = np.array([0, 1, 3, -1, 1, 0], "float32"), np.array([0, 7, 1, 2, -2, 0], "float32")
    whole = np.array([1, 2, 0, 1, 3, 1], "float32")
    for options in [{"target_class_ids": [0, 2]}, {"target_class_ids": [1], "ignore_class": 2}]:
        options = {"num_classes": 3} | options
        yield "IoU", options, [batch(target, output), batch(*outside), batch(target, output, whole)]
    yield "IoU", {"num_classes": 3, "target_class_ids": [2]}, [batch(np.zeros(4, "float32"), np.ones(4, "float32"))]
    yield "MeanIoU", {"num_classes": 3}, [batch(target.reshape(2, 3), output.reshape(2, 3), whole.reshape(2, 3))]
    yield "MeanIoU", {"num_classes": 3, "dtype": "float32"}, [batch(target, output, draw((6,), 0, 2, 31))]
    hot, likely = one_hot([2, 0, 1, 1, 2, 0], 3), rows_of_probabilities((6, 3), 32)
    yield "MeanIoU", {"num_classes": 3, "ignore_class": 0, "sparse_y_pred": False}, [batch(target, likely)]
    yield "MeanIoU", {"num_classes": 3, "sparse_y_true": False}, [batch(hot, output)]
    binary, chances = np.array([1, 0, 1, 1, 0, 0], "float32"), np.array([0.6, 0.5, 0.3, 0.9, 0.1, 0.3], "float32")
    for options in [{}, {"target_class_ids": [1], "threshold": 0.3}]:
        yield "BinaryIoU", options, [batch(binary, chances), batch(binary, chances, whole)]
    yield "OneHotIoU", {"num_classes": 3, "target_class_ids": [0, 2]}, [batch(hot, likely)]
    options = {"num_classes": 3, "target_class_ids": [1], "ignore_class": 0, "sparse_y_pred": True}
    yield "OneHotIoU", options, [batch(hot, output), batch(hot, output, whole)]
    yield "OneHotMeanIoU", {"num_classes": 3}, [batch(hot, likely)]
    yield "OneHotMeanIoU", {"num_classes": 3, "ignore_class": 2, "sparse_y_pred": True}, [batch(hot, output)]


LABELS = np.array([[1, 0, 1], [0, 1, 1], [1, 0, 0], [0, 0, 1]], "float32")
CHANCES = np.array([[0.9, 0.0, 0.5], [0.3, 0.61, 0.25], [0.5, 0.2, 0.75], [1.0, 0.1, 0.41]], "float32")


def counts():
    table = draw((4, 3), 0, 2, 41)
    batches = [batch(LABELS, CHANCES), batch(LABELS, CHANCES, WEIGHT), batch(LABELS, CHANCES, table)]
    column = batch(LABELS[:, 0], CHANCES[:, :1], WEIGHT)
    for name in ["TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives"]:
        yield name, {}, [*batches[:2], column]
        yield name, {"thresholds": 0.3}, [batches[2]]
        for thresholds in [[0.25, 0.5], [0.0, 0.5, 1.0], [0.5]]:
            yield name, {"thresholds": thresholds}, batches[1:]
    for name in ["Precision", "Recall"]:
        yield name, {}, [*batches, column]
        for options in [{"thresholds": [0.2, 0.6]}, {"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}, {"top_k": 2}]:
            yield name, options, batches[1:]
        yield name, {"class_id": 1}, batches[:2]
        yield name, {"top_k": 2, "class_id": 2}, batches[:2]
        yield name, {"top_k": 1, "thresholds": 0.55}, batches[:1]
    bounds = {
        "SensitivityAtSpecificity": "specificity",
        "SpecificityAtSensitivity": "sensitivity",
        "PrecisionAtRecall": "recall",
        "RecallAtPrecision": "precision",
    }
    for name, bound in bounds.items():
        yield name, {bound: 0.5, "num_thresholds": 5}, batches[1:]
        yield name, {bound: 0.8, "num_thresholds": 4, "class_id": 2}, batches[:2]
        yield name, {bound: 0.4, "num_thresholds": 1}, batches[:1]
        yield name, {bound: 1, "num_thresholds": 2}, batches[:1]


def areas():
    table = draw((4, 3), 0, 2, 51)
    batches = [batch(LABELS, CHANCES), batch(LABELS, CHANCES, WEIGHT), batch(LABELS, CHANCES, table)]
    curves = itertools.product(["ROC", "PR", "PRGAIN"], ["interpolation", "minoring", "majoring"])
    for curve, method in curves:
        own = {"curve": curve, "summation_method": method}
        yield "AUC", own | {"num_thresholds": 5}, batches[:2]
        yield "AUC", own | {"thresholds": [0.6, 0.2]}, batches[1:]


def label_areas():
    batches = [batch(LABELS, CHANCES), batch(LABELS, CHANCES, WEIGHT), batch(LABELS, CHANCES, draw((4, 3), 0, 2, 51))]
    several = {"multi_label": True}
    for own in [{"num_thresholds": 4}, {"thresholds": [0.3, 0.5]}, {"thresholds": [0.25, 0.5, 0.75]}]:
        yield "AUC", own | several, batches[:2]
        yield "AUC", own | several | {"label_weights": [0.5, 1.0, 2.0], "curve": "PR"}, batches[:2]
        yield "AUC", own | {"label_weights": [0.5, 1.0, 2.0]}, batches
    yield "AUC", {"num_thresholds": 4, "num_labels": 3} | several, batches
    logits = draw((4, 3), -3, 3, 52)
    yield "AUC", {"num_thresholds": 4, "from_logits": True}, [batch(LABELS, logits, None, MASK)]
    yield "AUC", {"num_thresholds": 2}, [batch(LABELS[:, 0], CHANCES[:, 0], WEIGHT), batch(LABELS[:, 0], CHANCES[:, :1])]


def described(metric, options):
    config = metric.get_config()
    if config.get("label_weights") is not None:
        config["label_weights"] = options["label_weights"]
    if "axis" in options:  # which Keras forgets for CosineSimilarity
        config["axis"] = options["axis"]
    if config.get("thresholds") is not None and not isinstance(config["thresholds"], float):
        config["thresholds"] = [float(x) for x in config["thresholds"]]
    return {k: float(v) if k in FLOATS and v is not None else v for k, v in config.items()}


class Inputs:
    """Arrays that a file's cases share, each written once."""

    def __init__(self):
        self.names = {}

    def name(self, values):
        text = array(values)
        return "{}" if values is None else self.names.setdefault(text, f"input_{len(self.names)}")

    def definitions(self):
        return "\n".join(f"inline const Values {name} = {text};" for text, name in self.names.items())


def recorded(inputs, metric, y_true, y_pred, weight, mask):
    last = tf.constant(y_true if y_pred is None else y_pred)
    if mask is not None:
        backend.set_keras_mask(last, tf.constant(mask.astype(bool)))
    metric.update_state(*([last] if y_pred is None else [tf.constant(y_true), last]), sample_weight=weight)
    states = numbers(np.concatenate([variable.numpy().ravel() for variable in metric.variables]))
    given = ", ".join(map(inputs.name, [y_true, y_pred, weight, mask]))
    return f"{{{given}, {states}, {array(metric.result().numpy())}}}"


def record(file, cases):
    rows, inputs = [], Inputs()
    for name, options, batches in cases:
        keras.backend.clear_session()  # counts names anew
        metric = getattr(keras.metrics, name)(**options)
        config = ", ".join(f'{{"{k}", {config_value(v)}}}' for k, v in described(metric, options).items())
        after = ", ".join(recorded(inputs, metric, *each) for each in batches)
        states = ", ".join(f'"{variable.name}"' for variable in metric.variables)
        rows.append(f'{{.metric = "{name}", .config = {{{config}}}, .states = {{{states}}}, .batches = {{{after}}}}},')
    path = TESTS / "metrics" / "data" / f"{file}.h"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        HEADER.format(
            keras=keras.__version__, tf=tf.__version__, file=file, inputs=inputs.definitions(), rows="\n".join(rows)
        )
    )
    subprocess.run(["clang-format-16", "-i", str(path)], check=True)


if __name__ == "__main__":
    for each in [reductions, accuracies, errors, losses, scores, overlaps, counts, areas, label_areas]:
        record(each.__name__, each())
