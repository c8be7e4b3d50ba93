"""Writes tests/data/keras_layers.txt: the classes of keras.layers with the names of their parameters.

    KERAS_BACKEND=tensorflow python tests/support/record_layer_inventory.py

A line is a class, then its parameters; `!` marks one without a default. A class under a second name is `second = first`.
"""

import inspect
import pathlib

import keras

PATH = pathlib.Path(__file__).resolve().parents[1] / "data" / "keras_layers.txt"


def parameters(cls):
    for parameter in list(inspect.signature(cls.__init__).parameters.values())[1:]:
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        yield parameter.name + ("!" if parameter.default is parameter.empty else "")


def exported_name(cls):
    return next((name for name in sorted(dir(keras.layers)) if name == cls.__name__), None)


if __name__ == "__main__":
    lines = [f"# The layers of Keras {keras.__version__}, as tests/support/record_layer_inventory.py writes them."]
    for name in sorted(dir(keras.layers)):
        cls = getattr(keras.layers, name)
        if not inspect.isclass(cls):
            continue
        first = exported_name(cls)
        if first is not None and first != name:
            lines.append(f"{name} = {first}")
        else:
            lines.append(" ".join([name, *parameters(cls)]))
    PATH.write_text("\n".join(lines) + "\n")
