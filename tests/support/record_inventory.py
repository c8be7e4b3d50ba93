"""Writes tests/data/keras_NAME.txt: the classes of keras.NAME with the names and defaults of their parameters.

    KERAS_BACKEND=tensorflow python tests/support/record_inventory.py layers losses metrics ...

A line is a class, then its parameters: `name!` without a default, `name=default` with one. A class under a second name
is `second = first`. Of layers, whose options are compared by name alone, defaults are left out; so is what **kwargs
takes. `optimizers.schedules` goes to keras_schedules.txt. `training` stands for the methods of Model that train,
evaluate and predict, which are listed as classes are.
"""

import inspect
import pathlib
import sys

import keras

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"


def default_text(value):
    if callable(value):
        value = value.__name__
    return repr(value).replace(" ", "")


def parameters(function, with_defaults):
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        if parameter.default is parameter.empty:
            yield parameter.name + "!"
        else:
            yield parameter.name + ("=" + default_text(parameter.default) if with_defaults else "")


def record_methods(what, names):
    lines = [f"# Methods of Keras {keras.__version__}'s Model, as tests/support/record_inventory.py writes them."]
    lines += [" ".join([name, *parameters(getattr(keras.Model, name), True)]) for name in names]
    (DATA / f"keras_{what}.txt").write_text("\n".join(lines) + "\n")


def record(name):
    if name == "training":
        methods = ["compile", "evaluate", "fit", "predict", "predict_on_batch", "test_on_batch", "train_on_batch"]
        return record_methods(name, methods)
    module = keras
    for part in name.split("."):
        module = getattr(module, part)
    what = name.split(".")[-1]
    lines = [f"# The {what} of Keras {keras.__version__}, as tests/support/record_inventory.py writes them."]
    for class_name in sorted(dir(module)):
        cls = getattr(module, class_name)
        if not inspect.isclass(cls):
            continue
        if cls.__name__ != class_name and hasattr(module, cls.__name__):
            lines.append(f"{class_name} = {cls.__name__}")
        else:
            lines.append(" ".join([class_name, *parameters(cls.__init__, with_defaults=what != "layers")]))
    (DATA / f"keras_{what}.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    for each in sys.argv[1:]:
        record(each)
