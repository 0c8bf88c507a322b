"""
An LSTM in NumPy
================

An LSTM has three gates, which are sigmoids, and two values, which are tanhs. Here they are
computed in place, or where the output will stand. The layout of the weights is PyTorch's,
gates in the order input, forget, cell, output, so a trained layer's weights can be used as
they are.
"""

# %%
# The layer
# ---------
# What comes from x is one product for all steps at once. What comes from the state is one
# product a step: its result holds all four gates, and each of them is a view.

import matplotlib.pyplot as plt
import numpy as np

import fastact


def lstm(x, h, c, weight_x, weight_h, bias):
    """All outputs, and the last state, of an LSTM over x of shape (time, batch, features).

    h and c, the state, have shape (batch, hidden); weight_x (4 hidden, features), weight_h (4 hidden, hidden).
    """
    outputs = np.empty((len(x), *h.shape), x.dtype)
    from_x = x @ weight_x.T + bias
    for step, output in zip(from_x, outputs, strict=True):
        step += h @ weight_h.T
        i, f, g, o = np.split(step, 4, axis=-1)
        for gate in (i, f, o):
            fastact.sigmoid(gate, out=gate)
        fastact.tanh(g, out=g)
        c = f * c + i * g
        h = fastact.tanh(c, out=output)
        h *= o
    return outputs, h, c


# %%
# A random layer over a random sequence
# -------------------------------------

rng = np.random.default_rng(0)


def normal(*shape, scale=1.0):
    return (rng.normal(size=shape) * scale).astype(np.float32)


time, batch, features, hidden = 50, 8, 12, 32
x = normal(time, batch, features)
state = normal(batch, hidden), normal(batch, hidden)
weights = (
    normal(4 * hidden, features, scale=0.3),
    normal(4 * hidden, hidden, scale=0.2),
    normal(4 * hidden, scale=0.1),
)
outputs, h, c = lstm(x, *state, *weights)
print(
    f"{time} steps of a batch of {batch}: outputs of shape {outputs.shape}, the last at most {abs(h).max():.3f}"
)
assert outputs.dtype == np.float32

figure, axes = plt.subplots(figsize=(6.4, 2.6), layout="constrained")
axes.plot(outputs[:, 0, :4])
axes.set(xlabel="step", ylabel="four of the outputs")

# %%
# The same by the definition
# --------------------------
# One step after the other in float64, with the formulas as they stand in books.


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


want_h, want_c = (array.astype(np.float64) for array in state)
weight_x, weight_h, bias = (array.astype(np.float64) for array in weights)
for step, output in zip(x.astype(np.float64), outputs, strict=True):
    i, f, g, o = np.split(step @ weight_x.T + want_h @ weight_h.T + bias, 4, axis=1)
    want_c = sigmoid(f) * want_c + sigmoid(i) * np.tanh(g)
    want_h = sigmoid(o) * np.tanh(want_c)
    np.testing.assert_allclose(output, want_h, rtol=0, atol=2e-6)
np.testing.assert_allclose(c, want_c, rtol=0, atol=5e-6)
print(f"largest difference from the definition in float64: {abs(h - want_h).max():.1e}")

# %%
# A sequence that is cut in two goes on from the state:

first, *middle = lstm(x[:20], *state, *weights)
second, *_ = lstm(x[20:], *middle, *weights)
np.testing.assert_allclose(np.concatenate([first, second]), outputs, rtol=0, atol=1e-6)
