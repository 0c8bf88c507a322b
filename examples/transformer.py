"""
Causal attention and SwiGLU
===========================

Two layers of a language model's transformer in NumPy. The causal mask of shape (T, T) goes
to softmax's ``where``, and the attention's 1 / sqrt(d) to its ``scale``: no array of the
scores' size is made for them, and what the mask leaves out has probability 0 exactly. The
bias of a layer's units goes to gelu's ``bias``, and 8-bit numbers are taken as they are.
"""

# %%
# The layers
# ----------
# A token asks itself and those before it, never a later one.

import time

import matplotlib.pyplot as plt
import numpy as np

import fastact

HEADS = 4


def normalized(x):
    """RMS norm over the features."""
    return x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(1e-6))


def attention(x, layer, softmax):
    """Every token asks itself and those before it; x has shape (T, features)."""
    tokens, features = x.shape
    q, k, v = (
        (x @ layer[name]).reshape(tokens, HEADS, -1).swapaxes(0, 1) for name in "qkv"
    )
    scores = q @ k.swapaxes(1, 2)
    causal = np.tri(tokens, dtype=bool)
    weights = softmax(scores, where=causal, scale=(features // HEADS) ** -0.5)
    return (weights @ v).swapaxes(0, 1).reshape(tokens, features) @ layer["out"]


def transformer(x, layers, softmax=fastact.softmax, swiglu=fastact.swiglu):
    """The outputs of shape (T, features)."""
    for layer in layers:
        x = x + attention(normalized(x), layer, softmax)
        inner = normalized(x)
        x = x + swiglu(inner @ layer["gate"], inner @ layer["up"]) @ layer["down"]
    return x


def random_layers(count, features, rng):
    """Weights; the feed-forward is twice as wide."""
    shapes = dict.fromkeys([*"qkv", "out"], (features, features))
    shapes |= {
        "gate": (features, 2 * features),
        "up": (features, 2 * features),
        "down": (2 * features, features),
    }
    return [
        {
            name: (rng.normal(size=s) / np.sqrt(s[0])).astype(np.float32)
            for name, s in shapes.items()
        }
        for _ in range(count)
    ]


rng = np.random.default_rng(0)
tokens, features = 24, 32
layers = random_layers(2, features, rng)
x = rng.normal(size=(tokens, features)).astype(np.float32)
y = transformer(x, layers)
print(y.shape, y.dtype)

# %%
# The past does not see the future
# --------------------------------
# Change one token, and the outputs of all earlier ones keep every bit. With -1e9 added to
# the scores instead of a mask they would nearly, not exactly.

changed = x.copy()
changed[12] += 1
same = (transformer(changed, layers) == y).all(axis=1)
print(
    f"token 12 of {tokens} changed: the outputs of tokens 0 to {same.argmin() - 1} kept every bit"
)
assert same[:12].all()
assert not same[12:].any()

# %%
# What a head of the first layer asks whom, a row for each token:

inner = normalized(x)
q, k = (
    (inner @ layers[0][name]).reshape(tokens, HEADS, -1).swapaxes(0, 1) for name in "qk"
)
weights = fastact.softmax(
    q @ k.swapaxes(1, 2),
    where=np.tri(tokens, dtype=bool),
    scale=(features // HEADS) ** -0.5,
)
figure, axes = plt.subplots(figsize=(4.5, 3.6), layout="constrained")
picture = axes.imshow(np.where(np.tri(tokens), weights[0], np.nan), cmap="viridis")
axes.set(xlabel="token that is asked", ylabel="token that asks")
axes.grid(False)
figure.colorbar(picture, label="probability")
np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-6)

# %%
# The same by the formulas
# ------------------------


def plain_softmax(x, where, scale):
    """The formula."""
    x = np.where(where, x * scale, -np.inf)
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def plain_swiglu(a, b):
    """The formula."""
    return a / (1 + np.exp(-a)) * b


double = [
    {name: weight.astype(np.float64) for name, weight in layer.items()} for layer in layers
]
want = transformer(x.astype(np.float64), double, plain_softmax, plain_swiglu)
print(
    f"largest difference from the formulas in float64: {abs(y - want).max():.1e} of {abs(want).max():.1f}"
)
np.testing.assert_allclose(y, want, rtol=0, atol=2e-5)

# %%
# One token at a time
# -------------------
# A model that writes keeps the keys and values of the tokens so far. The newest one may ask
# all of them, so it needs no mask: of its scores, one row, softmax is taken as it is.

layer = layers[0]
q, k, v = (
    (inner @ layer[name]).reshape(tokens, HEADS, -1).swapaxes(0, 1) for name in "qkv"
)
scores = q[:, -1:] @ k.swapaxes(1, 2)
newest = (fastact.softmax(scores, scale=(features // HEADS) ** -0.5) @ v).reshape(
    features
) @ layer["out"]
np.testing.assert_allclose(
    newest, attention(inner, layer, fastact.softmax)[-1], rtol=0, atol=1e-5
)

# %%
# Biases, and gelu
# ----------------
# The feed-forward of BERT and GPT-2 is gelu(x @ w + b) @ v + c. Given as ``bias``, b is added
# where gelu reads the product anyway: one pass over memory instead of two, no second array,
# and the sum is rounded once.

wide = 3072
product = rng.normal(size=(256, wide)).astype(np.float32)  # x @ w
b = rng.normal(size=wide).astype(np.float32)
out = np.empty_like(product)


def fastest(call, rounds=15):
    """Milliseconds of the fastest of some calls."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


with fastact.num_threads(1):
    two = fastest(lambda: fastact.gelu(product + b))
    one = fastest(lambda: fastact.gelu(product, bias=b))
    ready = fastest(lambda: fastact.gelu(product, bias=b, out=out))
print(f"gelu(h + b) {two:.2f} ms, gelu(h, bias=b) {one:.2f} ms, with out= {ready:.2f} ms")
np.testing.assert_array_equal(fastact.gelu(product, bias=b), fastact.gelu(product + b))

# %%
# A quantised model keeps such a product as int8 with a scale and a zero point, for all units
# or for each. ``scale * q + bias`` undoes it on the way, so that no float32 array of the
# numbers is made; the result is float32.

scale, zero = np.float32(0.05), 3
q = np.clip(np.rint(product / scale) + zero, -128, 127).astype(np.int8)
activated = fastact.gelu(q, scale=scale, bias=b - scale * zero)
plain = fastact.gelu((q.astype(np.float32) - zero) * scale + b)
print(
    f"int8 in, {activated.dtype} out; largest difference from the steps one by one: "
    f"{abs(activated - plain).max():.1e}"
)
np.testing.assert_allclose(activated, plain, rtol=0, atol=5e-6)
