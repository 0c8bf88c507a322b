"""Gradients of softmax and log_softmax in NumPy: formula, signature, documentation."""

import math

import numpy as np

from fastact._containers import other_arrays
from fastact._reference.ufunc import compute_rows
from fastact._shared.docs import documented
from fastact._shared.row_arguments import row_gradient_arguments
from fastact._shared.wrap import rewrap

__all__ = ["log_softmax_grad", "softmax_grad"]


def along_axes(name, formula, dy, given, axis, out, dtype):
    """Applies formula to rows of dy and y, the last axes of what it gets."""
    answer = other_arrays.row_gradient(name, dy, given, axis, out, dtype)
    if answer is not NotImplemented:
        return answer
    if isinstance(out, tuple) and len(out) == 1:
        (out,) = out
    dy, y, dtype, axes = row_gradient_arguments(name, dy, given, axis, out, dtype)
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(y, axes, last)
    outer = moved.shape[: y.ndim - len(axes)]
    flat = (*outer, math.prod(moved.shape[len(outer) :]))
    # in one piece each: NumPy then adds their elements in an order that does not depend on the layout
    rows = [np.ascontiguousarray(np.moveaxis(a, axes, last)).reshape(flat) for a in (dy, y)]
    result = np.moveaxis(compute_rows(formula, rows[0], dtype, rows[1]).reshape(moved.shape), last, axes)
    if out is not None:
        with np.errstate(all="ignore"):
            np.copyto(out, result, casting="same_kind")
        return out
    return result[()] if result.ndim == 0 else rewrap(given, np.ascontiguousarray(result))


def _units(dy):
    """A power of two for each row, 1 but where sums or differences of dy may overflow although the result does not."""
    largest = np.abs(dy).max(axis=-1, keepdims=True, initial=0)
    return np.where(np.isfinite(largest) & (largest > 2.0**900), 2.0**-64, 1)


def _softmax(dy, y):
    unit = _units(dy)
    dy = dy * unit
    return y / unit * (dy - (dy * y).sum(axis=-1, keepdims=True))


def _log_softmax(dy, y):
    unit = _units(dy)
    dy = dy * unit
    return (dy - np.exp(y) * dy.sum(axis=-1, keepdims=True)) / unit


@documented
def softmax_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    """Gradient of `softmax` from its result y: y * (dy - sum(dy * y)) along an axis.

    Gradients of elementwise functions take what these were given; this one takes the result, so that no exponential is
    computed again. With `scale` that gradient is to be multiplied by it; with `where` it is as it stands, for what does
    not count has probability 0, and so it is with `extra_logit`: a row need not sum to 1.

    {row gradient options}

    {row gradient start}
        A row of zeros, as a mask leaves it, gives
        zeros; a row that holds NaN is NaN.

    Raises
    ------
    {row gradient errors}

    Notes
    -----
    {softmax_grad accuracy}

    Examples
    --------
    >>> import fastact
    >>> y = fastact.softmax([1.0, 2.0, 3.0])
    >>> fastact.softmax_grad([1.0, 0.0, 0.0], y)
    array([ 0.08192507, -0.02203304, -0.05989202])
    """
    return along_axes("softmax_grad", _softmax, dy, y, axis, out, dtype)


@documented
def log_softmax_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    """Gradient of `log_softmax` from its result y: dy - exp(y) * sum(dy) along an axis.

    Gradients of elementwise functions take what these were given; this one takes the result, so that the sum of
    exponentials is not computed again. With `scale` that gradient is to be multiplied by it; with `where` dy must be 0
    at what does not count.

    {row gradient start}
        Where y is -inf the result is dy; a row that
        holds NaN is NaN.

    Raises
    ------
    {row gradient errors}

    Notes
    -----
    {log_softmax_grad accuracy}

    Examples
    --------
    >>> import fastact
    >>> y = fastact.log_softmax([1.0, 2.0, 3.0])
    >>> fastact.log_softmax_grad([1.0, 0.0, 0.0], y)
    array([ 0.90996943, -0.24472847, -0.66524096])
    """
    return along_axes("log_softmax_grad", _log_softmax, dy, y, axis, out, dtype)
