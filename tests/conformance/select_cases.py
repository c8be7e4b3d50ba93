"""Copies a few hundred small cases into tests/conformance/cases, where the tests run them without Python.

    python tests/conformance/select_cases.py CASES RESULTS.json

CASES: a suite that was generated; RESULTS.json: what `run.py --results` wrote for it. Of each group and class the
smallest case that passed is taken, of groups without a number below all, as long as they fit into 8 MB. Of train some
are named.
"""

import json
import pathlib
import shutil
import sys

LIMIT = 7_950_000
TARGET = pathlib.Path(__file__).resolve().parent / "cases"
PER_CLASS = {"forward": 1, "gradient": 1, "losses": 1, "metrics": 1}
TRAINED = {
    "SGD_0", "Adam_0", "RMSprop_0", "Nadam_0", "Adafactor_0", "Muon_0", "ScheduleFreeAdamW_0", "LossScaleOptimizer_0",
    "schedule_CosineDecay_0", "class_weight_0", "sample_weight_0", "validation_split_0", "two_outputs_0",
}


def size(folder):
    return sum(file.stat().st_size for file in folder.iterdir())


def class_of(case):
    """Of gradients, all activations of the layer Activation are one class."""
    group, name = case.split("/")
    is_activation = group == "gradient" and name.startswith("Activation_")
    return group, "Activation" if is_activation else name.rsplit("_", 1)[0]


def chosen(cases, results):
    passed = [entry["id"] for entry in json.loads(results.read_text()) if entry["passed"]]
    passed = [case for case in passed if not case.startswith("train/") or case.split("/")[1] in TRAINED]
    by_size = sorted(passed, key=lambda case: (size(cases / case), case))
    taken, counts, total = [], {}, 0
    for case in by_size:
        group = case.split("/")[0]
        key = class_of(case)
        if counts.get(key, 0) >= PER_CLASS.get(group, 1000) or total + size(cases / case) > LIMIT:
            continue
        counts[key] = counts.get(key, 0) + 1
        total += size(cases / case)
        taken.append(case)
    return sorted(taken), total


def main():
    cases, results = map(pathlib.Path, sys.argv[1:3])
    taken, total = chosen(cases, results)
    shutil.rmtree(TARGET, ignore_errors=True)
    for case in taken:
        shutil.copytree(cases / case, TARGET / case, copy_function=shutil.copyfile)
    print(f"{len(taken)} cases, {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
