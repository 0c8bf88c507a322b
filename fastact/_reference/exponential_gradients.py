"""Gradients of the exponential linear units, softplus and mish in NumPy: formula, signature, documentation."""

import numpy as np

from fastact._reference.exponential import SELU_NEGATIVE, SELU_SCALE
from fastact._reference.formulas import FAR, decay, divided, mended, product_of_three, scaled, times_sigmoid, two_parts
from fastact._reference.ufunc import Ufunc
from fastact._shared.docs import documented

__all__ = ["celu_grad", "elu_grad", "mish_grad", "selu_grad", "softplus_grad"]


def _elu(dy, x, alpha):
    half = decay(x)
    c = alpha * half
    y = dy * half * c
    # a large dy may bring back what a small alpha and the exponential have made of each other
    far = (half < 2.0**-500) | (np.abs(c) < 2.0**-500) | (np.abs(c) > 2.0**500) | (np.abs(dy) < 2.0**-500)
    if far.any():
        y = np.where(far, product_of_three(dy, alpha, 1, np.exp(np.minimum(x, 0) / 4)), y)
    return np.where(x > 0, dy, y)


def _celu(dy, x, alpha):
    """As in `celu`; where alpha < 0 the exponential grows."""
    z, low = divided(x, np.where(alpha == 0, 0, alpha))
    z = np.minimum(z, 3.9 * np.log(np.finfo(x.dtype).max))
    root, half = np.exp(z / 4) * (1 + low / 4), np.exp(z / 2) * (1 + low / 2)
    tail = np.where(np.abs(z) > 700, dy * root * root * root * root, dy * half * half)
    is_line = (x > 0) | (np.isinf(alpha) & (x <= 0))
    return np.where(is_line, dy, np.where((z > 0) & (z <= 700), dy * (half * half), tail))


def _selu(dy, x):
    scale, _ = two_parts(SELU_SCALE, x.dtype)
    negative, _ = two_parts(SELU_NEGATIVE, x.dtype)
    half = decay(x)
    return np.where(x > 0, dy * scale, mended(dy * half * (negative * half), half, dy, negative, x))


def _softplus(dy, x, beta):
    return times_sigmoid(dy, *scaled(x, beta))


def _mish(dy, x):
    """For x < 0, with w = exp(x) and D = w**2 + 2w + 2: w ((w + 2) D + 4x (1 + w)) / D**2, and likewise."""
    half = decay(x)
    x = np.clip(x, -FAR, FAR)
    w = half * half
    d = 1 + 2 * w * (1 + w)
    positive = dy * (((1 + 2 * w) * d + 4 * x * w * (w * (1 + w))) / (d * d))
    d = w * (w + 2) + 2
    negative = mended(dy * half * (((w + 2) * d + 4 * x * (1 + w)) / (d * d)) * half, half, dy, 1 + x, x)
    return np.where(x < 0, negative, positive)


_UFUNCS = {
    "elu_grad": Ufunc("elu_grad", _elu, 3),
    "celu_grad": Ufunc("celu_grad", _celu, 3),
    "selu_grad": Ufunc("selu_grad", _selu, 2),
    "softplus_grad": Ufunc("softplus_grad", _softplus, 3),
    "mish_grad": Ufunc("mish_grad", _mish, 2),
}


@documented
def elu_grad(dy, x, /, alpha=1.0, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """dy times the derivative of `elu` at x, 1 for x > 0, alpha * exp(x) elsewhere, element by element.

    As in PyTorch it is alpha at 0.

    {gradient start}
    alpha : array_like, optional
        As in `elu`; it broadcasts against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.elu_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.36787944, 1.        , 1.        ])
    """
    return _UFUNCS["elu_grad"](
        dy, x, alpha, out=out, where=where, casting=casting, order=order, dtype=dtype, subok=subok
    )


@documented
def celu_grad(dy, x, /, alpha=1.0, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """dy times the derivative of `celu` at x, 1 for x > 0, exp(x / alpha) elsewhere, element by element.

    {gradient start}
    alpha : array_like, optional
        As in `celu`; it broadcasts against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.celu_grad(1.0, [-1.0, 0.0, 1.0], alpha=0.5)
    array([0.13533528, 1.        , 1.        ])
    """
    return _UFUNCS["celu_grad"](
        dy, x, alpha, out=out, where=where, casting=casting, order=order, dtype=dtype, subok=subok
    )


@documented
def selu_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """dy times the derivative of `selu` at x, scale for x > 0, scale * alpha * exp(x) elsewhere, element by element.

    As in PyTorch it is scale * alpha at 0.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.selu_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.6467686 , 1.75809934, 1.05070099])
    """
    return _UFUNCS["selu_grad"](dy, x, out=out, where=where, casting=casting, order=order, dtype=dtype, subok=subok)


@documented
def softplus_grad(dy, x, /, beta=1.0, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """dy times the derivative of `softplus` at x, sigmoid(beta * x), element by element.

    {gradient start}
    beta : array_like, optional
        As in `softplus`; it broadcasts against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.softplus_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.26894142, 0.5       , 0.73105858])
    """
    return _UFUNCS["softplus_grad"](
        dy, x, beta, out=out, where=where, casting=casting, order=order, dtype=dtype, subok=subok
    )


@documented
def mish_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """dy times the derivative of `mish` at x, element by element:
    tanh(softplus(x)) + x * sigmoid(x) / cosh(softplus(x))**2.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.mish_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.05921676, 0.6       , 1.04903622])
    """
    return _UFUNCS["mish_grad"](dy, x, out=out, where=where, casting=casting, order=order, dtype=dtype, subok=subok)
