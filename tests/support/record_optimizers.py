"""Writes tests/optimizers/data/*.h: what Keras's optimizers and schedules compute.

    KERAS_BACKEND=tensorflow python tests/support/record_optimizers.py

Needs keras and tensorflow of the versions that the files name, and clang-format-16.
"""

import pathlib
import subprocess

import keras
import numpy as np
import tensorflow as tf
from keras import optimizers
from keras.optimizers import schedules
from record_keras import numbers

DATA = pathlib.Path(__file__).resolve().parents[1] / "optimizers" / "data"
HEADER = f"""#pragma once

#include "optimizers/optimizer_case.h"

// What Keras {keras.__version__} on TensorFlow {tf.__version__} computes in float32. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_optimizers.py

namespace keratin::test {{

"""


def config(value):
    """As a ConfigValue of C++."""
    if value is None:
        return "ConfigValue()"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (list, tuple)):
        return "ConfigValue::List{" + ", ".join(map(config, value)) + "}"
    if isinstance(value, dict):
        return "Config{" + ", ".join(f'{{"{key}", {config(each)}}}' for key, each in value.items()) + "}"
    return repr(value)


def text(value):
    """As the library prints a description."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{key}': {text(each)}" for key, each in value.items()) + "}"
    return f"'{value}'" if isinstance(value, str) else str(value)


# Optimizers.

STEPS = 5
SHAPES = {"kernel": (3, 2), "bias": (2,), "embeddings": (2, 3)}
SIZE = sum(int(np.prod(shape)) for shape in SHAPES.values())


def parts(flat):
    ends = np.cumsum([np.prod(shape) for shape in SHAPES.values()])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(flat.astype("float32"), ends), SHAPES.values())]


def initial():
    """The same numbers as in optimizer_parts.h, as the gradients below."""
    return parts(((np.arange(SIZE) * 5) % 13 - 6.25) / 8)


def gradients(step):
    return parts(((np.arange(SIZE) * 7 + step * 5) % 16 - 7.5) / 8)


SHARED = [
    {"weight_decay": 0.1},
    {"clipnorm": 0.5},
    {"clipvalue": 0.3},
    {"global_clipnorm": 0.5},
    {"use_ema": True, "ema_momentum": 0.7},
    {"use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 2},
    {"loss_scale_factor": 8.0},
    {"gradient_accumulation_steps": 2},
    {"gradient_accumulation_steps": 2, "weight_decay": 0.1, "clipnorm": 0.2, "use_ema": True, "ema_momentum": 0.5},
    {"gradient_accumulation_steps": 2, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    {"learning_rate": schedules.ExponentialDecay(0.1, 2, 0.5)},
]
SOME_SHARED = [
    {"weight_decay": 0.1, "clipnorm": 0.5, "use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 2, "learning_rate": schedules.ExponentialDecay(0.1, 2, 0.5)},
]
OWN = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
    "Adam": [{}, {"amsgrad": True}, {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01}],
    "AdamW": [{}, {"weight_decay": 0.1, "amsgrad": True}],
    "Adamax": [{}, {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01}],
    "Nadam": [{}, {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01}],
    "RMSprop": [{}, {"momentum": 0.5}, {"centered": True}, {"rho": 0.5, "momentum": 0.5, "centered": True}],
    "Adagrad": [{}, {"initial_accumulator_value": 0.5, "epsilon": 0.01}],
    "Adadelta": [{}, {"rho": 0.8, "epsilon": 0.01}],
    "Adafactor": [{}, {"relative_step": False, "clip_threshold": 0.3, "epsilon_2": 0.1, "beta_2_decay": -0.5}],
    "Ftrl": [
        {},
        {"l1_regularization_strength": 0.1, "l2_regularization_strength": 0.2},
        {"l2_shrinkage_regularization_strength": 0.1, "beta": 0.5, "learning_rate_power": -0.3},
        {"initial_accumulator_value": 0.5},
    ],
    "Lion": [{}, {"beta_1": 0.6, "beta_2": 0.75}],
    "Lamb": [{}, {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.01}],
    "Muon": [
        {},
        {"nesterov": False, "momentum": 0.5, "ns_steps": 3, "adam_lr_ratio": 0.1},
        {"exclude_layers": ["ker.el"], "exclude_embeddings": False, "rms_rate": None, "weight_decay": 0.1},
        {"muon_a": 3.0, "muon_b": -4.0, "muon_c": 2.0, "adam_beta_1": 0.5, "adam_weight_decay": None},
    ],
    "ScheduleFreeAdamW": [{}, {"warmup_steps": 3, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.01}],
}


def cases():
    """Optimizers by class and options, each with what else its case has."""
    for name, own in OWN.items():
        yield name, {}, {}
        for options in own:
            yield name, {"learning_rate": 0.05} | options, {}
        for options in SHARED if name in ("SGD", "Adam") else SOME_SHARED:
            yield name, {"learning_rate": 0.05} | own[-1] | options, {}
    yield "AdamW", {"weight_decay": 0.5}, {"not_decaying": ["bi.s", "nothing"]}
    yield "Muon", {"learning_rate": 0.05}, {"not_decaying": ["embed"]}
    scaled = "LossScaleOptimizer"
    yield scaled, {"inner_optimizer": optimizers.Adam(0.05), "initial_scale": 4.0, "dynamic_growth_steps": 2}, {}
    yield scaled, {"inner_optimizer": optimizers.SGD(0.05, momentum=0.9)}, {"infinite_at": 1}
    ema = optimizers.RMSprop(0.05, use_ema=True, ema_momentum=0.5)
    options = {"inner_optimizer": ema, "initial_scale": 8.0, "dynamic_growth_steps": 1, "name": "scaled"}
    yield scaled, options, {"infinite_at": 3}
    steps = optimizers.SGD(schedules.InverseTimeDecay(0.1, 2, 1.0), momentum=0.5)
    own = {"kernel": optimizers.Adam(0.05, gradient_accumulation_steps=2), "emb.*": steps}
    several = optimizers.OptimizerMap(optimizers.SGD(0.2), own)
    yield "MultiOptimizer", {"optimizer_map": several, "loss_scale_factor": 2.0}, {}
    one = optimizers.OptimizerMap(optimizers.Lion(0.05), {})
    yield "MultiOptimizer", {"optimizer_map": one, "name": "multi"}, {}


def plain(value):
    """Objects among options as their descriptions."""
    known = (keras.Optimizer, schedules.LearningRateSchedule, optimizers.OptimizerMap)
    return keras.saving.serialize_keras_object(value) if isinstance(value, known) else value


def variable(v):
    values = " ".join(f"{x:.7g}" for x in np.asarray(v.numpy(), "float32").ravel())
    return f'"({", ".join(map(str, v.shape))}{"," if len(v.shape) == 1 else ""}) {values}"'


def recorded(name, options, extra):
    keras.backend.clear_session()  # names begin anew
    weights = [keras.Variable(value, name=name) for name, value in zip(SHAPES, initial())]
    optimizer = getattr(optimizers, name)(**options)
    if "not_decaying" in extra:
        optimizer.exclude_from_weight_decay(var_names=extra["not_decaying"])
    fields = f'.class_name = "{name}", .options = {config({key: plain(each) for key, each in options.items()})}'
    if not options or "Optimizer" in name:
        fields += f', .config = "{text(optimizer.get_config())}"'
    for key, value in extra.items():
        listed = "{" + ", ".join(map(config, value)) + "}" if isinstance(value, list) else value
        fields += f", .{key} = {listed}"
    optimizer.build(weights)
    apply = tf.function(lambda *values: optimizer.apply(values, weights))
    for step in range(STEPS):
        values = gradients(step)
        if extra.get("infinite_at") == step:
            values[0][1, 1] = np.inf
        apply(*values)
    variables = ", ".join(map(variable, weights + optimizer.variables))
    return f"{{{fields}, .variables = {{{variables}}}}},"


# Schedules.


def schedule_cases():
    yield schedules.ExponentialDecay(0.1, 4, 0.5), 12
    yield schedules.ExponentialDecay(0.1, 4, 0.5, staircase=True, name="stairs"), 12
    yield schedules.InverseTimeDecay(0.1, 3, 0.5), 10
    yield schedules.InverseTimeDecay(0.1, 3, 0.5, staircase=True), 10
    yield schedules.PolynomialDecay(0.1, 5), 8
    yield schedules.PolynomialDecay(0.1, 5, 0.01, power=2.0), 8
    yield schedules.PolynomialDecay(0.1, 4, 0.01, power=0.5, cycle=True), 13
    yield schedules.PiecewiseConstantDecay([2, 5], [0.1, 0.05, 0.01]), 8
    yield schedules.PiecewiseConstantDecay([3], [1.0, 0.5], name="two"), 6
    yield schedules.CosineDecay(0.1, 6), 9
    yield schedules.CosineDecay(0.1, 6, alpha=0.2), 9
    yield schedules.CosineDecay(0.01, 6, warmup_target=0.1, warmup_steps=3, alpha=0.1), 12
    yield schedules.CosineDecay(0.01, 6, warmup_target=0.1), 9
    yield schedules.CosineDecay(0.1, 6, warmup_steps=3), 9
    yield schedules.CosineDecayRestarts(0.1, 3), 25
    yield schedules.CosineDecayRestarts(0.1, 4, t_mul=1.0, m_mul=0.7), 18
    yield schedules.CosineDecayRestarts(0.1, 4, t_mul=1.5, m_mul=0.9, alpha=0.1), 18


def recorded_schedule(schedule, steps):
    description = {"class_name": type(schedule).__name__, "config": schedule.get_config()}
    rates = numbers([schedule(tf.constant(step, tf.int64)) for step in range(steps)])
    return f"{{{config(description)}, \"{text(description['config'])}\", {rates}}},"


def write(file, declaration, rows):
    path = DATA / file
    path.write_text(HEADER + declaration + " = {\n" + "\n".join(rows) + "\n};\n\n}  // namespace keratin::test\n")
    subprocess.run(["clang-format-16", "-i", str(path)], check=True)


FAMILIES = {
    "descent": ["SGD", "Lion", "Muon"],
    "adam": ["Adam", "AdamW", "Adamax"],
    "more_adam": ["Nadam", "Lamb", "ScheduleFreeAdamW"],
    "adaptive": ["RMSprop", "Adagrad", "Adadelta", "Adafactor", "Ftrl"],
    "wrapped": ["LossScaleOptimizer", "MultiOptimizer"],
}

if __name__ == "__main__":
    for family, names in FAMILIES.items():
        declaration = f"inline const std::vector<OptimizerCase> keras_{family}"
        write(f"{family}.h", declaration, [recorded(*case) for case in cases() if case[0] in names])
    declaration = "inline const std::vector<ScheduleCase> keras_schedules"
    write("schedules.h", declaration, [recorded_schedule(*case) for case in schedule_cases()])
