"""What our program saves, real Keras loads: every model of a generated case set is loaded and saved again by our
program. Keras then has to load it without a warning that it doesn't give for its own file, find the same weights bit
for bit, and predict the same. Compiled models are trained by our program, and then two more epochs by both sides.

    python roundtrip.py SUITE --cases DIR --cli 'CMD' [--only GROUP[/NAME]] [--no-training]

SUITE is the folder of the cases' generator, whose modules are used here. Exit code 0 only if all is well.
"""
import argparse
import io
import json
import logging
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import traceback
import warnings
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
GROUPS = ("models", "train", "archs")
MORE_EPOCHS = 2


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite")
    parser.add_argument("--cases", required=True)
    parser.add_argument("--cli", required=True)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--no-training", action="store_true")
    return parser.parse_args()


arguments = parse_arguments()
sys.path.insert(0, arguments.suite)
import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

import keras_cli  # noqa: E402
import oracle  # noqa: E402
from run import Case, compare_array  # noqa: E402

warnings.resetwarnings()


class Log(logging.Handler):
    def __init__(self):
        super().__init__()
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def loaded(path):
    """The model, and what Keras warned of while it was loaded."""
    log = Log()
    logging.getLogger("absl").addHandler(log)
    keras.backend.clear_session()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = keras.models.load_model(path)
    logging.getLogger("absl").removeHandler(log)
    return model, {str(each.message).split("\n")[0].replace(str(path), "PATH") for each in caught} | set(log.messages)


def stored(path):
    """{path in model.weights.h5: (dtype, shape, bytes)}."""
    everything = {}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None, "a checksum is wrong"
        data = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(data, "r") as file:
        def note(name, node):
            if isinstance(node, h5py.Dataset):
                value = np.asarray(node)
                everything[name] = (str(value.dtype), value.shape, value.tobytes())
        file.visititems(note)
    return everything


def differences(ours, theirs, what):
    """Problems of two dictionaries of arrays that are to be equal."""
    problems = [f"{what}: missing {key}" for key in sorted(set(theirs) - set(ours))]
    problems += [f"{what}: not expected {key}" for key in sorted(set(ours) - set(theirs))]
    problems += [f"{what}: {key} differs" for key in sorted(set(ours) & set(theirs)) if ours[key] != theirs[key]]
    return problems


def close(ours, theirs, info, what):
    problems = [f"{what}: other names {sorted(set(ours) ^ set(theirs))[:4]}"] if set(ours) != set(theirs) else []
    for key in set(ours) & set(theirs):
        problem, _ = compare_array(np.asarray(theirs[key]), np.asarray(ours[key]), info["rtol"], info["atol"])
        if problem:
            problems.append(f"{what}: {key}: {problem}")
    return problems


def check_saved(case, saved):
    """Keras with its own file and with ours."""
    own = case.folder / "model.keras"
    problems = differences(stored(saved), stored(own), "weights")
    model, known = loaded(own)
    inputs = keras_cli.load_inputs(case.folder / "inputs.npz")
    expected = oracle.predict(model, inputs, case.info.get("batch_size"))
    model, given = loaded(saved)
    problems += [f"Keras warns: {each}" for each in sorted(given - known)]
    return problems + close(oracle.predict(model, inputs, case.info.get("batch_size")), expected, case.info, "prediction")


def weights_of(path):
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        with h5py.File(archive.extract("model.weights.h5", folder), "r") as file:
            all_weights = {}
            file.visititems(lambda name, node: all_weights.__setitem__(name, np.asarray(node))
                            if isinstance(node, h5py.Dataset) else None)
    return all_weights


def training_command(case, model, epochs, output):
    command = case.command()
    command[1] = str(model)
    command[command.index("--epochs") + 1] = str(epochs)
    command[command.index("--output") + 1] = str(output)
    return command


