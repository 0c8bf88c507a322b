"""Gradients of the exponential linear units, softplus, squareplus and mish: formula, signature, documentation."""

import numpy as np

from fastact._reference.activation import activation
from fastact._reference.exponential import SELU_NEGATIVE, SELU_SCALE
from fastact._reference.formulas import (
    FAR,
    decay,
    divided,
    mended,
    product_of_three,
    root_of_sum,
    scaled,
    times_sigmoid,
    two_parts,
)

__all__: list[str] = []


@activation
def elu_grad(dy, x, alpha=1.0):
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
    half = decay(x)
    c = alpha * half
    y = dy * half * c
    # a large dy may bring back what a small alpha and the exponential have made of each other
    far = (half < 2.0**-500) | (np.abs(c) < 2.0**-500) | (np.abs(c) > 2.0**500) | (np.abs(dy) < 2.0**-500)
    if far.any():
        y = np.where(far, product_of_three(dy, alpha, 1, np.exp(np.minimum(x, 0) / 4)), y)
    return np.where(x > 0, dy, y)


@activation
def celu_grad(dy, x, alpha=1.0):
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
    # As in `celu`; where alpha < 0 the exponential grows.
    z, low = divided(x, np.where(alpha == 0, 0, alpha))
    z = np.minimum(z, 3.9 * np.log(np.finfo(x.dtype).max))
    root, half = np.exp(z / 4) * (1 + low / 4), np.exp(z / 2) * (1 + low / 2)
    tail = np.where(np.abs(z) > 700, dy * root * root * root * root, dy * half * half)
    is_line = (x > 0) | (np.isinf(alpha) & (x <= 0))
    return np.where(is_line, dy, np.where((z > 0) & (z <= 700), dy * (half * half), tail))


@activation
def selu_grad(dy, x):
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
    scale, _ = two_parts(SELU_SCALE, x.dtype)
    negative, _ = two_parts(SELU_NEGATIVE, x.dtype)
    half = decay(x)
    return np.where(x > 0, dy * scale, mended(dy * half * (negative * half), half, dy, negative, x))


@activation
def softplus_grad(dy, x, beta=1.0):
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
    return times_sigmoid(dy, *scaled(x, beta))


@activation
def mish_grad(dy, x):
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
    # For x < 0, with w = exp(x) and D = w**2 + 2w + 2: w ((w + 2) D + 4x (1 + w)) / D**2, and likewise.
    half = decay(x)
    x = np.clip(x, -FAR, FAR)
    w = half * half
    d = 1 + 2 * w * (1 + w)
    positive = dy * (((1 + 2 * w) * d + 4 * x * w * (w * (1 + w))) / (d * d))
    d = w * (w + 2) + 2
    negative = mended(dy * half * (((w + 2) * d + 4 * x * (1 + w)) / (d * d)) * half, half, dy, 1 + x, x)
    return np.where(x < 0, negative, positive)


@activation
def squareplus_grad(dy, x, b=4.0):
    """dy times the derivative of `squareplus` at x, (1 + x / sqrt(x**2 + b)) / 2, element by element.

    {gradient start}
    b : array_like, optional
        As in `squareplus`; it broadcasts against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.squareplus_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.2763932, 0.5      , 0.7236068])
    """
    root = root_of_sum(x, b)
    is_small = (np.abs(b) < np.finfo(b.dtype).tiny * 2.0**60) & (np.abs(dy) > 1)
    tail = np.where(is_small, dy * b / root / (root - x) / 2, dy / 2 / root * (b / (root - x)))
    tail = np.where(np.abs(dy) > 1, tail, b / root / (root - x) / 2 * dy)
    y = np.where(x < 0, tail, dy * ((1 + x / root) / 2))
    y = np.where((b == 0) & (x != 0), dy * (x > 0), np.where(b == np.inf, dy / 2, y))
    y = np.where(x == np.inf, dy, np.where(x == -np.inf, dy * 0, y))
    return np.where(np.isnan(x) | np.isnan(b), x + b, y)
