"""
A small network by hand
=======================

Forward, loss, backward, step: a network with one hidden layer, trained in NumPy, every line
of it here. What a framework's automatic differentiation does, ``gelu_grad`` and
``return_grad=True`` do for the two places that are not matrix products.

It needs ``scikit-learn`` for its digits.
"""

# %%
# Data and weights
# ----------------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import fastact

x, digit = load_digits(return_X_y=True)
x = (x / 16).astype(np.float32)
x_train, x_test, digit_train, digit_test = train_test_split(x, digit, random_state=0)

rng = np.random.default_rng(0)


def new_weights(dtype=np.float32):
    shapes = {"w1": (64, 48), "b1": 48, "w2": (48, 10), "b2": 10}
    scale = {"w1": (2 / 64) ** 0.5, "b1": 0, "w2": (1 / 48) ** 0.5, "b2": 0}
    return {
        name: (scale[name] * rng.normal(size=shape)).astype(dtype)
        for name, shape in shapes.items()
    }


# %%
# Forward and backward
# --------------------
# Backward is forward read from the end. Each product ``a @ w`` gives two: ``a.T @ d`` for
# the weights and ``d @ w.T`` for what was before it. The gradient of the loss is p - y;
# that of gelu is taken at what went into it.


def forward(x, w):
    before = x @ w["w1"] + w["b1"]
    hidden = fastact.gelu(before)
    return before, hidden, hidden @ w["w2"] + w["b2"]


def loss_and_gradients(x, labels, w):
    before, hidden, logits = forward(x, w)
    loss, d_logits = fastact.cross_entropy(
        logits, labels, label_smoothing=0.05, return_grad=True
    )
    d_hidden = d_logits @ w["w2"].T
    d_before = fastact.gelu_grad(d_hidden, before)
    return loss, {
        "w1": x.T @ d_before,
        "b1": d_before.sum(axis=0),
        "w2": hidden.T @ d_logits,
        "b2": d_logits.sum(axis=0),
    }


# %%
# Is the gradient right?
# ----------------------
# In float64, move one weight of each array a little to both sides and see what the loss
# does. A gradient that is wrong trains too, only worse, so this is the only way to know.

w = new_weights(np.float64)
_, gradients = loss_and_gradients(x_train[:20].astype(np.float64), digit_train[:20], w)
for name, gradient in gradients.items():
    index = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    kept, step, losses = w[name][index], 1e-6, []
    for side in (1, -1):
        w[name][index] = kept + side * step
        losses.append(
            loss_and_gradients(x_train[:20].astype(np.float64), digit_train[:20], w)[0]
        )
    w[name][index] = kept
    measured = (losses[0] - losses[1]) / (2 * step)
    print(
        f"{name}{[int(i) for i in index]}: {gradient[index]:.8f}, measured {measured:.8f}"
    )
    np.testing.assert_allclose(gradient[index], measured, rtol=1e-5, atol=1e-8)

# %%
# Training
# --------
# Adam: a running mean of the gradient over the root of that of its square.

w = new_weights()
mean = {name: np.zeros_like(value) for name, value in w.items()}
square = {name: np.zeros_like(value) for name, value in w.items()}
step, losses = 0, []
for epoch in range(20):
    for rows in np.array_split(rng.permutation(len(x_train)), 20):
        loss, gradients = loss_and_gradients(x_train[rows], digit_train[rows], w)
        step += 1
        losses.append(loss)
        for name, gradient in gradients.items():
            mean[name] += 0.1 * (gradient - mean[name])
            square[name] += 0.01 * (gradient**2 - square[name])
            m, s = mean[name] / (1 - 0.9**step), square[name] / (1 - 0.99**step)
            w[name] -= 0.005 * m / (np.sqrt(s) + 1e-8)
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss of the last part {loss:.3f}")

figure, axes = plt.subplots(figsize=(6, 2.8), layout="constrained")
axes.plot(losses)
axes.set(xlabel="step", ylabel="loss", ylim=(0, None))

right = (forward(x_test, w)[-1].argmax(axis=1) == digit_test).mean()
print(f"{right:.1%} of {len(x_test)} new digits right")
assert right > 0.96
assert w["w1"].dtype == np.float32  # everything stayed in float32
