"""Gradients of the logistic family in NumPy: formula, signature, documentation."""

import numpy as np

from fastact._reference.activation import activation
from fastact._reference.formulas import decay, gate_slope, mended, scaled, times_sigmoid

__all__: list[str] = []


@activation
def sigmoid_grad(dy, x):
    """dy times the derivative of `sigmoid` at x, sigmoid(x) * sigmoid(-x), element by element.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.sigmoid_grad(1.0, [-2.0, 0.0, 2.0])
    array([0.10499359, 0.25      , 0.10499359])
    """
    half = decay(x)
    e = half * half
    return mended(dy * half / (1 + e) / (1 + e) * half, half, dy, 1, x)


@activation
def log_sigmoid_grad(dy, x):
    """dy times the derivative of `log_sigmoid` at x, sigmoid(-x), element by element.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.log_sigmoid_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.73105858, 0.5       , 0.26894142])
    """
    return times_sigmoid(dy, -x)


@activation
def logit_grad(dy, x):
    """dy times the derivative of `logit` at x, 1 / (x * (1 - x)), element by element.

    At 0 and 1 it is infinite, and outside [0, 1] NaN.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.logit_grad(1.0, [0.1, 0.5, 0.9])
    array([11.11111111,  4.        , 11.11111111])
    """
    return np.where((x < 0) | (x > 1), np.nan, dy / np.abs(x * (1 - x)))


@activation
def tanh_grad(dy, x):
    """dy times the derivative of `tanh` at x, 1 / cosh(x)**2, element by element.

    1 - tanh(x)**2 would cancel: tanh_grad(1.0, 20.0) is 1.7e-17, not 0.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.tanh_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.41997434, 1.        , 0.41997434])
    """
    half = np.exp(-np.abs(x))
    root = 2 * half / (1 + half * half)  # 1 / cosh(x)
    return mended(dy * root * root, half, dy, 4, 2 * x)


@activation
def silu_grad(dy, x):
    """dy times the derivative of `silu` at x, sigmoid(x) * (1 + x * sigmoid(-x)), element by element.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.silu_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.07232949, 0.5       , 0.92767051])
    """
    return gate_slope(dy, x, 0, x)


@activation
def swish_grad(dy, x, beta=1.0):
    """dy times the derivative of `swish` at x, element by element:
    sigmoid(beta * x) * (1 + beta * x * sigmoid(-beta * x)).

    {gradient start}
    beta : array_like, optional
        As in `swish`; it broadcasts against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.swish_grad(1.0, [-1.0, 0.0, 1.0], beta=1.702)
    array([-0.06777961,  0.5       ,  1.06777961])
    """
    z, low = scaled(x, beta)
    return gate_slope(dy, z, low, z)
