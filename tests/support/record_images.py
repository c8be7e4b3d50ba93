"""Writes tests/images/data: small images, and in keras_images.h and keras_folders.h what Keras makes of them.

    KERAS_BACKEND=tensorflow python tests/support/record_images.py

Needs keras and tensorflow of the versions that the file names, and clang-format-16.
"""

import pathlib
import subprocess

import keras
import numpy as np
import tensorflow as tf

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "images" / "data"
HEADER = f"""#pragma once

#include "images/images_case.h"

// What Keras {keras.__version__} on TensorFlow {tf.__version__} gives. To write it anew:
//     KERAS_BACKEND=tensorflow python tests/support/record_images.py

namespace keratin::test {{

"""


def smooth(height, width, channels, seed):
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    return (127 + 120 * np.sin(0.9 * y + 0.6 * x * (c + 1) + seed)).astype("uint8")


def write(name, data):
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    tf.io.write_file(str(path), data)


def write_images():
    write("rgb.png", tf.io.encode_png(smooth(5, 7, 3, 0)))
    write("rgba.png", tf.io.encode_png(smooth(3, 4, 4, 1)))
    write("grey.png", tf.io.encode_png(smooth(4, 3, 1, 2)))
    write("grey_alpha.png", tf.io.encode_png(smooth(3, 3, 2, 3)))
    write("sixteen.png", tf.io.encode_png(smooth(3, 4, 3, 4).astype("uint16") * 257 + 100))
    write("rgb.jpg", tf.io.encode_jpeg(smooth(9, 11, 3, 5), quality=90))
    write("grey.jpg", tf.io.encode_jpeg(smooth(6, 5, 1, 6), quality=90))
    for i, name in enumerate(["cat/1.png", "cat/2.png", "dog/a.png", "dog/b.png", "dog/below/c.png", "emu/x.png"]):
        write("folder/" + name, tf.io.encode_png(smooth(3 + i % 2, 4, 3, 7 + i)))


def values(array):
    array = np.asarray(array)
    shape = ", ".join(map(str, array.shape))
    return f"{{{{{shape}}}, {{{', '.join(repr(float(np.float32(x))) + 'F' for x in array.ravel())}}}}}"


def images():
    channels = {"grayscale": 1, "rgb": 3, "rgba": 4}
    for file in ("rgb.png", "rgba.png", "grey.png", "grey_alpha.png", "sixteen.png", "rgb.jpg", "grey.jpg"):
        for mode, count in channels.items():
            if file.endswith("jpg") and mode == "rgba":
                continue  # TensorFlow has none
            pixels = tf.io.decode_image(tf.io.read_file(str(FOLDER / file)), channels=count)
            yield f'{{"{file}", {{.color_mode = "{mode}"}}, {values(pixels)}}},'
    pixels = tf.io.decode_image(tf.io.read_file(str(FOLDER / "rgb.png")), channels=1)
    for method in ("nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"):
        for size in ((3, 4), (8, 9), (1, 14)):
            resized = tf.image.resize(pixels, size, method=method)
            yield (
                f'{{"rgb.png", {{.color_mode = "grayscale", .target_size = ImageSize{{{size[0]}, {size[1]}}}, '
                f'.interpolation = "{method}"}}, {values(resized)}}},'
            )


SMALL = {"color_mode": "grayscale", "batch_size": 4, "image_size": (2, 3), "shuffle": False}
FOLDERS = [
    {},
    {"label_mode": "categorical", "crop_to_aspect_ratio": True},
    {"label_mode": None, "pad_to_aspect_ratio": True, "image_size": (3, 5)},
    {"pad_to_aspect_ratio": True, "image_size": (5, 3), "interpolation": "nearest"},
    {"label_mode": "binary", "class_names": ["dog", "cat"], "crop_to_aspect_ratio": True, "image_size": (4, 2)},
    {"validation_split": 0.4, "subset": "training"},
    {"validation_split": 0.4, "subset": "validation", "data_format": "channels_first", "color_mode": "rgb"},
    {"labels": [4, 5, 6, 4, 5, 6], "interpolation": "area"},
]
# Files alone: the order of elements is each library's own.
SHUFFLED = [
    {"shuffle": True, "seed": 1337},
    {"shuffle": True, "seed": 7, "validation_split": 0.5, "subset": "validation"},
]
ORDER = ["labels", "label_mode", "class_names", "color_mode", "batch_size", "image_size", "shuffle", "seed"]
ORDER += ["validation_split", "subset", "interpolation", "crop_to_aspect_ratio", "pad_to_aspect_ratio", "data_format"]


def written(name, value):
    if name == "labels":
        return "std::vector<std::int64_t>{" + ", ".join(map(str, value)) + "}"
    if name == "class_names":
        return "{" + ", ".join(f'"{v}"' for v in value) + "}"
    if name == "image_size":
        return f"{{{value[0]}, {value[1]}}}"
    if isinstance(value, bool):
        return str(value).lower()
    return '"none"' if value is None else f'"{value}"' if isinstance(value, str) else str(value)


def folders(cases, with_images):
    for case in cases:
        options = SMALL | case
        dataset = keras.utils.image_dataset_from_directory(str(FOLDER / "folder"), verbose=False, **options)
        files = ", ".join(f'"{pathlib.Path(f).relative_to(FOLDER / "folder")}"' for f in dataset.file_paths)
        batches = list(dataset) if with_images else []
        has_labels = options.get("label_mode", "int") is not None
        xs = [np.asarray(b[0] if has_labels else b) for b in batches]
        ys = [np.asarray(b[1]) for b in batches] if has_labels else []
        given = ", ".join(f".{n} = {written(n, options[n])}" for n in ORDER if n in options)
        yield (
            f"{{{{{given}}}, {{{files}}}, {values(np.concatenate(xs)) if xs else '{}'}, "
            f"{values(np.concatenate(ys)) if ys else '{}'}}},"
        )


def write_table(file, kind, name, rows):
    path = FOLDER / file
    rows = "\n".join(rows)
    path.write_text(f"{HEADER}const std::vector<{kind}> {name} = {{\n{rows}\n}};\n\n}}  // namespace keratin::test\n")
    subprocess.run(["clang-format-16", "-i", str(path)], check=True)


def main():
    write_images()
    write_table("keras_images.h", "RecordedImage", "recorded_images", images())
    every_folder = [*folders(FOLDERS, True), *folders(SHUFFLED, False)]
    write_table("keras_folders.h", "RecordedFolder", "recorded_folders", every_folder)


main()
