"""
An LSTM in NumPy
================

An LSTM cell in NumPy, unrolled over a sequence.

Its three gates are sigmoids and two of its values are tanhs, computed in place or where the output will stand. The
layout of the weights is PyTorch's, gates in the order input, forget, cell, output, so that a trained layer's weights
can be used as they are.
"""

import numpy as np

import fastact


def lstm(x, h, c, weight_x, weight_h, bias):
    """All outputs, and the last state, of an LSTM over x of shape (time, batch, features).

    h and c, the state, have shape (batch, hidden); weight_x (4 hidden, features), weight_h (4 hidden, hidden).
    """
    outputs = np.empty((len(x), *h.shape), x.dtype)
    from_x = x @ weight_x.T + bias  # of all steps at once
    for step, output in zip(from_x, outputs, strict=True):
        step += h @ weight_h.T
        i, f, g, o = np.split(step, 4, axis=-1)  # views
        for gate in (i, f, o):
            fastact.sigmoid(gate, out=gate)
        fastact.tanh(g, out=g)
        c = f * c + i * g
        h = fastact.tanh(c, out=output)
        h *= o
    return outputs, h, c


def reference(x, h, c, *weights):
    """The same by torch.nn.LSTM's parameters; None where PyTorch is missing."""
    try:
        import torch
    except ImportError:
        return None
    layer = torch.nn.LSTM(x.shape[-1], h.shape[-1])
    weight_x, weight_h, bias = (torch.from_numpy(w) for w in weights)
    values = {
        "weight_ih_l0": weight_x,
        "weight_hh_l0": weight_h,
        "bias_ih_l0": bias,
        "bias_hh_l0": torch.zeros_like(bias),
    }
    layer.load_state_dict(values)
    with torch.no_grad():
        outputs, (h, c) = layer(torch.from_numpy(x), (torch.from_numpy(h)[None], torch.from_numpy(c)[None]))
    return outputs.numpy(), h.numpy()[0], c.numpy()[0]


def main(time=50, batch=8, features=12, hidden=32):
    """Run a random layer over a random sequence; return the outputs and the difference from PyTorch, or None."""
    rng = np.random.default_rng(0)

    def normal(*shape, scale=1.0):
        return (rng.normal(size=shape) * scale).astype(np.float32)

    x = normal(time, batch, features)
    state = normal(batch, hidden), normal(batch, hidden)
    weights = (
        normal(4 * hidden, features, scale=0.3),
        normal(4 * hidden, hidden, scale=0.2),
        normal(4 * hidden, scale=0.1),
    )
    outputs, h, c = lstm(x, *state, *weights)
    print(f"{time} steps of a batch of {batch}: outputs of shape {outputs.shape}, the last at most {abs(h).max():.3f}")

    wanted = reference(x, *state, *weights)
    if wanted is None:
        print("PyTorch is not installed: nothing to compare with")
        return outputs, None
    difference = max(float(abs(a - b).max()) for a, b in zip((outputs, h, c), wanted, strict=True))
    print(f"largest difference from torch.nn.LSTM: {difference:.1e}")
    return outputs, difference


if __name__ == "__main__":
    main()
