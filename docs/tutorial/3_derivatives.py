"""
3. Derivatives: what learns, what saturates, what dies
======================================================

Training asks of every function how much its result moves when its input does. Every
function here has that answer beside it, ``<name>_grad(dy, x)``, which is ``dy`` times the
derivative at ``x``; with ``dy = 1`` it is the derivative.
"""

# %%
# Curves and their slopes
# -----------------------

import matplotlib.pyplot as plt
import numpy as np

import fastact

x = np.linspace(-6, 6, 1201)
names = ["sigmoid", "tanh", "relu", "gelu"]
figure, grid = plt.subplots(1, 4, figsize=(10, 2.8), layout="constrained")
for axes, name in zip(grid, names, strict=True):
    axes.plot(x, getattr(fastact, name)(x), label="function")
    axes.plot(x, getattr(fastact, f"{name}_grad")(1.0, x), "--", label="derivative")
    axes.set(title=name, ylim=(-1.2, 2))
grid[0].legend()

# %%
# The largest slope
# -----------------
# The sigmoid's derivative is p (1 - p): 1/4 at its steepest, at 0, and less everywhere
# else. That of tanh is 1 there. gelu and silu rise a little faster than the line, so theirs
# exceed 1.

for name in ("sigmoid", "tanh", "relu", "silu", "gelu", "mish"):
    slope = getattr(fastact, f"{name}_grad")(1.0, x)
    print(f"{name:9} largest slope {slope.max():.3f} at {x[slope.argmax()]:5.2f}")

p = fastact.sigmoid(x)
np.testing.assert_allclose(fastact.sigmoid_grad(1.0, x), p * (1 - p), rtol=1e-13)

# %%
# Ten layers multiply ten slopes. With a sigmoid in each at most one millionth of the signal
# comes back to the first layer:

print("ten sigmoids:", fastact.sigmoid_grad(1.0, 0.0) ** 10)
print("ten tanh:    ", fastact.tanh_grad(1.0, 0.0) ** 10)

# %%
# That is why the sigmoid went from the hidden layers of networks, and stayed at their end,
# where its slope meets the right loss (:doc:`the next page <4_losses>`).
#
# What saturates
# --------------
# Far from 0 the sigmoid and tanh are flat: they **saturate**. A unit that is far on the
# wrong side hardly learns, for its slope is next to nothing. Next to nothing is still a
# number. The usual formula, 1 - tanh(x)\ :sup:`2`, rounds it to 0 where fastact, which
# starts from x, has every digit:

for value in (2.0, 10.0, 20.0):
    print(
        f"at {value:4}: fastact {fastact.tanh_grad(1.0, value):.3e}, 1 - tanh(x)**2 {1 - np.tanh(value) ** 2:.3e}"
    )
assert 1 - np.tanh(20.0) ** 2 == 0 < fastact.tanh_grad(1.0, 20.0)

# %%
# What dies
# ---------
# relu does not saturate above 0: its slope is 1, however many layers are behind one
# another. Below 0 it is 0 exactly, not nearly. A unit whose input is negative for every
# example has no slope for any of them and never comes back: it is **dead**. A single large
# step of the bias does that.

rng = np.random.default_rng(0)
inputs = rng.normal(size=(1000, 8))
weight = rng.normal(size=8) / np.sqrt(8)
for bias in (0.0, -6.0):
    before = inputs @ weight + bias
    print(f"bias {bias:4}: share of examples with a slope of")
    for name in ("relu", "leaky_relu", "gelu"):
        slope = getattr(fastact, f"{name}_grad")(1.0, before)
        print(
            f"    {name:10} exactly 0: {np.mean(slope == 0):6.1%}   mean |slope|: {np.abs(slope).mean():.1e}"
        )
assert (fastact.relu_grad(1.0, inputs @ weight - 6.0) == 0).all()
assert (fastact.leaky_relu_grad(1.0, inputs @ weight - 6.0) != 0).all()

# %%
# leaky_relu keeps a slope of 0.01 below 0 for this reason. :doc:`Hidden activations
# <5_hidden_layers>` are the page after the next.
#
# Through a whole layer
# ---------------------
# The chain rule needs a product, not the derivative alone. ``dy``, what comes back from the
# layer above, is the first argument, and the product is made in the same pass:

dy = rng.normal(size=x.shape)
np.testing.assert_allclose(
    fastact.gelu_grad(dy, x), dy * fastact.gelu_grad(1.0, x), rtol=1e-14, atol=1e-16
)

# %%
# Is a gradient right? Move the input a little to both sides and divide the difference by
# the distance. Do this for every gradient you write yourself.

step = 1e-6
measured = (fastact.gelu(x + step) - fastact.gelu(x - step)) / (2 * step)
print("largest difference:", np.abs(measured - fastact.gelu_grad(1.0, x)).max())
np.testing.assert_allclose(measured, fastact.gelu_grad(1.0, x), rtol=0, atol=1e-8)
