"""jax_peer.py mlp|mlp-small|cnn|lstm

JAX without a layer above it: parameters in a dictionary, optax's Adam, one compiled step whose state is donated.
"""

import functools
import sys
import time

import jax
import jax.numpy as jnp
import optax

import workload as w

NAME = sys.argv[1]
WIDTHS = {"mlp": (784, 512, 512, 10), "mlp-small": (64, 32, 10), "cnn": (1600, 128, 10), "lstm": (128, 1)}


def parameters():
    keys = iter(jax.random.split(jax.random.key(7), 16))
    made = {"dense": [], "conv": []}
    for rows, columns in zip(WIDTHS[NAME], WIDTHS[NAME][1:]):
        made["dense"].append((jax.random.normal(next(keys), (rows, columns)) / rows**0.5, jnp.zeros(columns)))
    if NAME == "cnn":
        for before, after in ((1, 32), (32, 64)):
            kernel = jax.random.normal(next(keys), (3, 3, before, after)) / (9 * before) ** 0.5
            made["conv"].append((kernel, jnp.zeros(after)))
    if NAME == "lstm":
        made["input"] = jax.random.normal(next(keys), (32, 512)) / 32**0.5
        made["recurrent"] = jax.random.normal(next(keys), (128, 512)) / 128**0.5
        made["bias"] = jnp.zeros(512)
    return made


def convolved(weights, x):
    kernel, bias = weights
    y = jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return jax.lax.reduce_window(jax.nn.relu(y + bias), -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def last_state(weights, x):
    projected = jnp.swapaxes(x @ weights["input"] + weights["bias"], 0, 1)

    def step(carried, row):
        h, c = carried
        entry, forget, candidate, output = jnp.split(row + h @ weights["recurrent"], 4, axis=1)
        c = jax.nn.sigmoid(forget) * c + jax.nn.sigmoid(entry) * jnp.tanh(candidate)
        return (jax.nn.sigmoid(output) * jnp.tanh(c), c), None

    zeros = jnp.zeros((x.shape[0], 128))
    return jax.lax.scan(step, (zeros, zeros), projected)[0][0]


def loss_of(weights, x, y):
    for each in weights["conv"]:
        x = convolved(each, x)
    if NAME == "lstm":
        x = last_state(weights, x)
    x = x.reshape(x.shape[0], -1)
    for kernel, bias in weights["dense"][:-1]:
        x = jax.nn.relu(x @ kernel + bias)
    kernel, bias = weights["dense"][-1]
    x = x @ kernel + bias
    return jnp.mean((x - y) ** 2) if NAME == "lstm" else optax.softmax_cross_entropy_with_integer_labels(x, y).mean()


OPTIMIZER = optax.adam(1e-3)


@functools.partial(jax.jit, donate_argnums=(0, 1))
def step(weights, state, x, y):
    loss, gradients = jax.value_and_grad(loss_of)(weights, x, y)
    changes, state = OPTIMIZER.update(gradients, state, weights)
    return optax.apply_updates(weights, changes), state, loss


def main():
    batch, steps = w.SIZES[NAME]
    x, y = w.data(NAME)
    weights = parameters()
    state = OPTIMIZER.init(weights)
    start = time.perf_counter()
    weights, state, loss = step(weights, state, x[:batch], y[:batch])
    loss.block_until_ready()
    first_ms = (time.perf_counter() - start) * 1e3
    random = w.np.random.default_rng(2)

    def epoch():
        nonlocal weights, state, loss
        for rows in w.np.split(random.permutation(batch * steps), steps):
            weights, state, loss = step(weights, state, x[rows], y[rows])
        loss.block_until_ready()

    w.time_epochs(epoch, steps, first_ms)


main()
