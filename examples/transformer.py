"""
Causal attention and SwiGLU
===========================

Two layers of a transformer in NumPy: causal attention and a SwiGLU feed-forward.

The mask of shape (T, T) goes to softmax's `where`, and the attention's 1 / sqrt(d) to its `scale`: no array of the
scores' size is made for them, and what the mask leaves out has probability 0 exactly. A token's output so depends on no
later token, not in the last bit.
"""

import numpy as np

import fastact

HEADS = 4


def normalized(x):
    """RMS norm over the features."""
    return x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(1e-6))


def attention(x, layer, softmax):
    """Every token asks itself and those before it; x has shape (T, features)."""
    tokens, features = x.shape
    q, k, v = ((x @ layer[name]).reshape(tokens, HEADS, -1).swapaxes(0, 1) for name in "qkv")
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
    shapes |= {"gate": (features, 2 * features), "up": (features, 2 * features), "down": (2 * features, features)}
    return [
        {name: (rng.normal(size=s) / np.sqrt(s[0])).astype(np.float32) for name, s in shapes.items()}
        for _ in range(count)
    ]


def plain_softmax(x, where, scale):
    """The formula."""
    x = np.where(where, x * scale, -np.inf)
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def plain_swiglu(a, b):
    """The formula."""
    return a / (1 + np.exp(-a)) * b


def main(tokens=24, features=32):
    """Return the outputs, those after a later token was changed, and those of the float64 formulas."""
    rng = np.random.default_rng(0)
    layers = random_layers(2, features, rng)
    x = rng.normal(size=(tokens, features)).astype(np.float32)
    y = transformer(x, layers)

    changed = x.copy()
    changed[tokens // 2] += 1
    after = transformer(changed, layers)
    same = (after == y).all(axis=1)
    print(f"token {tokens // 2} of {tokens} changed: the outputs of tokens 0 to {same.argmin() - 1} kept every bit")

    double = [{name: weight.astype(np.float64) for name, weight in layer.items()} for layer in layers]
    want = transformer(x.astype(np.float64), double, plain_softmax, plain_swiglu)
    print(f"largest difference from the formulas in float64: {abs(y - want).max():.1e} of {abs(want).max():.1f}")
    return y, after, want


if __name__ == "__main__":
    main()
