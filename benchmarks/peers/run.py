#!/usr/bin/env python3
"""Runs Keratin and whatever peers are installed on the same workloads, in turn, and writes tables of medians.

    benchmarks/peers/run.py --keratin build/release/benchmarks/peer_keratin [--rounds 5] [--threads 1 2] [--loaded] [--mixed]
                            [--only mlp cnn infer-mlp cold loop] [--peers keratin torch] [--program NAME=PATH]
                            [--out results.jsonl]

Interpreters with the peers are named by PY_KERAS (Keras with TensorFlow), PY_JAX (Keras with JAX, and JAX with optax),
PY_TORCH (with TORCH_LIBS in its LD_LIBRARY_PATH) and PY_ONNX (ONNX Runtime, OpenVINO); what isn't named isn't run. Each
measurement is a process, so that its peak of resident memory is its own, and may run on as many cores as it has threads.
--program NAME=PATH: one more peer, a program that takes a workload's name and PEER_THREADS and prints a line as
workload.py's report() does. --loaded: with as many other processes as there are cores that want the processor all the time.
--mixed: what trains also does so in mixed_bfloat16, or under PyTorch's autocast. infer-WORKLOAD predicts one row,
infer-WORKLOAD:64 that many.
"""

import argparse
import collections
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TRAIN = ["mlp", "mlp-small", "cnn", "resnet", "lstm", "gru-text", "transformer"]
INFER = ["infer-mlp", "infer-cnn", "infer-lstm"]


def interpreter(name):
    path = os.environ.get("PY_" + name)
    return path if path and pathlib.Path(path).exists() else None


def torch_environment():
    return {"LD_LIBRARY_PATH": os.environ.get("TORCH_LIBS", "")}


def onnx_file(workload, rows, folder):
    """Exported once by PyTorch; None where that can't be."""
    path = folder / f"{workload}-{rows}.onnx"
    if not path.exists() and interpreter("TORCH"):
        subprocess.run([interpreter("TORCH"), "torch_peer.py", workload, "export", str(path), rows], cwd=HERE,
                       check=False, env={**os.environ, **torch_environment()}, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)  # fmt: skip
    return path if path.exists() else None


def inferring(workload, rows, keratin, folder):
    """Name → (command, environment) of what predicts so many rows."""
    found = {"keratin": ([keratin, workload, "live", rows], {}),
             "keratin, frozen": ([keratin, workload, "frozen", rows], {})}  # fmt: skip
    if python := interpreter("KERAS"):
        found["keras tensorflow"] = ([python, "keras_peer.py", workload, "", rows], {"KERAS_BACKEND": "tensorflow"})
        if workload != "infer-lstm":  # which LiteRT refuses
            found["litert"] = ([python, "keras_peer.py", workload, "litert", rows], {"KERAS_BACKEND": "tensorflow"})
    if python := interpreter("JAX"):
        found["keras jax"] = ([python, "keras_peer.py", workload, "", rows], {"KERAS_BACKEND": "jax"})
    if python := interpreter("TORCH"):
        found["torch"] = ([python, "torch_peer.py", workload, "eager", rows], torch_environment())
    if interpreter("ONNX") and (path := onnx_file(workload, rows, folder)):
        for runtime in ("onnxruntime", "openvino"):
            found[runtime] = ([interpreter("ONNX"), "onnx_peer.py", workload, str(path), runtime, rows], {})
    return found


def peers_of(workload, keratin, programs, folder):
    """Name → (command, environment)."""
    given = {name: ([path, workload], {}) for name, path in programs.items()}
    if workload.startswith("infer-"):
        name, _, rows = workload.partition(":")
        return inferring(name, rows or "1", keratin, folder) | given
    found = {"keratin": ([keratin, workload], {})} | given
    for name, backend in (("KERAS", "tensorflow"), ("JAX", "jax")):
        python = interpreter(name)
        if not python:
            continue
        environment = {"KERAS_BACKEND": backend}
        found[f"keras {backend}"] = ([python, "keras_peer.py", workload], environment)
        if workload == "mlp-small":
            found[f"keras {backend}, 32 steps"] = ([python, "keras_peer.py", workload, "32"], environment)
    if interpreter("JAX") and workload in ("mlp", "mlp-small", "cnn", "lstm"):
        found["jax"] = ([interpreter("JAX"), "jax_peer.py", workload], {})
    if interpreter("TORCH") and workload != "loop":
        python = interpreter("TORCH")
        found["torch"] = ([python, "torch_peer.py", workload], torch_environment())
        if workload in ("cnn", "resnet"):
            found["torch channels_last"] = ([python, "torch_peer.py", workload, "channels_last"], torch_environment())
        if workload in TRAIN:
            found["torch compile"] = ([python, "torch_peer.py", workload, "compile"], torch_environment())
    return found