def check_built(path):
    """A model that our program built: Keras warns of nothing, and predicts the same."""
    known = keras_cli.load_inputs(path.with_suffix(".npz"))
    model, given = loaded(path)
    x = {key: value for key, value in known.items() if key.startswith("x")}
    info = {"rtol": float(known["tolerance"]), "atol": float(known["tolerance"])}
    expected = {key: value for key, value in known.items() if key.startswith("y")}
    return [f"Keras warns: {each}" for each in sorted(given)] + close(oracle.predict(model, x, None), expected, info, "prediction")


def check_training(case, trained, more):
    """Both sides go on from what our program has trained and saved."""
    theirs = case.out("theirs.keras")
    keras.backend.clear_session()
    keras_cli.run(training_command(case, trained, MORE_EPOCHS, theirs))
    return close(weights_of(more), weights_of(theirs), case.info, "weights after training on")


def run_program(cli, commands, folder):
    """[None or why it failed] of each; one process after another where one crashes."""
    results = []
    while len(results) < len(commands):
        rest = commands[len(results):]
        path = pathlib.Path(folder) / f"commands{len(results)}.json"
        path.write_text(json.dumps(rest))
        done = subprocess.run([*shlex.split(cli), "batch", str(path)], capture_output=True, text=True, errors="replace")
        report = pathlib.Path(str(path) + ".done")
        lines = [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else []
        results += [None if line["ok"] else line["error"] for line in lines]
        if len(lines) < len(rest):
            results.append(f"the program ended with {done.returncode}: {done.stderr[-300:]}")
    return results


def found_cases(work):
    for group in GROUPS:
        for folder in sorted(pathlib.Path(arguments.cases, group).glob("*")):
            name = f"{group}/{folder.name}"
            chosen = not arguments.only or any(name == each or name.startswith(each) for each in arguments.only)
            if chosen and (folder / "model.keras").exists():
                yield Case(folder, pathlib.Path(work))


def main():
    counts = {"loaded by Keras": [0, 0], "trained on by both": [0, 0], "built here": [0, 0]}

    def note(kind, name, problems):
        counts[kind][0] += not problems
        counts[kind][1] += 1
        if problems:
            print(f"{name}: {kind}: " + "; ".join(problems[:4]) + (" …" if len(problems) > 4 else ""), flush=True)

    def checked(check, *given):
        try:
            return check(*given)
        except Exception as error:
            traceback.print_exc(limit=1)
            return [f"{type(error).__name__}: {str(error)[:400]}"]

    with tempfile.TemporaryDirectory() as work:
        if not arguments.only or "built" in arguments.only:
            subprocess.run([*shlex.split(arguments.cli), "built", work], check=True)
            for path in sorted(pathlib.Path(work).glob("*.keras")):
                note("built here", path.stem, checked(check_built, path))
        cases = list(found_cases(work))
        saved = run_program(arguments.cli, [["resave", str(c.folder / "model.keras"), c.out("saved.keras")] for c in cases], work)
        for case, failure in zip(cases, saved):
            note("loaded by Keras", case.id, [failure] if failure else checked(check_saved, case, case.out("saved.keras")))
        trained = [] if arguments.no_training else [c for c in cases if c.kind == "train"]
        for epochs, source, target in ((None, None, "trained.keras"), (MORE_EPOCHS, "trained.keras", "more.keras")):
            commands = [training_command(c, c.out(source) if source else c.folder / "model.keras",
                                         epochs or c.info["epochs"], c.out(target)) for c in trained]
            failures = run_program(arguments.cli, commands, tempfile.mkdtemp(dir=work))
            for case, failure in zip(list(trained), failures):
                if failure:
                    note("trained on by both", case.id, [failure])
                    trained.remove(case)
        for case in trained:
            note("trained on by both", case.id, checked(check_training, case, case.out("trained.keras"), case.out("more.keras")))
    for kind, (good, total) in counts.items():
        print(f"{kind}: {good} of {total}")
    return 0 if all(good == total for good, total in counts.values()) and counts["loaded by Keras"][1] else 1


if __name__ == "__main__":
    sys.exit(main())
