"""
6. Gates, up to SwiGLU
======================

A hidden unit has one number and bends it. A **gate** takes two: one says *what*, the other
*how much of it*.
"""

# %%
# A switch that learns
# --------------------
# The sigmoid is between 0, closed, and 1, open. Multiply by it, and a unit lets a value
# through or does not. :func:`fastact.glu` is that product, a sigmoid(b).

import matplotlib.pyplot as plt
import numpy as np

import fastact

value = np.array([2.0, 2.0, 2.0, -3.0])
gate = np.array([-8.0, 0.0, 8.0, 8.0])
print(np.round(fastact.glu(value, gate), 3))

# %%
# An LSTM, nearly thirty years old, is made of such gates: one lets the past in, one the present,
# one the result out. The recipe :doc:`an LSTM in NumPy </recipes/lstm>` has it in twenty
# lines.
#
# Other gates
# -----------
# Why should a gate close at 0 and open at 1? Put another activation in the sigmoid's place:
#
# =============== ================= ==================================================================
# function        formula
# =============== ================= ==================================================================
# ``glu(a, b)``   a sigmoid(b)      the second array is the gate, as in PyTorch
# ``reglu``       relu(a) b         the first array is the gate, here and below
# ``geglu``       gelu(a) b         T5 1.1, Gemma
# ``swiglu``      silu(a) b         Llama, Mistral, Qwen and most others
# =============== ================= ==================================================================
#
# With two factors that both grow, a unit computes a product of its inputs, which a sum of
# bent numbers does not. That is what these gates add.

a = np.linspace(-4, 4, 401)
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for name in ("reglu", "geglu", "swiglu"):
    axes.plot(a, getattr(fastact, name)(a, 1.0), label=f"{name}(a, 1)")
axes.plot(a, fastact.glu(1.0, a), "--", label="glu(1, a)")
axes.set(xlabel="the gate, a", ylim=(-0.5, 3))
axes.legend()

# %%
# One product or two
# ------------------
# A feed-forward layer with a gate has two matrices where it had one, and a third one for
# the way back. Their products can be one: a matrix that holds both gives an array of both
# halves, and every gate here takes that array and splits it.

rng = np.random.default_rng(0)
x = rng.normal(size=(4, 8)).astype(np.float32)
w_gate, w_up, w_down = (
    rng.normal(scale=0.3, size=shape).astype(np.float32)
    for shape in ((8, 16), (8, 16), (16, 8))
)
two = fastact.swiglu(x @ w_gate, x @ w_up) @ w_down
one = fastact.swiglu(x @ np.concatenate([w_gate, w_up], axis=1)) @ w_down
np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)
print(two.shape)

# %%
# Whether the gate is the first half or the second is the model's choice, and no error
# tells: look at its definition. If its halves lie the other way round, give them as two
# arrays.
#
# With three matrices instead of two, the inner layer is made 2/3 as wide to have as many
# weights as before: 4 d becomes 8/3 d.
#
# Its gradient
# ------------
# Two arrays go in, two gradients come back, in one pass.

gate, up = x @ w_gate, x @ w_up
dy = np.ones_like(gate)
d_gate, d_up = fastact.swiglu_grad(dy, gate, up)
np.testing.assert_allclose(d_gate, fastact.silu_grad(dy, gate) * up, rtol=1e-5, atol=1e-6)
np.testing.assert_allclose(d_up, fastact.silu(gate), rtol=1e-5, atol=1e-6)

# %%
# That is all there is to the layers of a language model but the attention, whose softmax
# you met on the first page. The recipes put them together: :doc:`causal attention and
# SwiGLU </recipes/transformer>`, :doc:`a sentence model </recipes/sentence_embedding>`.
