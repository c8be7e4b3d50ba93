"""What the peers' programs share: sizes and data of the workloads, clocks, and the line that a measurement ends with.

A measurement is a process of its own. Its settings are in the environment: PEER_THREADS (2), PEER_BUDGET_S (3),
PEER_POLICY (float32, or mixed_bfloat16).
"""

import json
import os
import statistics
import time

import numpy as np

THREADS = int(os.environ.get("PEER_THREADS", "2"))
BUDGET_S = float(os.environ.get("PEER_BUDGET_S", "3"))
POLICY = os.environ.get("PEER_POLICY", "float32")

# Batch, and steps of an epoch; as in networks.cpp.
SIZES = {
    "mlp": (128, 64),
    "mlp-small": (32, 256),
    "cnn": (64, 16),
    "resnet": (64, 8),
    "lstm": (32, 16),
    "gru-text": (32, 8),
    "transformer": (32, 8),
}
TOKENS = {"gru-text": (80, 10000), "transformer": (64, 5000)}
SAMPLES = {"mlp": (784,), "mlp-small": (64,), "cnn": (28, 28, 1), "resnet": (32, 32, 3), "lstm": (100, 32)}


def data(workload, rows=None):
    """x and y of an epoch, or of so many rows."""
    batch, steps = SIZES[workload]
    rows = rows or batch * steps
    random = np.random.default_rng(1)
    if workload in TOKENS:
        length, vocabulary = TOKENS[workload]
        x = random.integers(0, vocabulary, (rows, length)).astype("int32")
        return x, random.integers(0, 2, (rows, 1)).astype("float32")
    x = random.standard_normal((rows, *SAMPLES[workload]), dtype="float32")
    if workload == "lstm":
        return x, random.standard_normal((rows, 1), dtype="float32")
    return x, random.integers(0, 10, rows).astype("int32")


def peak_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def report(times, cpu_ms, first_ms):
    """Times are milliseconds of a step or a call."""
    times = sorted(times)
    print("JSON " + json.dumps({
        "median_step_ms": statistics.median(times),
        "best_step_ms": times[0],
        "p95_ms": times[min(len(times) - 1, int(0.95 * len(times)))],
        "cpu_ms": cpu_ms,
        "first_step_ms": first_ms,
        "peak_rss_mb": peak_mb(),
    }), flush=True)


class Stopwatch:
    """Times stretches until the budget is spent; the first one warms up."""

    def __init__(self):
        self.times, self.begun, self.cpu, self.stretches = [], None, 0.0, 0

    def start(self):
        self.at, self.cpu_at = time.perf_counter(), time.process_time()

    def stop(self, steps):
        """True when it is over."""
        now = time.perf_counter()
        if self.begun is None:
            self.begun = now
            return False
        self.times.append((now - self.at) / steps * 1e3)
        self.cpu += (time.process_time() - self.cpu_at) / steps * 1e3
        return len(self.times) >= 3 and now - self.begun > BUDGET_S

    def report(self, first_ms):
        report(self.times, self.cpu / len(self.times), first_ms)


def time_epochs(epoch, steps, first_ms):
    stopwatch, over = Stopwatch(), False
    while not over:
        stopwatch.start()
        epoch()
        over = stopwatch.stop(steps)
    stopwatch.report(first_ms)


def time_calls(call):
    start = time.perf_counter()
    call()
    first_ms = (time.perf_counter() - start) * 1e3
    for _ in range(20):
        call()
    times, cpu, end = [], time.process_time(), time.perf_counter() + BUDGET_S / 3
    while len(times) < 50 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    report(times, (time.process_time() - cpu) / len(times) * 1e3, first_ms)
