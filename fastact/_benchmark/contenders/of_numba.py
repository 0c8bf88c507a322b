"""Numba: formulas compiled to machine code, as one writes them for speed."""

# mypy: ignore-errors

import math

import numba
import numpy as np

SCALE = 2 * math.sqrt(2 / math.pi)
# all of fastmath but the promise that there are no infinities: exp overflows to one here, and rightly
FAST = {"nsz", "arcp", "contract", "afn", "reassoc"}
TYPES = ["float32(float32)", "float64(float64)"]


def functions(threads):
    if threads > 1:
        return {}
    vectorize = numba.vectorize(TYPES, nopython=True, fastmath=FAST)
    # float32 constants: they leave float32 and float64 as they are
    one, half, zero = np.float32(1), np.float32(0.5), np.float32(0)
    scale, cubic, root = np.float32(SCALE), np.float32(0.044715), np.float32(math.sqrt(0.5))

    @numba.njit(fastmath=FAST)
    def softmax(given):
        x = given.reshape(-1, given.shape[-1])
        y = np.empty_like(x)
        for i in range(x.shape[0]):
            m = x[i].max()
            s = x[i, 0] * zero
            for j in range(x.shape[1]):
                y[i, j] = np.exp(x[i, j] - m)
                s += y[i, j]
            for j in range(x.shape[1]):
                y[i, j] /= s
        return y.reshape(given.shape)

    return {
        "sigmoid": vectorize(lambda x: one / (one + np.exp(-x))),
        "tanh": vectorize(lambda x: np.tanh(x)),
        "silu": vectorize(lambda x: x / (one + np.exp(-x))),
        "swish": vectorize(lambda x: x / (one + np.exp(-x))),
        "gelu": vectorize(lambda x: half * x * (one + math.erf(x * root))),
        "gelu tanh": vectorize(lambda x: x / (one + np.exp(-scale * (x + cubic * x * x * x)))),
        "elu": vectorize(lambda x: x if x > zero else np.expm1(x)),
        "relu": vectorize(lambda x: max(x, zero)),
        "softplus": vectorize(lambda x: max(x, zero) + np.log1p(np.exp(-abs(x)))),
        "softmax": softmax,
    }


ONLY = {"float32", "float64"}
