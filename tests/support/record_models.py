"""Writes tests/saving/data/*.keras and *.weights.h5: small models as Keras saves them, with what they compute.

    KERAS_BACKEND=tensorflow python tests/support/record_models.py

Needs keras and tensorflow.
"""

import pathlib

import keras
import numpy as np

DATA = pathlib.Path(__file__).resolve().parents[1] / "saving" / "data"


@keras.saving.register_keras_serializable("tests")
class Scale(keras.layers.Layer):
    def __init__(self, initial=1.0, **kwargs):
        super().__init__(**kwargs)
        self.initial = initial

    def build(self, input_shape):
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer=keras.initializers.Constant(self.initial))

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return {**super().get_config(), "initial": self.initial}


def randomize(model, seed):
    random = np.random.default_rng(seed)
    model.set_weights([random.normal(size=w.shape).astype(w.dtype) for w in model.get_weights()])


def two_inputs():
    """A dictionary of inputs, a dictionary of outputs, one Dense for both inputs."""
    keras.utils.clear_session()
    age, zone = keras.Input((3,), name="age"), keras.Input((3,), name="zone")
    shared = keras.layers.Dense(4, activation="tanh", name="shared")
    both = keras.layers.Concatenate()([shared(age), shared(zone)])
    outputs = {"left": keras.layers.Dense(2, name="left")(both), "right": keras.layers.Dense(1, name="right")(both)}
    model = keras.Model({"age": age, "zone": zone}, outputs, name="two_inputs")
    model.compile("adam", {"left": "mse", "right": keras.losses.BinaryCrossentropy(from_logits=True)},
                  loss_weights={"left": 1.0, "right": 0.5}, metrics={"left": ["mae"]})
    randomize(model, 1)
    x = {"age": np.arange(6, dtype="float32").reshape(2, 3) / 6, "zone": np.ones((2, 3), "float32") / 2}
    y = model.predict(x, verbose=0)
    np.savez(DATA / "two_inputs.npz", **x, **y)
    model.save(DATA / "two_inputs.keras")
    model.save_weights(DATA / "two_inputs.weights.h5")


def late_sequential():
    """Built by its first call, and not compiled."""
    keras.utils.clear_session()
    model = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(2)], name="late")
    x = np.arange(6, dtype="float32").reshape(2, 3)
    model(x)
    randomize(model, 2)
    np.savez(DATA / "late.npz", x0=x, y0=model.predict(x, verbose=0))
    model.save(DATA / "late.keras")


def custom():
    keras.utils.clear_session()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), Scale(0.5)], name="custom")
    randomize(model, 3)
    x = np.arange(6, dtype="float32").reshape(2, 3)
    np.savez(DATA / "custom.npz", x0=x, y0=model.predict(x, verbose=0))
    model.save(DATA / "custom.keras")


def unavailable():
    """Compiled with what is not there, and a layer that holds Python."""
    keras.utils.clear_session()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="scheduled")
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    model.compile(keras.optimizers.SGD(schedule), "mse")
    model.save(DATA / "scheduled.keras")
    keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2)]).save(DATA / "lambda.keras")


def scaled():
    """A Nadam in a LossScaleOptimizer, whose state the file has but for the product of momentums; and its further losses."""
    keras.utils.clear_session()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="scaled")
    randomize(model, 5)
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Nadam(0.01)), "mse")
    x = np.arange(24, dtype="float32").reshape(8, 3) % 7 / 4
    y = np.arange(16, dtype="float32").reshape(8, 2) % 5 / 2
    model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    model.save(DATA / "scaled.keras")
    model = keras.saving.load_model(DATA / "scaled.keras")
    history = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history
    np.savez(DATA / "scaled.npz", x=x, y=y, loss=np.array(history["loss"], "float32"))


if __name__ == "__main__":
    two_inputs()
    late_sequential()
    custom()
    unavailable()
    scaled()
