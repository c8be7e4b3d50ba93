"""Writes tests/saving/data/*: archives, HDF5 files and JSON as NumPy, h5py and Python write them.

    python tests/support/record_files.py

Needs numpy, h5py and ml_dtypes.
"""

import json
import pathlib
import zipfile

import h5py
import ml_dtypes
import numpy as np

DATA = pathlib.Path(__file__).resolve().parents[1] / "saving" / "data"


def arrays():
    """One of each dtype that .npz holds, counting up from their names' place."""
    names = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
    names += ["float16", "float32", "float64", "complex64"]
    found = {name: (np.arange(6).reshape(2, 3) - (0 if name[0] in "ub" else 3)).astype(name) for name in names}
    found["texts"] = np.array(["", "abc", "häß€𝄞"])
    found["scalar"] = np.float32(2.5)
    found["none"] = np.zeros((0, 4), np.float32)
    found["fortran"] = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    return found


def write_npz():
    np.savez(DATA / "stored.npz", **arrays())
    np.savez_compressed(DATA / "compressed.npz", **arrays())


def fill(file):
    values = np.arange(6).reshape(2, 3) - 3
    for name in ["int8", "int16", "int32", "int64", "float16", "float32", "float64"]:
        file.create_dataset(f"layers/dense/{name}", data=values.astype(name))
    for name in ["uint8", "uint16", "uint32", "uint64"]:
        file.create_dataset(f"layers/dense/{name}", data=(values + 3).astype(name))
    file["layers/dense/big_endian"] = values.astype(">f4")
    file["layers/dense/bool"] = np.array([True, False, True])
    file["layers/dense/scalar"] = np.float32(2.5)
    file["layers/dense/none"] = np.zeros((0, 4), np.float32)
    opaque = file.create_dataset("layers/dense/bfloat16", data=values.astype(ml_dtypes.bfloat16).view("V2"))
    opaque.attrs["dtype"] = "bfloat16"
    file["layers/dense/opaque"] = values.astype(np.float16).view("V2")
    file["layers/dense/text"] = "abc"
    file["layers/dense/complex"] = values.astype(np.complex64)
    file.create_dataset("layers/dense/chunked", data=values.astype(np.float32), chunks=(1, 2), compression="gzip")
    file.create_group("layers/dense/vars").attrs["name"] = "dense"
    for index in [0, 1, 2, 10]:
        file[f"layers/dense_1/vars/{index}"] = np.float32(index)
    file["layers/soft"] = h5py.SoftLink("/layers/dense/float32")
    file["layers/outside"] = h5py.ExternalLink("/etc/hostname", "/x")
    file["layers/circle"] = file["layers"]
    file.create_dataset("layers/external", (16,), "u1", external=[("/etc/passwd", 0, 16)])


def write_hdf5():
    with h5py.File(DATA / "weights.h5", "w") as file:
        fill(file)
    with zipfile.ZipFile(DATA / "members.zip", "w") as archive:
        archive.write(DATA / "weights.h5", "stored.h5", zipfile.ZIP_STORED)
        archive.write(DATA / "weights.h5", "deflated.h5", zipfile.ZIP_DEFLATED)
        archive.writestr("folder/text.txt", "héllo\n")


def write_json():
    value = {
        "z": 1, "a": -0.0, "floats": [1.0, 0.1, 1e-7, 1.5e300, 123456789012345680.0, 1e16, 1e15, 0.0001, 0.00012345],
        "special": [float("nan"), float("inf"), -float("inf")], "NaN": "NaN, Infinity and \"-Infinity\"",
        "integers": [0, -1, 2**63 - 1, -(2**63)], "truth": [True, False, None], "empty": [[], {}, ""],
        "text": "tab\t quote\" slash\\ /, ä€𝄞\x00\x1f\x7f", "E": {"E": "1E5"},
    }
    (DATA / "value.json").write_text(json.dumps(value))


if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    write_npz()
    write_hdf5()
    write_json()
