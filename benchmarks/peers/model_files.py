"""model_files.py FOLDER: networks that users have beside the workloads, as NAME.keras and NAME.npz (x and y of an epoch).

    model_files.py FOLDER NAME BATCH: a training step of one of them, on the backend that KERAS_BACKEND names. Keratin's side is
    peer_model_file.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

from keras_fit import time_fit

# Of an epoch: many where a step is short, as Keras spends some time on each epoch.
STEPS, SHORT_STEPS = 8, 64
SHORT = ("norm-mlp", "lenet", "conv3d", "small-gru", "dropout-lstm", "bag-of-words")


def separable_block(channels, stride):
    return [
        layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Conv2D(channels, 1, use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
    ]


def encoder(length, width, heads):
    x = given = keras.Input((length, width))
    x = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(heads, width // heads)(x, x)]))
    h = layers.Dense(width)(layers.Dense(4 * width, activation="gelu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, h]))
    return keras.Model(given, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


def unet():
    x = given = keras.Input((64, 64, 3))
    kept = []
    for channels in (16, 32):
        x = layers.Conv2D(channels, 3, padding="same", activation="relu")(x)
        kept.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(64, 3, padding="same", activation="relu")(x)
    for channels, other in zip((32, 16), reversed(kept)):
        x = layers.Conv2DTranspose(channels, 2, 2)(x)
        x = layers.Conv2D(channels, 3, padding="same", activation="relu")(layers.Concatenate()([x, other]))
    return keras.Model(given, layers.Conv2D(1, 1, activation="sigmoid")(x))


def networks():
    """Name → (network, batch, loss)."""
    dense, classes = layers.Dense, "sparse_categorical_crossentropy"
    one_of_ten = dense(10, "softmax")
    sequential = lambda *all: keras.Sequential([*all])
    return {
        "wide-mlp": (sequential(keras.Input((1024,)), dense(2048, "relu"), layers.Dropout(0.2), dense(2048, "relu"), one_of_ten),
                     256, classes),
        "norm-mlp": (sequential(keras.Input((64,)), *[part for _ in range(4) for part in (
            dense(128), layers.BatchNormalization(), layers.Activation("swish"), layers.Dropout(0.1))], dense(1)), 64, "mse"),
        "mobile": (sequential(keras.Input((32, 32, 3)), layers.Conv2D(32, 3, 2, padding="same", activation="relu"),
                              *separable_block(64, 1), *separable_block(128, 2), *separable_block(128, 1),
                              layers.GlobalAveragePooling2D(), dense(10, "softmax")), 32, classes),
        "lenet": (sequential(keras.Input((28, 28, 1)), layers.Conv2D(6, 5, padding="same", activation="tanh"),
                             layers.AveragePooling2D(2), layers.Conv2D(16, 5, activation="tanh"), layers.AveragePooling2D(2),
                             layers.Flatten(), dense(120, "tanh"), dense(84, "tanh"), dense(10, "softmax")), 64, classes),
        "vgg": (sequential(keras.Input((32, 32, 3)), *[part for channels in (64, 128) for part in (
            layers.Conv2D(channels, 3, padding="same", activation="relu"),
            layers.Conv2D(channels, 3, padding="same", activation="relu"), layers.MaxPooling2D())],
                           layers.Flatten(), dense(256, "relu"), dense(10, "softmax")), 32, classes),
        "autoencoder": (sequential(keras.Input((28, 28, 1)), layers.Conv2D(16, 3, 2, padding="same", activation="relu"),
                                   layers.Conv2D(32, 3, 2, padding="same", activation="relu"),
                                   layers.Conv2DTranspose(32, 3, 2, padding="same", activation="relu"),
                                   layers.Conv2DTranspose(16, 3, 2, padding="same", activation="relu"),
                                   layers.Conv2D(1, 3, padding="same", activation="sigmoid")), 64, "mse"),
        "unet": (unet(), 8, "binary_crossentropy"),
        "conv1d": (sequential(keras.Input((256, 8)), layers.Conv1D(64, 5, activation="relu"), layers.MaxPooling1D(),
                              layers.Conv1D(128, 3, activation="relu"), layers.GlobalMaxPooling1D(), dense(10, "softmax")),
                   32, classes),
        "causal": (sequential(keras.Input((200, 16)), *[layers.Conv1D(32, 3, dilation_rate=2**i, padding="causal", activation="relu")
                                                       for i in range(5)], dense(1)), 32, "mse"),
        "conv3d": (sequential(keras.Input((16, 16, 16, 1)), layers.Conv3D(16, 3, activation="relu"), layers.MaxPooling3D(),
                              layers.Conv3D(32, 3, activation="relu"), layers.GlobalAveragePooling3D(), dense(10, "softmax")),
                   16, classes),
        "stacked-lstm": (sequential(keras.Input((50, 32)), layers.LSTM(256, return_sequences=True), layers.LSTM(256), dense(1)),
                         64, "mse"),
        "small-gru": (sequential(keras.Input((30, 4)), layers.GRU(32, return_sequences=True), layers.GRU(16), dense(1)), 32, "mse"),
        "dropout-lstm": (sequential(keras.Input((50, 16)), layers.LSTM(64, dropout=0.2, recurrent_dropout=0.2), dense(1)), 32, "mse"),
        "conv-lstm": (sequential(keras.Input((8, 16, 16, 4)), layers.ConvLSTM2D(16, 3, padding="same"),
                                 layers.GlobalAveragePooling2D(), dense(1)), 8, "mse"),
        "bag-of-words": (sequential(keras.Input((200,), dtype="int32"), layers.Embedding(20000, 16),
                                    layers.GlobalAveragePooling1D(), dense(16, "relu"), dense(10, "softmax")), 32, classes),
        "attention-256": (encoder(256, 64, 4), 8, classes),
        "attention-32": (encoder(32, 256, 8), 32, classes),
    }


def data(network, rows, loss):
    random = np.random.default_rng(1)
    shape = (rows, *network.input_shape[1:])
    if network.inputs[0].dtype == "int32":
        x = random.integers(0, 20000, shape).astype("int32")
    else:
        x = random.standard_normal(shape, dtype="float32")
    if loss == "sparse_categorical_crossentropy":
        return x, random.integers(0, 10, len(x)).astype("int32")
    return x, random.random((len(x), *network.output_shape[1:]), dtype="float32")


def write(folder):
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, (network, batch, loss) in networks().items():
        network.compile("adam", loss)
        network.save(Path(folder) / f"{name}.keras")
        x, y = data(network, batch * (SHORT_STEPS if name in SHORT else STEPS), loss)
        np.savez(Path(folder) / f"{name}.npz", x=x, y=y)
        print(name, batch)


def train(folder, name, batch):
    arrays = np.load(Path(folder) / f"{name}.npz")
    time_fit(keras.saving.load_model(Path(folder) / f"{name}.keras"), arrays["x"], arrays["y"], batch)


if len(sys.argv) > 2:
    train(sys.argv[1], sys.argv[2], int(sys.argv[3]))
else:
    write(sys.argv[1])
