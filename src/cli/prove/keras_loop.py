"""Keras on the model of a folder that `keratin prove` wrote: predicts, then builds, fits and clears in a loop.

usage: keras_loop.py FOLDER. Each line that is read lets one round run; each one that is written says that it has.
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

# The channel is the standard output that was there at first; what libraries print goes to standard error.
channel = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

import keras  # noqa: E402
import numpy as np  # noqa: E402

folder = sys.argv[1]
with open(os.path.join(folder, "subject.json")) as file:
    subject = json.load(file)
data = np.load(os.path.join(folder, "data.npz"))


def arrays(prefix):
    all = [data[prefix + str(i)] for i in range(subject[prefix])]
    return all[0] if len(all) == 1 else all


x, y = arrays("x"), arrays("y")
batch_size = subject["batch_size"]
loaded = keras.models.load_model(subject["path"], compile=False)
weights = loaded.get_weights()
outputs = loaded.predict(x, batch_size=batch_size, verbose=0)
if isinstance(outputs, dict):
    outputs = [outputs[name] for name in loaded.output_names]
if not isinstance(outputs, (list, tuple)):
    outputs = [outputs]
np.savez(os.path.join(folder, "keras.npz"), **{"y" + str(i): np.asarray(o, "float32") for i, o in enumerate(outputs)})
del loaded, outputs
print(f"Keras {keras.__version__} on {keras.backend.backend()}", file=channel)

for line in sys.stdin:
    model = keras.models.model_from_json(subject["json"])
    if subject["losses"]:
        losses = subject["losses"]
        model.compile(optimizer="adam", loss=losses[0] if len(losses) == 1 else losses)
    model.set_weights(weights)
    if subject["refuses_training"]:
        model.predict(x, batch_size=batch_size, verbose=0)
    else:
        model.fit(x, y, batch_size=batch_size, epochs=1, verbose=0, shuffle=subject["shuffle"])
    del model
    keras.backend.clear_session()
    print("done", file=channel)