def with_mixed(peers):
    """Each peer that knows PEER_POLICY a second time."""
    mixed = {f"{name}, bfloat16": (command, {**environment, "PEER_POLICY": "mixed_bfloat16"})
             for name, (command, environment) in peers.items() if name != "jax"}  # fmt: skip
    return {**peers, **mixed}


def measured(command, environment, threads, timeout):
    """The process's own line, or what is seen from outside."""
    variables = {**os.environ, **environment, "PEER_THREADS": str(threads), "CUDA_VISIBLE_DEVICES": ""}
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        variables[name] = str(threads)
    start = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        cores = sorted(os.sched_getaffinity(0))[-threads:]
        process = subprocess.Popen(command, cwd=HERE, env=variables, stdout=output, stderr=subprocess.STDOUT,
                                   preexec_fn=lambda: os.sched_setaffinity(0, cores))  # fmt: skip
        timer = multiprocessing.Process(target=kill_later, args=(process.pid, timeout))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        timer.kill()
        wall = time.perf_counter() - start
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode:
        return {"error": text.strip().splitlines()[-1:] or [f"ended with {process.returncode}"]}
    outside = {"process_s": wall, "process_cpu_s": usage.ru_utime + usage.ru_stime,
               "peak_rss_mb": usage.ru_maxrss / 1024}  # fmt: skip
    own = [json.loads(line[5:]) for line in text.splitlines() if line.startswith("JSON ")]
    return {**outside, **own[-1]} if own else outside


def kill_later(pid, seconds):
    time.sleep(seconds)
    os.kill(pid, 9)


def spin():
    while True:
        pass


class Load:
    """Processes that want every core."""

    def __init__(self, wanted):
        self.processes = [multiprocessing.Process(target=spin) for _ in range(os.cpu_count() if wanted else 0)]

    def __enter__(self):
        for process in self.processes:
            process.start()

    def __exit__(self, *error):
        for process in self.processes:
            process.kill()


def median(results, key):
    values = [result[key] for result in results if key in result]
    return statistics.median(values) if values else None


def shown(value, digits=3):
    return "–" if value is None else f"{value:.{digits}g}" if value < 100 else f"{value:.0f}"


def grouped(results):
    """(workload, threads, loaded) → peer → its results."""
    groups = collections.defaultdict(lambda: collections.defaultdict(list))
    for result in results:
        groups[result["workload"], result["threads"], result["loaded"]][result["peer"]].append(result)
    return groups


