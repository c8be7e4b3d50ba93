"""keras_peer.py WORKLOAD [STEPS_PER_EXECUTION] | infer-WORKLOAD [litert] | cold | loop

Keras, on the backend that KERAS_BACKEND names, as its users write it.
"""

import gc
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras import layers, ops

import workload as w
from keras_fit import time_fit

keras.config.set_dtype_policy(w.POLICY)
if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(w.THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(w.THREADS)


class Positions(layers.Layer):
    def __init__(self, length):
        super().__init__()
        self.length = length
        self.tokens, self.positions = layers.Embedding(5000, 128), layers.Embedding(length, 128)

    def call(self, x):
        return self.tokens(x) + self.positions(ops.arange(self.length))


def residual_block(x, channels, stride):
    h = layers.Conv2D(channels, 3, stride, padding="same", use_bias=False)(x)
    h = layers.ReLU()(layers.BatchNormalization()(h))
    h = layers.Conv2D(channels, 3, padding="same", use_bias=False)(h)
    h = layers.BatchNormalization()(h)
    if stride > 1:
        x = layers.BatchNormalization()(layers.Conv2D(channels, 1, stride, use_bias=False)(x))
    return layers.ReLU()(layers.Add()([x, h]))


def encoder_block(x):
    x = layers.Add()([x, layers.MultiHeadAttention(4, 32)(x, x)])
    x = layers.LayerNormalization(epsilon=1e-5)(x)
    h = layers.Dense(128)(layers.Dense(512, activation="relu")(x))
    return layers.LayerNormalization(epsilon=1e-5)(layers.Add()([x, h]))


def resnet():
    x = given = keras.Input((32, 32, 3))
    x = layers.Conv2D(16, 3, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for channels in (16, 32, 64):
        x = residual_block(x, channels, 1 if channels == 16 else 2)
        x = residual_block(x, channels, 1)
    return keras.Model(given, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x)))


def transformer():
    given = keras.Input((64,), dtype="int32")
    x = encoder_block(encoder_block(Positions(64)(given)))
    return keras.Model(given, layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling1D()(x)))


def network(name):
    dense = layers.Dense
    if name == "resnet":
        return resnet()
    if name == "transformer":
        return transformer()
    of = {
        "mlp": lambda: [keras.Input((784,)), dense(512, "relu"), dense(512, "relu"), dense(10, "softmax")],
        "mlp-small": lambda: [keras.Input((64,)), dense(32, "relu"), dense(10, "softmax")],
        "cnn": lambda: [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            dense(128, "relu"),
            dense(10, "softmax"),
        ],
        "lstm": lambda: [keras.Input((100, 32)), layers.LSTM(128), dense(1)],
        "gru-text": lambda: [
            keras.Input((80,), dtype="int32"),
            layers.Embedding(10000, 64),
            layers.Bidirectional(layers.GRU(64)),
            dense(1, "sigmoid"),
        ],
        "loop": lambda: [
            keras.Input((3, 1)),
            layers.LSTM(16, return_sequences=True),
            layers.LSTM(16),
            layers.Dropout(0.4),
            dense(8, "tanh"),
            dense(4, "softmax"),
        ],
    }
    return keras.Sequential(of[name]())


def compiled(name, steps_per_execution=1):
    losses = {"lstm": "mse", "loop": "categorical_crossentropy", **dict.fromkeys(w.TOKENS, "binary_crossentropy")}
    model = network(name)
    model.compile(
        optimizer=keras.optimizers.SGD(0.01, momentum=0.9) if name == "resnet" else "adam",
        loss=losses.get(name, "sparse_categorical_crossentropy"),
        steps_per_execution=steps_per_execution,
    )
    return model


def train(name, steps_per_execution):
    batch, _ = w.SIZES[name]
    time_fit(compiled(name, steps_per_execution), *w.data(name), batch)


def infer(name, rows, as_litert):
    model = network(name)
    x = w.data(name, rows)[0]
    if not as_litert:
        w.time_calls(lambda: model.predict_on_batch(x))
        return
    interpreter = tf.lite.Interpreter(model_content=tf.lite.TFLiteConverter.from_keras_model(model).convert(),
                                      num_threads=w.THREADS)
    place = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(place, x.shape)
    interpreter.allocate_tensors()
    result = interpreter.get_output_details()[0]["index"]

    def call():
        interpreter.set_tensor(place, x)
        interpreter.invoke()
        return interpreter.get_tensor(result)

    w.time_calls(call)


def loop():
    """Built, fitted and cleared again and again: keras #20552."""
    import numpy as np

    x = np.random.default_rng(1).standard_normal((6, 3, 1), dtype="float32")
    y = np.eye(4, dtype="float32")[np.arange(6) % 4]
    times, cpu = [], time.process_time()
    for _ in range(20):
        start = time.perf_counter()
        compiled("loop").fit(x, y, batch_size=2, epochs=3, verbose=0)
        keras.backend.clear_session()
        gc.collect()
        times.append((time.perf_counter() - start) * 1e3)
    w.report(times, (time.process_time() - cpu) / len(times) * 1e3, times[0])


def main(what, option=None, rows="1"):
    if what == "cold":
        x, y = w.data("mlp", 128)
        compiled("mlp").train_on_batch(x, y)
    elif what == "loop":
        loop()
    elif what.startswith("infer-"):
        infer(what[6:], int(rows), option == "litert")
    else:
        train(what, int(option or 1))


main(*sys.argv[1:])
