"""Times the epochs of a Keras fit."""

import time

import keras

import workload as w


class Clock(keras.callbacks.Callback):
    def __init__(self, steps):
        super().__init__()
        self.steps, self.stopwatch = steps, w.Stopwatch()

    def on_epoch_begin(self, epoch, logs=None):
        self.stopwatch.start()

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = self.stopwatch.stop(self.steps)


def time_fit(model, x, y, batch):
    """Prints the line of a measurement; x and y are whole batches."""
    start = time.perf_counter()
    model.fit(x[:batch], y[:batch], batch_size=batch, verbose=0)
    first_ms = (time.perf_counter() - start) * 1e3
    clock = Clock(len(x) // batch)
    model.fit(x, y, batch_size=batch, epochs=1_000_000, verbose=0, callbacks=[clock])
    clock.stopwatch.report(first_ms)