def table(results):
    """One for each workload and number of threads."""
    lines = []
    for (workload, threads, loaded), peers in grouped(results).items():
        key = "process_s" if workload == "cold" else "median_step_ms"
        unit = "s" if workload == "cold" else "ms"
        lines += [f"### {workload}, {threads} thread{'s' * (threads > 1)}{', machine under load' * loaded}", "",
                  f"| | median {unit} | least and most of the rounds | p95 ms | processor {unit} | first ms | peak MB | of the first |",
                  "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
        first = {r["round"]: r.get(key) for r in next(iter(peers.values()))}
        for peer, rounds in sorted(peers.items(), key=lambda each: median(each[1], key) or 1e9):
            values = [r[key] for r in rounds if key in r]
            if not values:
                lines.append(f"| {peer} | {str(rounds[0].get('error'))[:60]} |||||||")
                continue
            ratios = [r[key] / first[r["round"]] for r in rounds if key in r and first.get(r["round"])]
            cpu = median(rounds, "process_cpu_s" if workload == "cold" else "cpu_ms")
            lines.append(f"| {peer} | {shown(median(rounds, key))} | {shown(min(values))} – {shown(max(values))} | "
                         f"{shown(median(rounds, 'p95_ms'))} | {shown(cpu)} | {shown(median(rounds, 'first_step_ms'))} | "
                         f"{shown(median(rounds, 'peak_rss_mb'))} | {shown(statistics.median(ratios) if ratios else None)} |")
        lines.append("")
    return "\n".join(lines)


def summary(results):
    """A line for each workload: the first peer's time, the best other one's, and the median of the rounds' ratios."""
    groups = grouped(result for result in results if "median_step_ms" in result)
    lines = ["| workload | threads | keratin ms | peak MB | best peer | its ms | its MB | ratio |",
             "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |"]  # fmt: skip
    for (workload, threads, loaded), peers in groups.items():
        times = {peer: median(rounds, "median_step_ms") for peer, rounds in peers.items()}
        own = [peer for peer in times if peer.startswith("keratin")]
        others = [peer for peer in times if peer not in own]
        if not own or not others:
            continue
        mine, best = min(own, key=times.get), min(others, key=times.get)
        own_of = {r["round"]: r["median_step_ms"] for r in peers[mine]}
        ratios = [own_of[r["round"]] / r["median_step_ms"] for r in peers[best] if r["round"] in own_of]
        lines.append(f"| {workload}{', loaded' * loaded} | {threads} | {shown(times[mine])} | "
                     f"{shown(median(peers[mine], 'peak_rss_mb'))} | {best} | {shown(times[best])} | "
                     f"{shown(median(peers[best], 'peak_rss_mb'))} | {statistics.median(ratios):.2f} |")  # fmt: skip
    return "\n".join(lines)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keratin", type=pathlib.Path)
    parser.add_argument("--tables", type=pathlib.Path, metavar="RESULTS", help="of earlier runs; nothing is run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", nargs="+", default=[*TRAIN, *INFER, "cold", "loop"])
    parser.add_argument("--peers", nargs="+", help="those alone whose names begin so")
    parser.add_argument("--program", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--loaded", action="store_true")
    parser.add_argument("--mixed", action="store_true")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds a measurement")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("peers.jsonl"))
    given = parser.parse_args()
    if not given.keratin and not given.tables:
        parser.error("--keratin names the program peer_keratin, or --tables the results of earlier runs")
    return given


def following_round(path):
    """Of the rounds that the file holds: runs that append to it are compared with their like alone."""
    if not path.exists():
        return 0
    return 1 + max((json.loads(line)["round"] for line in path.read_text().splitlines()), default=-1)


def main():
    given = arguments()
    if given.tables:
        results = [json.loads(line) for line in given.tables.read_text().splitlines()]
        print(summary(results), table(results), sep="\n\n")
        return
    results = []
    programs = {name: os.path.abspath(path) for name, path in (each.split("=", 1) for each in given.program)}
    first = following_round(given.out)
    with given.out.open("a") as out, tempfile.TemporaryDirectory() as folder:
        for workload in given.only:
            peers = peers_of(workload, str(given.keratin.resolve()), programs, pathlib.Path(folder))
            if given.peers:
                peers = {name: each for name, each in peers.items() if name.startswith(tuple(given.peers))}
            if given.mixed and workload in TRAIN:
                peers = with_mixed(peers)
            for threads in given.threads:
                for number in range(first, first + given.rounds):
                    for name, (command, environment) in peers.items():
                        with Load(given.loaded):
                            result = measured(command, environment, threads, given.timeout)
                        result |= {"peer": name, "workload": workload, "threads": threads, "round": number,
                                   "loaded": given.loaded}  # fmt: skip
                        results.append(result)
                        out.write(json.dumps(result) + "\n")
                        out.flush()
                        print(workload, threads, name, shown(result.get("median_step_ms", result.get("process_s"))),
                              result.get("error", ""), file=sys.stderr)  # fmt: skip
    print(summary(results), table(results), sep="\n\n")


if __name__ == "__main__":
    main()
