"""SciPy: special functions, scalar loops."""

# mypy: ignore-errors

import math
from functools import partial

import numpy as np
from scipy import special

from fastact._benchmark.contenders import masked
from fastact._benchmark.contenders.of_numpy import biased, masked_by

SCALE = 2 * math.sqrt(2 / math.pi)
CUBIC = 0.044715


def _gelu_tanh(x):
    return x * special.expit(x.dtype.type(SCALE) * (x + x.dtype.type(CUBIC) * x * x * x))


def _cross_entropy(logits, labels):
    return -np.take_along_axis(special.log_softmax(logits, axis=-1), labels[..., None], -1).mean()


def functions(threads):
    if threads > 1:
        return {}
    rows = {name: partial(getattr(special, name), axis=-1) for name in ("softmax", "log_softmax", "logsumexp")}
    made = masked.functions(rows, biased, masked_by) | {
        "sigmoid": special.expit,
        "log_sigmoid": special.log_expit,
        "logit": special.logit,
        "silu": lambda x: x * special.expit(x),
        "swish": lambda x: x * special.expit(x),
        "gelu": lambda x: x * special.ndtr(x),
        "gelu tanh": _gelu_tanh,
        "gelu sigmoid": lambda x: x * special.expit(x.dtype.type(1.702) * x),
        "softmax": partial(special.softmax, axis=-1),
        "softmax axis 1": partial(special.softmax, axis=1),
        "log_softmax": partial(special.log_softmax, axis=-1),
        "log_softmax axis 1": partial(special.log_softmax, axis=1),
        "logsumexp": partial(special.logsumexp, axis=-1),
        "cross_entropy": _cross_entropy,
        "glu": lambda a, b: a * special.expit(b),
        "swiglu": lambda a, b: a * special.expit(a) * b,
        "geglu": lambda a, b: a * special.ndtr(a) * b,
    }
    if hasattr(special, "softplus"):
        made["softplus"] = special.softplus
    return made


def functions_out(threads):
    if threads > 1:
        return {}
    return {
        "sigmoid": lambda out, x: special.expit(x, out=out),
        "log_sigmoid": lambda out, x: special.log_expit(x, out=out),
        "logit": lambda out, x: special.logit(x, out=out),
        "silu": lambda out, x: np.multiply(special.expit(x, out=out), x, out=out),
        "gelu": lambda out, x: np.multiply(special.ndtr(x, out=out), x, out=out),
    }


IN_PLACE = {"sigmoid", "log_sigmoid", "logit"}
ONLY = {"float32", "float64"}
