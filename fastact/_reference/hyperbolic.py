"""tanh_shrink, softcap and their gradients in NumPy: formula, signature, documentation."""

import numpy as np

from fastact._reference.activation import activation
from fastact._reference.formulas import decay, divided, mended

__all__: list[str] = []

TERMS = 24  # of the continued fraction of tanh: for numbers below 1 more than enough for longdouble


def _divided(x, cap):
    """|x / cap| in two parts; 0 where x is."""
    z, low = divided(np.minimum(np.abs(x), np.finfo(x.dtype).max), np.abs(cap))
    is_beyond = np.isinf(x) & np.isfinite(cap)
    z, low = np.where(is_beyond, 20000.0, z), np.where(is_beyond, 0, low)
    return np.where(x == 0, 0, z), np.where(x == 0, 0, low)


@activation
def tanh_shrink(x):
    """x - tanh(x), element by element.

    Accurate near 0, where both are nearly the same: tanh_shrink(1e-5) is 3.3e-16. PyTorch calls it tanhshrink.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.tanh_shrink([-1.0, 0.0, 1.0])
    array([-0.23840584,  0.        ,  0.23840584])
    """
    # tanh x = x / (1 + f), f = x**2 / (3 + x**2 / (5 + ...)): the difference is x f / (1 + f)
    square = np.minimum(x * x, 1)
    f = np.zeros_like(x)
    for k in range(TERMS, 0, -1):
        f = square / (2 * k + 1 + f)
    return np.where(np.abs(x) < 1, x * f / (1 + f), x - np.tanh(x))


@activation
def tanh_shrink_grad(dy, x):
    """dy times the derivative of `tanh_shrink` at x, tanh(x)**2, element by element.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.tanh_shrink_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.58002566, 0.        , 0.58002566])
    """
    return dy * np.tanh(x) * np.tanh(x)


@activation
def softcap(x, cap):
    """cap * tanh(x / cap), element by element: x, held between -cap and cap without a corner.

    Logits are capped so in Gemma 2, by 30, and its attention scores by 50. An infinite x gives cap of its sign.

    {start}
    cap : array_like
        Broadcasts against `x`. 0 gives 0, inf gives x.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.softcap([-100.0, 1.0, 100.0], 30.0)
    array([-29.92373902,   0.99962979,  29.92373902])
    """
    z, low = _divided(x, cap)
    near = z < 2.0**-40
    most = np.abs(cap)
    y = np.where(near, np.abs(x), most * (np.tanh(z) + low / np.cosh(np.minimum(z, 300)) ** 2))
    return np.where(np.isnan(cap), cap, np.copysign(y, x))


@activation
def softcap_grad(dy, x, cap):
    """dy times the derivative of `softcap` at x, 1 / cosh(x / cap)**2, element by element.

    {gradient start}
    cap : array_like
        As in `softcap`; it broadcasts against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.softcap_grad(1.0, [-100.0, 1.0, 100.0], 30.0)
    array([0.0050776 , 0.99888971, 0.0050776 ])
    """
    z, low = _divided(x, cap)
    half = decay(2 * z, 2 * low)
    slope = 2 * half / (1 + half * half)  # its root, at most 1: a large dy does not overflow on the way
    y = mended(dy * slope * slope, half, dy, 4, 2 * z, 2 * low)
    return np.where(np.isnan(cap), cap, y)
