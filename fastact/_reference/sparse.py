"""sparsemax, entmax15 and their gradients in readable NumPy."""

import math

import numpy as np

from fastact._containers import other_arrays
from fastact._reference.row_results import argument_of, finished, is_one, kind_of, place_of
from fastact._reference.rows_gradients import along_axes
from fastact._shared.arguments import normalize_axes, row_options
from fastact._shared.docs import documented

__all__ = ["entmax15", "entmax15_grad", "sparsemax", "sparsemax_grad"]

SPARSEMAX, ENTMAX15 = 1, 2


def sparse(compute, name, power, x, axis, out, where, bias, scale, dtype):
    """By compute(power, rows), of an array of rows in one piece."""
    answer = other_arrays.rows(name, x, axis, out, dtype, where, bias, scale)
    if answer is not NotImplemented:
        return answer
    kind, wide = kind_of(name, x, dtype)
    given, x = x, np.asarray(x)
    axes = normalize_axes(name, axis, x.ndim)
    row_options(name, x.shape, where, bias, scale)
    out = place_of(name, out, x.shape, kind)
    has_parts = where is not None or bias is not None or not is_one(scale)
    if has_parts:
        z = argument_of(x, where, bias, scale, wide)
    else:
        with np.errstate(all="ignore"):
            z = x.astype(np.promote_types(kind, np.float32), copy=False)
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(z, axes, last)
    shape = moved.shape
    outer = x.ndim - len(axes)
    rows = np.ascontiguousarray(moved).reshape(math.prod(shape[:outer]), math.prod(shape[outer:]))
    with np.errstate(all="ignore"):
        y = compute(power, rows) if rows.size else rows
    y = np.moveaxis(y.reshape(shape), last, axes)
    if where is not None:  # whatever else stands in the row
        y = np.where(~np.asarray(where) & np.isnan(y), 0, y)
    return finished(name, np.ascontiguousarray(y) if out is None else y, kind, out, given)


def threshold_of(power, z):
    """The t for which the sum of max(z - t, 0)**power is 1, of rows: by Newton's method, which only moves t up."""
    t = np.full((len(z), 1), -1, z.dtype)
    while True:
        d = np.maximum(z - t, 0)
        slope = d.sum(axis=-1, keepdims=True) * 2 if power == ENTMAX15 else (d > 0).sum(axis=-1, keepdims=True)
        following = t + ((d**power).sum(axis=-1, keepdims=True) - 1) / slope
        if not (following > t).any():
            return t
        t = np.where(following > t, following, t)


def _compute(power, x):
    wide = np.promote_types(x.dtype, np.float64)
    result = np.empty_like(x)
    step = max(1, 2**18 // x.shape[-1])
    for start in range(0, len(x), step):
        rows = x[start : start + step].astype(wide)
        z = (rows - rows.max(axis=-1, keepdims=True)) / power
        result[start : start + step] = np.where(np.isnan(z).any(axis=-1, keepdims=True), np.nan, _power(power, z))
    return result


def _power(power, z):
    z = np.where(np.isnan(z), 0, z)
    return np.maximum(z - threshold_of(power, z), 0) ** power


def _sparsemax_gradient(dy, y):
    counts = y > 0
    mean = np.where(counts, dy, 0).sum(axis=-1, keepdims=True) / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    return np.where(counts, dy - mean, np.where(np.isnan(y), y, 0))


def _entmax15_gradient(dy, y):
    root = np.sqrt(y)
    total = np.where(y > 0, root * dy, 0).sum(axis=-1, keepdims=True)
    mean = total / np.maximum(root.sum(axis=-1, keepdims=True), np.finfo(y.dtype).tiny)
    return np.where(y > 0, root * (dy - mean), np.where(np.isnan(y), y, 0))


_GRADIENTS = {"sparsemax_grad": _sparsemax_gradient, "entmax15_grad": _entmax15_gradient}


def gradient(name, dy, y, axis, out, dtype):
    return along_axes(name, _GRADIENTS[name], dy, y, axis, out, dtype)


@documented
def sparsemax(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    """The probabilities nearest to x along an axis, max(x - t, 0) with the t for which they sum to 1: most are 0.

    Martins and Astudillo, arXiv:1602.02068.

    {sparse start}
    {row out}
    {row options}
    {row dtype}

    Returns
    -------
    {sparse result}

    Raises
    ------
    {row errors}

    Notes
    -----
    {sparse accuracy}

    Examples
    --------
    >>> import fastact
    >>> fastact.sparsemax([1.0, 0.5, -1.0])
    array([0.75, 0.25, 0.  ])
    """
    return sparse(_compute, "sparsemax", SPARSEMAX, x, axis, out, where, bias, scale, dtype)


@documented
def entmax15(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    """entmax with alpha = 1.5 along an axis, max(x / 2 - t, 0)**2 with the t for which the result sums to 1.

    Between softmax, alpha = 1, and `sparsemax`, alpha = 2: probabilities far below the largest are 0. Peters, Niculae
    and Martins, arXiv:1905.05702.

    {sparse start}
    {row out}
    {row options}
    {row dtype}

    Returns
    -------
    {sparse result}

    Raises
    ------
    {row errors}

    Notes
    -----
    {sparse accuracy}

    Examples
    --------
    >>> import fastact
    >>> fastact.entmax15([1.0, 0.5, -1.0])
    array([0.67399264, 0.32600736, 0.        ])
    """
    return sparse(_compute, "entmax15", ENTMAX15, x, axis, out, where, bias, scale, dtype)


@documented
def sparsemax_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    """Gradient of `sparsemax` from its result y: dy less its mean over the elements that are not 0; 0 at the others.

    {row gradient options}

    {row gradient start}

    Raises
    ------
    {row gradient errors}

    Notes
    -----
    Computed in float64.

    Examples
    --------
    >>> import fastact
    >>> fastact.sparsemax_grad([1.0, 0.0, 5.0], [0.75, 0.25, 0.0])
    array([ 0.5, -0.5,  0. ])
    """
    return gradient("sparsemax_grad", dy, y, axis, out, dtype)


@documented
def entmax15_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    """Gradient of `entmax15` from its result y: sqrt(y) * (dy - sum(sqrt(y) * dy) / sum(sqrt(y))) along an axis.

    {row gradient options}

    {row gradient start}

    Raises
    ------
    {row gradient errors}

    Notes
    -----
    Computed in float64.

    Examples
    --------
    >>> import fastact
    >>> fastact.entmax15_grad([1.0, 0.0, 5.0], [0.64, 0.36, 0.0])
    array([ 0.34285714, -0.34285714,  0.        ])
    """
    return gradient("entmax15_grad", dy, y, axis, out, dtype)
