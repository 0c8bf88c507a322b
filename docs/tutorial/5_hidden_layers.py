"""
5. Hidden layers: what each activation fixes
============================================

Two linear layers behind one another are one linear layer. Something between them has to
bend. Each activation here was written to mend something of the one before.
"""

# %%
# The family
# ----------

import matplotlib.pyplot as plt
import numpy as np

import fastact

x = np.linspace(-5, 5, 1001)
names = [
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "elu",
    "softplus",
    "selu",
    "gelu",
    "silu",
    "mish",
    "hard_silu",
    "relu6",
]
figure, grid = plt.subplots(3, 4, figsize=(10, 6.5), layout="constrained", sharex=True)
for axes, name in zip(grid.flat, names, strict=True):
    axes.plot(x, getattr(fastact, name)(x), label="function")
    axes.plot(x, getattr(fastact, f"{name}_grad")(1.0, x), "--", label="derivative")
    axes.set(title=name, ylim=(-2, 3))
grid[0, 0].legend()

# %%
# ======================= ============================================================================================
# function                what it fixes
# ======================= ============================================================================================
# sigmoid                 it bends, and its result is a probability; but its slope is 1/4 at most, all results are > 0
# tanh                    results around 0, a slope of 1 there; it still saturates on both sides
# relu                    does not saturate above 0 and costs nothing, half of the units are off; below 0 a unit can die
# leaky_relu, prelu       a small slope below 0: nothing dies; prelu learns that slope, one for each channel
# elu, celu               a curve down to -alpha below 0: the mean result comes near 0, very negative inputs are quiet
# selu                    elu with the two numbers that keep mean 0 and variance 1 from layer to layer
# softplus                relu without its corner; always positive, so it serves for variances and rates
# gelu                    x times the probability that a normal number is below x: relu, softly; transformers
# silu, swish             x sigmoid(x): as gelu, and simpler; vision networks, and the gate of SwiGLU
# mish                    x tanh(softplus(x)): much the same, a little steeper
# hard_sigmoid, hard_silu straight pieces instead of exp, for small processors
# relu6, hard_tanh        bounded, so that 8-bit numbers suffice
# ======================= ============================================================================================
#
# gelu, silu and mish dip below 0 and come back: a unit that is a little negative still says
# so, a very negative one is off.
#
# Thirty layers
# -------------
# Does the signal live through a deep network? Thirty layers of 64 units with random
# weights, no training. The weights of each layer have variance 1/64, so that a linear
# layer keeps the variance; relu and its kin take half of it, and are given weights with a
# variance of 2/64.


def through_layers(name, gain, layers=30, units=64):
    """Standard deviation of the results, and of the gradient that comes back to the first layer."""
    rng = np.random.default_rng(0)
    f, slope = getattr(fastact, name), getattr(fastact, f"{name}_grad")
    y = rng.normal(size=(32, units)).astype(np.float32)
    weights, before = [], []
    for _ in range(layers):
        weights.append(
            rng.normal(scale=(gain / units) ** 0.5, size=(units, units)).astype(np.float32)
        )
        before.append(y @ weights[-1])
        y = f(before[-1])
    dy = rng.normal(size=y.shape).astype(np.float32)
    for weight, x in zip(reversed(weights), reversed(before), strict=True):
        dy = slope(dy, x) @ weight.T
    return y.mean(), y.std(), dy.std()


tried = [(n, 1) for n in ("sigmoid", "tanh", "relu", "elu", "selu")] + [
    (n, 2) for n in ("relu", "gelu", "silu")
]
print(f"{'':12}   mean     std   gradient at the first layer")
for name, gain in tried:
    mean, std, gradient = through_layers(name, gain)
    print(f"{name:9} x{gain} {mean:7.3f} {std:7.3f}   {gradient:.1e}")

assert through_layers("sigmoid", 1)[2] < 1e-15
mean, std, _ = through_layers("selu", 1)
assert abs(mean) < 0.1
assert abs(std - 1) < 0.2

# %%
# The sigmoid's gradient is gone, as ten slopes of 1/4 have shown. relu lives if its weights
# make up for the half that it drops. selu needs no such care: that is what its two numbers
# are for. gelu and silu fade, for near 0 they are half a line. Real networks have
# normalization layers between that bring the signal back, so there it does not matter, and
# the smooth ones are what one meets most.
#
# Exact gelu and its approximations
# ---------------------------------
# Models were trained with one of three forms. Use the one that the model was trained with:
# they differ by more than rounding.

exact = fastact.gelu(x)
figure, axes = plt.subplots(figsize=(6, 2.8), layout="constrained")
for form in ("tanh", "sigmoid"):
    difference = fastact.gelu(x, approximate=form) - exact
    axes.plot(x, difference, label=f'approximate="{form}"')
    print(f"{form:8} differs by up to {np.abs(difference).max():.1e}")
axes.set(title="difference from exact gelu")
axes.legend()
