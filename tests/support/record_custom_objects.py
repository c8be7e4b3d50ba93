"""Writes tests/saving/data/own_*.keras and .npz: models of Keras's with parts of a user's own, of each kind.

    KERAS_BACKEND=tensorflow python tests/support/record_custom_objects.py

Needs keras and tensorflow.
"""

import pathlib

import keras
import numpy as np
from keras import layers, ops

DATA = pathlib.Path(__file__).resolve().parents[1] / "saving" / "data"
own = keras.saving.register_keras_serializable


@own("tests")
class HalfOf(keras.initializers.Initializer):
    def __init__(self, value):
        self.value = value

    def __call__(self, shape, dtype=None):
        return ops.full(shape, self.value / 2, dtype)

    def get_config(self):
        return {"value": self.value}


@own("tests")
class Quartic(keras.regularizers.Regularizer):
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return self.factor * ops.sum(x * x * x * x)

    def get_config(self):
        return {"factor": self.factor}


@own("tests")
class AtMost(keras.constraints.Constraint):
    def __init__(self, value):
        self.value = value

    def __call__(self, w):
        return ops.minimum(w, self.value)

    def get_config(self):
        return {"value": self.value}


@own("tests")
class Cubic(keras.losses.Loss):
    def __init__(self, factor, name="cubic", **kwargs):
        super().__init__(name=name, **kwargs)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * ops.mean(ops.abs(y_pred - y_true) ** 3, axis=-1)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@own("tests")
class Largest(keras.metrics.Metric):
    def __init__(self, name="largest", **kwargs):
        super().__init__(name=name, **kwargs)
        self.largest = self.add_variable((), "zeros", name="largest")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.largest.assign(ops.maximum(self.largest, ops.max(ops.abs(y_pred - y_true))))

    def result(self):
        return self.largest


@own("tests")
class Halving(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate):
        self.rate = rate

    def __call__(self, step):
        return self.rate * 0.5 ** ops.cast(step, "float32")

    def get_config(self):
        return {"rate": self.rate}


@own("tests")
class Signs(keras.optimizers.Optimizer):
    def __init__(self, learning_rate, share, name="signs", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.share = share

    def build(self, variables):
        if not self.built:
            super().build(variables)
            self.means = self.add_optimizer_variables(variables, ["mean"])[0]

    def update_step(self, gradient, variable, learning_rate):
        mean = self.means[self._get_variable_index(variable)]
        self.assign(mean, self.share * mean + (1 - self.share) * gradient)
        self.assign_sub(variable, learning_rate * ops.sign(mean))

    def get_config(self):
        return {**super().get_config(), "share": self.share}


def double_relu(x):
    return 2 * ops.relu(x)


def sevenths(shape, dtype=None):
    return ops.cast(ops.full(shape, 1 / 7), dtype)


def halves_squared(x):
    return 0.5 * ops.sum(x * x)


def not_above_one(w):
    return ops.minimum(w, 1.0)


@own("tests")
def fourth_power(y_true, y_pred):
    return ops.mean((y_pred - y_true) ** 4, axis=-1)


X = (np.arange(24, dtype="float32").reshape(8, 3) % 7 - 3) / 4
Y = (np.arange(16, dtype="float32").reshape(8, 2) % 5 - 2) / 2


def record(name, dense, **compiled):
    model = keras.Sequential([layers.Input((3,)), layers.Dense(4, **dense, name="own"), layers.Dense(2, name="last")])
    for i, variable in enumerate(model.get_layer("last").trainable_variables):
        variable.assign((np.arange(variable.shape.num_elements()) % 5 - 2).reshape(variable.shape) / 8 + i)
    model.compile(**compiled)
    model.fit(X, Y, batch_size=4, epochs=1, shuffle=False, verbose=0)
    model.save(DATA / f"{name}.keras")
    known = {"x": X, "y": Y, "predicted": model.predict(X, verbose=0)}
    known |= {f"evaluated/{k}": np.float32(v) for k, v in model.evaluate(X, Y, batch_size=4, verbose=0, return_dict=True).items()}
    history = model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0).history
    known |= {f"history/{k}": np.array(v, "float32") for k, v in history.items()}
    known |= {f"weights/{i}": w for i, w in enumerate(model.get_weights())}
    np.savez_compressed(DATA / f"{name}.npz", **known)


if __name__ == "__main__":
    record("own_classes",
           {"activation": "tanh", "kernel_initializer": HalfOf(0.5), "kernel_regularizer": Quartic(0.1), "kernel_constraint": AtMost(0.3)},
           optimizer=Signs(Halving(0.125), share=0.75), loss=Cubic(0.5), metrics=[Largest(), "mae"])
    record("own_functions",
           {"activation": double_relu, "kernel_initializer": sevenths, "kernel_regularizer": halves_squared, "kernel_constraint": not_above_one},
           optimizer="sgd", loss=fourth_power, metrics=[fourth_power, keras.metrics.MeanMetricWrapper(fourth_power, name="mean_fourth")])
