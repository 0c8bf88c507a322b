"""log1mexp, logaddexp and their gradients in NumPy: formula, signature, documentation."""

import numpy as np

from fastact._containers.gates import pair_gradient
from fastact._reference.activation import activation
from fastact._reference.formulas import decay, mended
from fastact._reference.ufunc import Ufunc
from fastact._shared.docs import documented

__all__ = ["logaddexp", "logaddexp_grad"]


@activation
def log1mexp(x):
    """log(1 - exp(-abs(x))), element by element: the logarithm of 1 less a probability, given that one's logarithm.

    Accurate for small and for large x: by expm1 there, by log1p here. Either sign serves: for x < 0 it is
    log(1 - exp(x)), as in Stan and PyTensor, for x > 0 log(1 - exp(-x)), as in JAX; TensorFlow Probability has both. 0
    gives -inf.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.log1mexp([-1e-20, -1.0, -50.0])
    array([-4.60517019e+01, -4.58675145e-01, -1.92874985e-22])
    """
    size = np.abs(x)
    return np.where(size < np.log(2), np.log(-np.expm1(-size)), np.log1p(-np.exp(-size)))


@activation
def log1mexp_grad(dy, x):
    """dy times the derivative of `log1mexp` at x, 1 / (exp(abs(x)) - 1) of the sign of x, element by element.

    At 0 it is infinite, of the sign of the zero.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.log1mexp_grad(1.0, [-1.0, 1.0])
    array([-0.58197671,  0.58197671])
    """
    half = decay(x)
    rest = -np.expm1(-np.abs(x))
    # neither a large dy overflows on the way nor a small one underflows
    y = np.where(np.abs(dy) > 1, dy * half * half / rest, dy / rest * half * half)
    return np.copysign(1, x) * mended(y, half, dy, 1, x)


def _difference(a, b):
    """a - b in two parts; 0 where both are the same infinity."""
    d = np.where(a == b, 0, a - b)
    part = d - a
    low = (a - (d - part)) - (b + part)
    return d, np.where(np.isfinite(low), low, 0)


def _logaddexp(a, b):
    d, low = _difference(a, b)
    e = np.exp(-np.abs(d))
    return np.maximum(a, b) + np.log1p(e - e * np.sign(d) * low)


def _share(dy, z, low):
    """dy times the sigmoid of z + low."""
    half = decay(z, low)
    e = half * half
    return np.where(z < 0, mended(dy * half / (1 + e) * half, half, dy, 1, z, low), dy / (1 + e))


def _logaddexp_grad(dy, a, b):
    d, low = _difference(a, b)
    return _share(dy, d, low), _share(dy, -d, -low)


_UFUNCS = {
    "logaddexp": Ufunc("logaddexp", _logaddexp, 2),
    "logaddexp_grad": Ufunc("logaddexp_grad", _logaddexp_grad, 3, 2),
}


@documented
def logaddexp(a, b, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """log(exp(a) + exp(b)), element by element, without overflow.

    `fastact.ufuncs.logaddexp` is the NumPy ufunc, whose ``.reduce`` and ``.accumulate`` go along an axis, one element
    after the other: `logsumexp` and `logcumsumexp` are faster and more accurate.

    Parameters
    ----------
    a, b : array_like
        Two operands that broadcast. Floating, integer or bool: integers and bool are computed in float64.
    {gate out}
    {ufunc}

    Returns
    -------
    {result of several}

    Raises
    ------
    {elementwise errors}

    Notes
    -----
    {logaddexp accuracy}

    Examples
    --------
    >>> import fastact
    >>> fastact.logaddexp([1000.0, 0.0], [1000.0, -1000.0])
    array([1000.69314718,    0.        ])
    """
    keywords = {"casting": casting, "order": order, "dtype": dtype, "subok": subok}
    return _UFUNCS["logaddexp"](a, b, out=out, where=where, **keywords)


@documented
def logaddexp_grad(dy, a, b, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """dy times the derivatives of `logaddexp` with respect to a, sigmoid(a - b), and to b, sigmoid(b - a).

    Parameters
    ----------
    {gate dy}
    a, b : array_like
        What `logaddexp` was given.
    out : ndarray or tuple of two, optional
        Where to store the results: (da, db), of which None stands for a new array.
    {ufunc}

    Returns
    -------
    da, db : ndarray or scalar
        Of the shapes of `a` and `b`: where an operand was broadcast, the sum over all that shared its element.

    Raises
    ------
    {elementwise errors}

    Notes
    -----
    {gradient accuracy}

    Examples
    --------
    >>> import fastact
    >>> da, db = fastact.logaddexp_grad(1.0, [1.0, 2.0], [0.0, 2.0])
    >>> da
    array([0.73105858, 0.5       ])
    >>> db
    array([0.26894142, 0.5       ])
    """
    return pair_gradient(_UFUNCS["logaddexp_grad"], dy, a, b, out, where, casting, order, dtype, subok)
