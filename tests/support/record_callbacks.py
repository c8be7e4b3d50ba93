"""Writes tests/training/data/callbacks.h, tests/saving/data/checkpoints.h and tests/remote/data/remote_monitor.h: what
Keras's callbacks do, and when.

    KERAS_BACKEND=tensorflow python tests/support/record_callbacks.py

Needs keras and tensorflow of the versions that the file names, and clang-format-16.
"""

import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import layers

TESTS = pathlib.Path(__file__).resolve().parents[1]
HEADER = f"""#pragma once

#include "CASE"

// What Keras {keras.__version__} on TensorFlow {tf.__version__} gives. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_callbacks.py

namespace keratin::test {{

"""


def wave(shape, seed, scale=1.0):
    """The same numbers as test::wave(): exact in float32."""
    at = np.arange(int(np.prod(shape)), dtype="int64")
    return (scale * (((at * 37 + seed * 11 + at * at * 3) % 101) - 50) / 64).astype("float32").reshape(shape)


def classes(rows, count, seed):
    at = np.arange(rows)
    return ((at * 7 + seed + at * at) % count).astype("int32")


def classifier(**options):
    model = keras.Sequential([layers.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
    for i, variable in enumerate(model.trainable_variables):
        variable.assign(wave(variable.shape, i + 3, 0.5))
    options = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]} | options
    model.compile(**({"optimizer": keras.optimizers.Adam(0.01)} | options))
    return model


X, Y = wave((10, 6), 1), classes(10, 3, 2)


