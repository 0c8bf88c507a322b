"""The calls that storms make, one or more of each dispatcher, and what they have to give."""

import os

import numpy as np

import fastact
from fastact import ufuncs

RNG_SEED = 0


def calls(n, out=False):
    """{dispatcher: function without arguments} on arrays of n elements; with `out` into ready arrays, where it can."""
    rng = np.random.default_rng(RNG_SEED)
    width = 32
    n -= n % (2 * width)
    x = rng.normal(0, 3, n).astype(np.float32)
    rows, dy = x.reshape(-1, width), rng.normal(0, 1, n).astype(np.float32)
    double, half, whole = x.astype(np.float64), x.astype(np.float16), (10 * x).astype(np.int32)
    y, mask, labels = fastact.softmax(rows), rows > -2, rng.integers(0, width, len(rows))
    strided, beta = np.repeat(x, 2)[::2], np.linspace(0.5, 2, width, dtype=np.float32)
    ready, ready_rows = np.empty_like(x), np.empty_like(rows)
    into, into_rows = ({"out": ready}, {"out": ready_rows}) if out else ({}, {})
    return {
        "elementwise": lambda: fastact.gelu(x, **into),
        "elementwise, float64": lambda: fastact.softplus(double),
        "elementwise, float16": lambda: fastact.tanh(half),
        "elementwise, integers": lambda: fastact.sigmoid(whole),
        "elementwise, strided": lambda: fastact.silu(strided, **into),
        "elementwise, masked": lambda: fastact.elu(rows, out=np.zeros_like(rows), where=mask),
        "elementwise, a parameter each": lambda: fastact.swish(rows, beta, **into_rows),
        "gradient": lambda: fastact.mish_grad(dy, x, **into),
        "gradient of two": lambda: fastact.prelu_grad(dy, x, 0.25),
        "ufunc": lambda: ufuncs.leaky_relu(x, 0.01, **into),
        "gate": lambda: fastact.swiglu(x, dy, **into),
        "gate of halves": lambda: fastact.glu(rows),
        "gate's gradient": lambda: fastact.geglu_grad(dy, x, dy),
        "rows": lambda: fastact.softmax(rows, **into_rows),
        "rows, columns": lambda: fastact.log_softmax(rows, axis=0, **into_rows),
        "rows, all": lambda: fastact.logsumexp(x),
        "rows, options": lambda: fastact.softmax(rows, where=mask, bias=beta, scale=0.5, **into_rows),
        "rows' gradient": lambda: fastact.softmax_grad(rows, y, **into_rows),
        "cross entropy": lambda: fastact.cross_entropy(rows, labels, return_grad=True),
        "cross entropy, weights": lambda: fastact.cross_entropy(rows, labels, weight=beta, label_smoothing=0.1),
        "binary cross entropy": lambda: fastact.binary_cross_entropy_with_logits(x, x > 0, return_grad=True),
    }


def as_bytes(found):
    """The bits of one result or of several."""
    several = found if isinstance(found, tuple) else (found,)
    return b"".join(np.asarray(y).tobytes() for y in several)


def expected(made):
    """What each of the calls gives, on one thread."""
    with fastact.num_threads(1):
        return {name: as_bytes(call()) for name, call in made.items()}


def differing(made, want):
    """The calls that do not give what they have to."""
    return [name for name, call in made.items() if as_bytes(call()) != want[name]]


def resident():
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def address_space():
    """Bytes of addresses that this process has."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
