"""NumPy: what one writes without another library, and without knowing better."""

import math
from functools import partial

import numpy as np

from fastact._benchmark import arrays
from fastact._benchmark.contenders import masked

SCALE = math.sqrt(2 / math.pi)
CUBIC = 0.044715


def _softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _log_softmax(x, axis=-1):
    d = x - x.max(axis=axis, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=axis, keepdims=True))


def _logsumexp(x):
    m = x.max(axis=-1)
    return m + np.log(np.exp(x - m[..., None]).sum(axis=-1))


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _gelu_tanh(x):
    one, scale, cubic = (x.dtype.type(value) for value in (1, SCALE, CUBIC))
    return x / 2 * (one + np.tanh(scale * (x + cubic * x * x * x)))


def _softmax_grad(dy, y, axis=-1):
    return y * (dy - (dy * y).sum(axis=axis, keepdims=True))


def _cross_entropy(logits, labels):
    return -np.take_along_axis(_log_softmax(logits), labels[..., None], -1).mean()


def _cross_entropy_grad(logits, labels):
    log = _log_softmax(logits)
    gradient = np.exp(log)
    gradient[np.arange(len(labels)), labels] -= 1
    return -log[np.arange(len(labels)), labels].mean(), gradient / logits.dtype.type(len(labels))


def _log_prob(logits, labels):
    return np.take_along_axis(_log_softmax(logits), labels[..., None], -1)[..., 0]


def _top_k(k):
    def run(x):
        p = _softmax(x)
        places = np.argpartition(x, -k)[..., -k:]
        found = np.take_along_axis(p, places, -1)
        order = np.argsort(-found)
        return np.take_along_axis(found, order, -1), np.take_along_axis(places, order, -1)

    return run


def _bce(x, t):
    return (np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x)))).mean()


def _bce_grad(x, t):
    return _bce(x, t), (_sigmoid(x) - t) / x.dtype.type(x.size)


def _sigmoid_focal(x, t):
    p = _sigmoid(x)
    right = p * t + (1 - p) * (1 - t)
    loss = np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x)))
    return ((0.25 * t + 0.75 * (1 - t)) * (1 - right) ** 2 * loss).mean()


def _softmax_focal(x, labels):
    loss = -_log_prob(x, labels)
    return ((1 - np.exp(-loss)) ** 2 * loss).mean()


def _cross_entropy_hess(x, labels):
    loss, gradient = _cross_entropy_grad(x, labels)
    p = _softmax(x)
    return loss, gradient, p * (1 - p) / x.dtype.type(len(x))


def _elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def biased(x):
    """x with arrays.bias added."""
    return x + arrays.bias(x.shape, x.dtype)


def masked_by(x, mask):
    """x, and -inf where the mask is False."""
    return np.where(mask(x.shape, x.dtype), x, x.dtype.type(-np.inf))


def functions(threads):
    if threads > 1:
        return {}
    units = {"sigmoid": _sigmoid, "tanh": np.tanh, "relu": lambda x: np.maximum(x, 0)}
    layers = {
        f"{name} of a layer": lambda x, call=call: call(x * x.dtype.type(arrays.SCALE) + arrays.units(x.shape, x.dtype))
        for name, call in units.items()
    }
    rows = {"softmax": _softmax, "log_softmax": _log_softmax, "logsumexp": _logsumexp}
    return (
        masked.functions(rows, biased, masked_by)
        | layers
        | {
            "sigmoid": _sigmoid,
            "log_sigmoid": lambda x: np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x))),
            "logit": lambda x: np.log(x / (1 - x)),
            "tanh": np.tanh,
            "relu": lambda x: np.maximum(x, 0),
            "relu6": lambda x: np.clip(x, 0, 6),
            "leaky_relu": lambda x: np.where(x > 0, x, x.dtype.type(0.01) * x),
            "prelu": lambda x, weight: np.where(x > 0, x, weight * x),
            "elu": _elu,
            "celu": _elu,
            "selu": lambda x: (
                x.dtype.type(1.0507009873554805) * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))
            ),
            "softplus": lambda x: np.logaddexp(x, 0),
            "softsign": lambda x: x / (1 + np.abs(x)),
            "silu": lambda x: x / (1 + np.exp(-x)),
            "swish": lambda x: x / (1 + np.exp(-x)),
            "gelu tanh": _gelu_tanh,
            "gelu sigmoid": lambda x: x / (1 + np.exp(x.dtype.type(-1.702) * x)),
            "mish": lambda x: x * np.tanh(np.logaddexp(x, 0)),
            "hard_sigmoid": lambda x: np.clip(x / 6 + x.dtype.type(0.5), 0, 1),
            "hard_silu": lambda x: x * np.clip(x / 6 + x.dtype.type(0.5), 0, 1),
            "hard_tanh": lambda x: np.clip(x, -1, 1),
            "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
            "soft_shrink": lambda x: x - np.clip(x, -0.5, 0.5),
            "tanh_shrink": lambda x: x - np.tanh(x),
            "threshold": lambda x: np.where(x > 0.1, x, x.dtype.type(20)),
            "softcap": lambda x: 30 * np.tanh(x / 30),
            "relu_squared": lambda x: np.square(np.maximum(x, 0)),
            "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
            "log1mexp": lambda x: np.log(-np.expm1(-np.abs(x))),
            "logaddexp": np.logaddexp,
            "sigmoid_grad": lambda dy, x: (s := _sigmoid(x)) * (1 - s) * dy,
            "tanh_grad": lambda dy, x: dy * (1 - np.tanh(x) ** 2),
            "silu_grad": lambda dy, x: dy * (s := _sigmoid(x)) * (1 + x * (1 - s)),
            "relu_grad": lambda dy, x: dy * (x > 0),
            "relu6_grad": lambda dy, x: dy * ((x > 0) & (x < 6)),
            "glu": lambda a, b: a * _sigmoid(b),
            "swiglu": lambda a, b: a / (1 + np.exp(-a)) * b,
            "reglu": lambda a, b: np.maximum(a, 0) * b,
            "softmax": _softmax,
            "softmax axis 1": lambda x: _softmax(x, 1),
            "log_softmax": _log_softmax,
            "log_softmax axis 1": lambda x: _log_softmax(x, 1),
            "logsumexp": _logsumexp,
            "softmax_grad": _softmax_grad,
            "softmax_grad axis 1": lambda dy, y: _softmax_grad(dy, y, 1),
            "log_softmax_grad": lambda dy, y: dy - np.exp(y) * dy.sum(axis=-1, keepdims=True),
            **{f"top_k {k}": _top_k(k) for k in (1, 5, 50)},
            "log_prob": _log_prob,
            "entropy": lambda x: -np.sum((p := _softmax(x)) * np.log(np.where(p > 0, p, 1)), axis=-1),
            "expectation": lambda x, values: (_softmax(x) * values).sum(axis=-1),
            "kl_divergence": lambda x, y: (_softmax(x) * (_log_softmax(x) - _log_softmax(y))).sum(axis=-1),
            "cross_entropy": _cross_entropy,
            "cross_entropy with gradient": _cross_entropy_grad,
            "cross_entropy with Hessian": _cross_entropy_hess,
            "sigmoid_focal_loss": _sigmoid_focal,
            "softmax_focal_loss": _softmax_focal,
            "binary_cross_entropy_with_logits": _bce,
            "binary_cross_entropy_with_logits with gradient": _bce_grad,
        }
    )