def cpp(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(cpp(v) for v in value) + "}"
    if isinstance(value, (float, np.floating)):
        value = float(value)
        if np.isnan(value):
            return "NAN"
        return ("-" if value < 0 else "") + "INFINITY" if np.isinf(value) else repr(value)
    return repr(value)


def designated(options, order):
    return "{" + ", ".join(f".{key} = {cpp(options[key])}" for key in order if key in options) + "}"


def table(kind, name, rows):
    return f"inline const std::vector<{kind}> {name} = {{\n" + "\n".join(f"{row}," for row in rows) + "\n};\n\n"


class Model:
    """A model for callbacks that look at numbers alone."""

    def __init__(self, rate=0.1):
        self.stop_training = False
        self.optimizer = keras.optimizers.SGD(rate)

    def get_weights(self):
        return [np.zeros(1)]

    def set_weights(self, weights):
        pass


FALLING = [1.0, 0.9, 0.95, 0.85, 0.86, 0.87, 0.849, 0.8, 0.9, 0.9, 0.9, 0.9]


def early_stoppings():
    nan, inf = float("nan"), float("inf")
    yield {"patience": 1}, [nan, 1.0, 0.5, 0.25]
    yield {"patience": 1}, [1.0, nan, 0.5, nan, nan]
    yield {"patience": 1}, [1.0, 1.0 - 1e-9, 1.0 - 2e-9, 0.5]
    yield {"patience": 1}, [0.3, 0.3 - 3e-8, 0.3 - 6e-8, 0.3 - 6e-8, 0.3 - 6e-8]
    yield {"patience": 2, "min_delta": 0.1, "mode": "max"}, [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5]
    yield {"patience": 1, "mode": "max"}, [-inf, -inf, 0.5, inf, inf, inf]
    yield {"patience": 1, "baseline": 0.95, "mode": "min"}, FALLING
    yield {"patience": 0, "start_from_epoch": 5}, FALLING
    yield {"patience": 2, "start_from_epoch": 2, "restore_best_weights": True}, FALLING


def early_stopping_rows():
    order = ["monitor", "min_delta", "patience", "mode", "baseline", "restore_best_weights", "start_from_epoch"]
    for options, values in early_stoppings():
        options = {"monitor": "loss", "mode": "min"} | options
        callback = keras.callbacks.EarlyStopping(**options)
        model = Model()
        callback.set_model(model)
        callback.on_train_begin()
        epochs = 0
        for epoch, value in enumerate(values):
            callback.on_epoch_end(epoch, {"loss": value})
            epochs += 1
            if model.stop_training:
                break
        callback.on_train_end()
        found = f"{epochs}, {callback.stopped_epoch}, {callback.best_epoch}, {cpp(callback.best)}"
        yield f"{{{designated(options, order)}, {cpp(values)}, {found}}}"


def plateaus():
    yield {"patience": 2}, FALLING
    yield {"patience": 1, "factor": 0.5, "cooldown": 1}, FALLING
    yield {"patience": 2, "factor": 0.5, "cooldown": 3}, [1.0] * 12
    yield {"patience": 1, "factor": 0.5, "min_lr": 0.03}, [1.0] * 6
    yield {"patience": 1, "factor": 0.3, "min_lr": 0.1}, [1.0] * 4
    yield {"patience": 0, "factor": 0.5}, [1.0, 2.0, 3.0, 0.5, 0.6]
    yield {"patience": 1, "factor": 0.5, "mode": "max"}, [0.1, 0.2, 0.2, 0.3, 0.3, 0.30005, 0.3002]
    yield {"patience": 1, "factor": 0.5, "min_delta": 0.1}, [1.0, 0.95, 0.92, 0.85, 0.8, 0.74]
    yield {"patience": 1, "factor": 0.5}, [float("nan"), 1.0, 0.5]
    yield {"patience": 3, "factor": -0.5}, [1.0] * 5


def plateau_rows():
    order = ["monitor", "factor", "patience", "mode", "min_delta", "cooldown", "min_lr"]
    for options, values in plateaus():
        options = {"monitor": "loss", "mode": "min"} | options
        callback = keras.callbacks.ReduceLROnPlateau(**options)
        model = Model(0.1)
        callback.set_model(model)
        callback.on_train_begin()
        seen, rates = [], []
        for epoch, value in enumerate(values):
            logs = {"loss": value}
            callback.on_epoch_end(epoch, logs)
            seen.append(logs["learning_rate"])
            rates.append(float(model.optimizer.learning_rate))
        yield f"{{{designated(options, order)}, {cpp(values)}, {cpp(seen)}, {cpp(rates)}}}"


def schedule_rows():
    """The learning rates of fit's history."""
    for name, schedule in {
        "halves": lambda epoch, rate: rate * 0.5,
        "by epoch": lambda epoch: 0.1 / (epoch + 1),
        "late": lambda epoch, rate: rate if epoch < 2 else 0.003,
    }.items():
        model = classifier()
        callback = keras.callbacks.LearningRateScheduler(schedule)
        history = model.fit(X, Y, batch_size=6, epochs=4, verbose=0, callbacks=[callback])
        yield f'{{"{name}", {cpp(history.history["learning_rate"])}}}'


def direction_rows():
    """What mode "auto" makes of a name: 1 grows, -1 falls, 0: an error."""
    metrics = ["accuracy", "mse", "mae", keras.metrics.MeanSquaredError(name="error"), keras.metrics.Mean(name="mean")]
    model = keras.Sequential([layers.Input((6,)), layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse", metrics=metrics[:4])
    model.fit(X, Y, verbose=0)
    for monitor in ["loss", "val_loss", "accuracy", "val_accuracy", "mse", "val_mae", "error", "val_error", "acc", "val_auc"]:
        callback = keras.callbacks.EarlyStopping(monitor=monitor)
        callback.set_model(model)
        try:
            callback._set_monitor_op()
            direction = 1 if callback.monitor_op is keras.ops.greater else -1
        except ValueError:
            direction = 0
        yield f'{{"{monitor}", {direction}}}'


class Recorder(keras.callbacks.Callback):
    """Every hook with its index and the names of its logs."""

    def __init__(self, name, lines):
        super().__init__()
        self.name = name
        self.lines = lines

    def note(self, hook, index=None, logs=None):
        parts = [self.name + hook] + ([] if index is None else [str(index)])
        parts += [",".join(sorted(logs))] if logs else []
        self.lines.append(" ".join(parts))


def add_hook(name, indexed):
    def without(self, logs=None):
        self.note(name, None, logs)

    def indexed_hook(self, index, logs=None):
        self.note(name, index, logs)
        if name in ("on_train_batch_begin", "on_train_batch_end"):  # they call the older names
            getattr(keras.callbacks.Callback, name)(self, index, logs)

    setattr(Recorder, name, indexed_hook if indexed else without)


for hook in ["train", "test", "predict"]:
    for end in ["begin", "end"]:
        add_hook(f"on_{hook}_{end}", False)
        add_hook(f"on_{hook}_batch_{end}", True)
for end in ["begin", "end"]:
    add_hook(f"on_epoch_{end}", True)
    add_hook(f"on_batch_{end}", True)


def sequences():
    lines = []
    classifier().fit(
        X, Y, batch_size=6, epochs=2, verbose=0, initial_epoch=1, callbacks=[Recorder("a ", lines), Recorder("b ", lines)],
        validation_data=(X, Y), validation_batch_size=5,
    )
    yield "keras_hooks_of_two", lines

    lines = []
    callbacks = [Recorder("before ", lines), keras.callbacks.ReduceLROnPlateau(monitor="loss"), Recorder("after ", lines)]
    classifier().fit(X, Y, batch_size=10, verbose=0, callbacks=callbacks)
    yield "keras_hooks_around_a_rate", [line for line in lines if "epoch_end" in line or "train_end" in line]

    class Stops(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    lines = []
    classifier().fit(
        X, Y, batch_size=3, epochs=3, verbose=0, callbacks=[Stops(), Recorder("", lines)], validation_data=(X, Y)
    )
    yield "keras_hooks_of_a_stop", lines

    lines = []
    classifier(steps_per_execution=2).fit(X, Y, batch_size=3, verbose=0, callbacks=[Recorder("", lines)])
    yield "keras_hooks_of_executions", [line for line in lines if "on_train_batch" in line]

    lines = []
    weights = np.ones(10, "float32")
    weights[4] = np.nan
    callbacks = [keras.callbacks.TerminateOnNaN(), Recorder("", lines)]
    classifier().fit(X, Y, 3, 2, 0, callbacks, shuffle=False, sample_weight=weights)
    yield "keras_hooks_of_a_nan", lines


def lambda_lines():
    """LambdaCallback with every hook; on_batch_* are called where on_train_batch_* are not given."""
    lines = []

    def notes(name, indexed):
        if indexed:
            return lambda index, logs=None: lines.append(f"{name} {index}")
        return lambda logs=None: lines.append(name)

    hooks = {f"on_{kind}_{end}": False for kind in ["train", "test", "predict"] for end in ["begin", "end"]}
    hooks |= {f"on_{kind}_batch_{end}": True for kind in ["test", "predict"] for end in ["begin", "end"]}
    hooks |= {f"on_{kind}_{end}": True for kind in ["epoch", "batch"] for end in ["begin", "end"]}
    callback = keras.callbacks.LambdaCallback(**{name: notes(name, indexed) for name, indexed in hooks.items()})
    model = classifier()
    model.fit(X, Y, batch_size=6, verbose=0, callbacks=[callback], validation_data=(X, Y))
    model.evaluate(X, Y, batch_size=6, verbose=0, callbacks=[callback])
    model.predict(X, batch_size=6, verbose=0, callbacks=[callback])
    return lines


def checkpoint_name_rows():
    """File names, by epoch (from 0), batch (from 0; -1: none) and logs."""
    logs = {"loss": 0.123456789, "val_loss": 12345.678, "acc": 1.0, "tiny": 1.5e-7}
    for template in [
        "{epoch}.keras", "{epoch:02d}.keras", "{epoch:5d}.keras", "{epoch:<5d}x.keras", "{epoch:+d}.keras", "{epoch:^6}.keras",
        "{epoch:.2f}.keras", "{epoch:08.3f}.keras", "{epoch:e}.keras", "{loss}.keras", "{loss:.2f}.keras", "{loss:.0f}.keras",
        "{loss:e}.keras", "{loss:.3E}.keras", "{loss:g}.keras", "{loss:.3}.keras", "{loss:10.4f}.keras", "{loss:<10.4f}.keras",
        "{loss:*^12.3f}.keras", "{loss:+.1f}.keras", "{val_loss:.2f}.keras", "{val_loss:,.1f}.keras", "{val_loss:g}.keras",
        "{val_loss:.3g}.keras", "{val_loss}.keras", "{acc}.keras", "{acc:g}.keras", "{acc:.1%}.keras", "{tiny}.keras",
        "{tiny:g}.keras", "{tiny:.10f}.keras", "{{literal}}-{epoch:03d}-{loss:.4f}-{acc:.2f}.keras", "plain.keras",
        "{epoch:_d}.keras",
    ]:
        callback = keras.callbacks.ModelCheckpoint(template)
        yield f'{{"{template}", 6, -1, "{callback._get_file_path(6, None, logs)}"}}'
    callback = keras.callbacks.ModelCheckpoint("{epoch:02d}-{batch:04d}.keras", save_freq=2)
    yield f'{{"{callback.filepath}", 1, 41, "{callback._get_file_path(1, 41, logs)}"}}'


def checkpoint_rows():
    """After which epochs a model is saved."""
    for options, values in [
        ({"save_best_only": True, "mode": "min"}, FALLING),
        ({"save_best_only": True, "mode": "max"}, FALLING),
        ({"save_best_only": True, "mode": "min", "initial_value_threshold": 0.88}, FALLING),
        ({"save_best_only": True, "mode": "max", "initial_value_threshold": 2.0}, FALLING),
        ({"save_best_only": True, "mode": "min"}, [float("nan"), 1.0, 0.5]),
        ({"save_best_only": False, "mode": "min"}, [1.0, 2.0, 3.0]),
    ]:
        saved = []
        callback = keras.callbacks.ModelCheckpoint("x.keras", monitor="loss", **options)
        model = Model()
        callback.set_model(model)
        for epoch, value in enumerate(values):
            model.save = lambda path, overwrite, epoch=epoch: saved.append(epoch)
            callback.on_epoch_begin(epoch)
            callback.on_epoch_end(epoch, {"loss": value})
        order = ["monitor", "save_best_only", "mode", "initial_value_threshold"]
        yield f'{{{designated({"monitor": "loss"} | options, order)}, {cpp(values)}, {cpp(saved)}}}'


def checkpoint_batch_rows():
    """save_freq, batches of an epoch, and the batches (counted through) after which a model is saved."""
    for freq, batches, epochs in [(1, 3, 2), (2, 5, 3), (4, 3, 4), (5, 5, 2), (7, 2, 4)]:
        saved = []
        callback = keras.callbacks.ModelCheckpoint("x.keras", save_freq=freq)
        model = Model()
        callback.set_model(model)
        for epoch in range(epochs):
            callback.on_epoch_begin(epoch)
            for batch in range(batches):
                model.save = lambda path, overwrite, at=epoch * batches + batch: saved.append(at)
                callback.on_train_batch_end(batch, {"loss": 1.0})
            callback.on_epoch_end(epoch, {"loss": 1.0, "val_loss": 1.0})
        yield f"{{{freq}, {batches}, {epochs}, {cpp(saved)}}}"


def csv_lines():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log.csv")
        logger = keras.callbacks.CSVLogger(path)
        logger.set_model(Model())
        logger.on_train_begin()
        logger.on_epoch_end(0, {"loss": 0.5, "accuracy": 1.0})
        logger.on_epoch_end(1, {"loss": 1e-7, "accuracy": 0.1, "val_loss": float("nan"), "val_accuracy": 12345678.9})
        logger.on_epoch_end(2, {"loss": float(np.float32(0.1)), "accuracy": 1e20})
        logger.on_train_end()
        return pathlib.Path(path).read_text().splitlines()


class Sees(keras.callbacks.Callback):
    """The first weight, hook by hook."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def look(self, hook):
        self.seen.append((hook, float(self.model.get_weights()[0][0, 0])))

    def on_epoch_begin(self, epoch, logs=None):
        self.look("on_epoch_begin")

    def on_epoch_end(self, epoch, logs=None):
        self.look("on_epoch_end")

    def on_test_begin(self, logs=None):
        self.look("on_test_begin")

    def on_test_end(self, logs=None):
        self.look("on_test_end")

    def on_train_end(self, logs=None):
        self.look("on_train_end")


class StopsAfter(keras.callbacks.Callback):
    def __init__(self, epochs):
        super().__init__()
        self.epochs = epochs

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch + 1 == self.epochs


def averaging():
    return keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5)


def swapped_rows():
    """The first weight as a callback after SwapEMAWeights sees it, hook by hook."""
    fits = {
        "tests": (averaging(), False, []),
        "epochs": (averaging(), True, []),
        "scaled tests": (keras.optimizers.LossScaleOptimizer(averaging(), initial_scale=4.0), False, []),
        "scaled epochs": (keras.optimizers.LossScaleOptimizer(averaging(), initial_scale=4.0), True, []),
        "stopped": (averaging(), True, [StopsAfter(1)]),
    }
    for name, (optimizer, swap_on_epoch, more) in fits.items():
        sees = Sees()
        model = classifier(optimizer=optimizer)
        callbacks = [keras.callbacks.SwapEMAWeights(swap_on_epoch=swap_on_epoch), sees, *more]
        model.fit(X, Y, batch_size=5, epochs=2, shuffle=False, verbose=0, callbacks=callbacks, validation_data=(X, Y))
        sees.look("after")
        yield swapped_row(name, sees.seen)

    sees = Sees()
    model = classifier(optimizer=averaging())
    sees.set_model(model)
    callback = keras.callbacks.SwapEMAWeights()
    for _ in range(2):
        model.train_on_batch(X, Y)
    sees.look("trained")
    for _ in range(2):
        model.predict(X, verbose=0, callbacks=[callback])
        sees.look("predicted")
    model.evaluate(X, Y, verbose=0, callbacks=[callback])
    sees.look("evaluated")
    yield swapped_row("predicting", sees.seen)

    for name in ["saved before", "saved after"]:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "{epoch}.weights.h5")
            callbacks = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)]
            saves = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
            callbacks.insert(0 if name == "saved before" else 1, saves)
            model = classifier(optimizer=averaging())
            model.fit(X, Y, batch_size=5, epochs=2, shuffle=False, verbose=0, callbacks=callbacks)
            sees = Sees()
            sees.set_model(model)
            for epoch in [1, 2]:
                model.load_weights(path.format(epoch=epoch))
                sees.look(f"epoch {epoch}")
            yield swapped_row(name, sees.seen)


def swapped_row(name, seen):
    rows = ", ".join(f'{{"{hook}", {cpp(value)}}}' for hook, value in seen)
    return f'{{"{name}", {{{rows}}}}}'


class Received(http.server.BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    requests = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.requests.append((self.path, self.headers["Content-Type"], self.headers.get("X-Token", ""), body))
        self.send_response(500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


def remote_rows():
    """What a server gets of an epoch's logs: path, content type, a header, body; nothing where nothing comes."""
    names = {"a b": 0.1, 'say "ü\\"\t': float(np.float32(0.1)), "🙂~-_.": 1e20}
    nan = {"loss": float("nan"), "mae": float("inf"), "mse": -float("inf")}
    server = http.server.HTTPServer(("127.0.0.1", 0), Received)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_port}"
    for beginning, options, epoch, logs in [
        ("", {}, 0, {"accuracy": 1.0, "loss": 0.5, "val_loss": 1e-07}),
        ("", {"send_as_json": True}, 12, {"accuracy": 1.0, "loss": 0.5, "val_loss": 12345678.9}),
        ("/base", {"path": "/x/y?a=b", "field": "my field&1", "headers": {"X-Token": "t 1"}}, 1, names),
        ("", {"path": "", "headers": {"X-Token": "2", "Content-Type": "text/x-mine"}, "send_as_json": True}, 2, names),
        ("", {}, 3, nan),
        ("", {"send_as_json": True}, 3, nan),
        ("", {}, 4, {}),
    ]:
        Received.requests.clear()
        callback = keras.callbacks.RemoteMonitor(root=root + beginning, **options)
        callback.set_model(Model())
        callback.on_epoch_end(epoch, logs)
        headers = [tuple(pair) for pair in options.get("headers", {}).items()]
        given = options | ({"headers": headers} if headers else {})
        order = ["path", "field", "headers", "send_as_json"]
        pairs = [(name, value) for name, value in logs.items()]
        sent = Received.requests[0] if Received.requests else ("", "", "", "")
        yield f'{{"{beginning}", {designated(given, order)}, {epoch}, {cpp(pairs)}, {", ".join(cpp(each) for each in sent)}}}'
    server.shutdown()


def lines(name, values):
    return f"inline const std::vector<std::string> {name} = {cpp(values)};\n\n"


warnings.simplefilter("ignore")


def write(path, case, text):
    path.write_text(HEADER.replace("CASE", case) + text + "}  // namespace keratin::test\n")
    subprocess.run(["clang-format-16", "-i", str(path)], check=True)


text = table("EarlyStoppingCase", "keras_more_early_stoppings", early_stopping_rows())
text += table("PlateauCase", "keras_plateaus", plateau_rows())
text += table("ScheduleCase", "keras_schedules", schedule_rows())
text += table("DirectionCase", "keras_directions", direction_rows())
text += "".join(lines(name, values) for name, values in sequences())
text += lines("keras_hooks_of_lambdas", lambda_lines())
text += lines("keras_csv", csv_lines())
text += table("SwappedCase", "keras_swapped", swapped_rows())
write(TESTS / "training" / "data" / "callbacks.h", "training/callback_case.h", text)

text = table("CheckpointNameCase", "keras_checkpoint_names", checkpoint_name_rows())
text += table("CheckpointCase", "keras_checkpoints", checkpoint_rows())
text += table("CheckpointBatchCase", "keras_checkpoint_batches", checkpoint_batch_rows())
write(TESTS / "saving" / "data" / "checkpoints.h", "saving/checkpoint_case.h", text)

text = table("RemoteCase", "keras_remote", remote_rows())
write(TESTS / "remote" / "data" / "remote_monitor.h", "remote/remote_case.h", text)