def _sigmoid_out(out, x):
    np.negative(x, out=out)
    np.exp(out, out=out)
    out += 1
    np.reciprocal(out, out=out)


def _silu_out(out, x):
    np.negative(x, out=out)
    np.exp(out, out=out)
    out += 1
    np.divide(x, out, out=out)


def _softmax_out(out, x):
    np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
    np.exp(out, out=out)
    out /= out.sum(axis=-1, keepdims=True)


def _sigmoid_grad_out(out, dy, x):
    _sigmoid_out(out, x)
    out *= 1 - out
    out *= dy


def _tanh_grad_out(out, dy, x):
    np.tanh(x, out=out)
    np.square(out, out=out)
    np.subtract(1, out, out=out)
    out *= dy


def _silu_grad_out(out, dy, x):
    s = _sigmoid(x)
    np.subtract(1, s, out=out)
    out *= x
    out += 1
    out *= s
    out *= dy


def _softmax_grad_out(out, dy, y, axis=-1):
    np.multiply(dy, y, out=out)
    np.subtract(dy, out.sum(axis=axis, keepdims=True), out=out)
    out *= y


def _log_softmax_grad_out(out, dy, y):
    np.exp(y, out=out)
    out *= dy.sum(axis=-1, keepdims=True)
    np.subtract(dy, out, out=out)


def _swiglu_out(out, a, b):
    _silu_out(out, a)
    out *= b


def _glu_out(out, a, b):
    _sigmoid_out(out, b)
    out *= a


def functions_out(threads):
    if threads > 1:
        return {}
    return {
        "glu": _glu_out,
        "swiglu": _swiglu_out,
        "reglu": lambda out, a, b: np.multiply(np.maximum(a, 0, out=out), b, out=out),
        "sigmoid_grad": _sigmoid_grad_out,
        "tanh_grad": _tanh_grad_out,
        "silu_grad": _silu_grad_out,
        "swish_grad": _silu_grad_out,
        "relu_grad": lambda out, dy, x: np.multiply(dy, x > 0, out=out),
        "relu6_grad": lambda out, dy, x: np.multiply(dy, (x > 0) & (x < 6), out=out),
        "softmax_grad": _softmax_grad_out,
        "softmax_grad axis 1": partial(_softmax_grad_out, axis=1),
        "log_softmax_grad": _log_softmax_grad_out,
        "sigmoid": _sigmoid_out,
        "silu": _silu_out,
        "swish": _silu_out,
        "softmax": _softmax_out,
        "tanh": lambda out, x: np.tanh(x, out=out),
        "relu": lambda out, x: np.maximum(x, 0, out=out),
        "relu6": lambda out, x: np.clip(x, 0, 6, out=out),
        "hard_tanh": lambda out, x: np.clip(x, -1, 1, out=out),
        "softplus": lambda out, x: np.logaddexp(x, 0, out=out),
    }


IN_PLACE = {"sigmoid", "tanh", "relu", "relu6", "hard_tanh", "softplus", "softmax", "reglu"}
ONLY = {"float32", "float64"}  # in 16 bits it rounds after every step
