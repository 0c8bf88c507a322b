"""softmax, log_softmax and logsumexp in readable NumPy: the part of _numpy.py that works along axes."""

import math

import numpy as np

from fastact import _other_arrays
from fastact._arguments import (
    check_out,
    normalize_axes,
    result_dtype,
    row_options,
    rows_without_elements,
)
from fastact._docs import documented
from fastact._numpy_formulas import exp_below
from fastact._ufunc import BLOCK, compute_rows
from fastact._wrap import rewrap

__all__ = ["log_softmax", "logsumexp", "softmax"]


def _along_axes(name, formula, x, axis, out, dtype, where, bias, scale, keepdims=None):
    """Applies formula to rows, the last axis of what it gets; keepdims is None where it gives as many results."""
    answer = _other_arrays.rows(name, x, axis, out, dtype, where, bias, scale, keepdims)
    if answer is not NotImplemented:
        return answer
    array = np.asarray(x)
    dtype = result_dtype(name, array.dtype, dtype, origin=x)
    axes = normalize_axes(name, axis, array.ndim)
    if isinstance(out, tuple) and len(out) == 1:
        (out,) = out
    kept = tuple(1 if a in axes else size for a, size in enumerate(array.shape))
    if keepdims is None:
        shape = array.shape
    else:
        shape = kept if keepdims else tuple(size for a, size in enumerate(array.shape) if a not in axes)
    if out is not None:
        check_out(name, out, shape, dtype)
    where, bias, scale = row_options(name, array.shape, where, bias, scale)
    array = _masked(array, dtype, where, bias, scale)

    # the axes of a row go last and become one
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(array, axes, last)
    outer = moved.shape[: array.ndim - len(axes)]
    # in one piece each: NumPy then adds their elements in an order that does not depend on the layout of x
    rows = np.ascontiguousarray(moved).reshape(*outer, math.prod(moved.shape[len(outer) :]))
    result = _compute_rows(formula, rows, dtype, keepdims is not None)
    result = np.moveaxis(result.reshape(moved.shape), last, axes) if keepdims is None else result.reshape(shape)

    if where is not None and (empty := rows_without_elements(where, array.ndim, axes)) is not None:
        empty = np.broadcast_to(empty, kept)
        np.copyto(
            result, 0 if formula is _softmax else -np.inf, where=empty if keepdims is None else empty.reshape(shape)
        )

    if out is not None:
        with np.errstate(all="ignore"):
            np.copyto(out, result, casting="same_kind")
        return out
    if result.ndim == 0:
        return result[()]
    return rewrap(x, result) if keepdims is None else result


def _masked(x, dtype, where, bias, scale):
    """scale * x + bias where the mask holds, else -inf."""
    with np.errstate(all="ignore"):
        if bias is not None or np.any(scale != 1):
            wide = np.promote_types(dtype, np.float64)
            x = x.astype(dtype).astype(wide) * scale.astype(wide) + (0 if bias is None else bias.astype(wide))
        return x if where is None else np.where(where, x.astype(dtype), dtype.type(-np.inf))


def _compute_rows(formula, rows, dtype, reduces):
    if rows.size == 0:  # the sum of no exponentials is 0, its logarithm -inf
        return np.full(rows.shape[:-1], -np.inf, dtype) if reduces else np.empty(rows.shape, dtype)
    if formula is not _softmax:
        return compute_rows(formula, rows, dtype)
    with np.errstate(all="ignore"):
        return _softmax(rows.astype(dtype, copy=False))


def _softmax(x):
    """In blocks of several rows, or of a part of a long one: only the maxima and the sums need a row whole."""
    shape, n = x.shape, x.shape[-1]
    wide = np.promote_types(x.dtype, np.float64)
    x = x.reshape(-1, n)
    result = np.empty_like(x)
    step = max(1, BLOCK // n)
    pieces = [slice(start, start + BLOCK) for start in range(0, n, BLOCK)]
    for start in range(0, len(x), step):
        rows = slice(start, start + step)
        m = x[rows].max(axis=-1, keepdims=True).astype(wide)
        e = np.empty(x[rows].shape, wide)
        for piece in pieces:
            part = e[:, piece]
            part[...] = x[rows, piece]
            exp_below(part, m, exactly=x.dtype == wide)
        total = e.sum(axis=-1, keepdims=True)
        for piece in pieces:
            part = e[:, piece]
            part /= total
            result[rows, piece] = part
    return result.reshape(shape)


def _log_sum(x):
    """The maximum m of every row and log(sum(exp(x - m))) without the rounding of 1 + a small sum."""
    m = x.max(axis=-1, keepdims=True)
    e = np.exp(x - m)
    place = x.argmax(axis=-1, keepdims=True)
    np.put_along_axis(e, place, np.take_along_axis(e, place, axis=-1) - 1, axis=-1)  # 1 - 1, or NaN where m is infinite
    return m, np.log1p(e.sum(axis=-1, keepdims=True))


def _log_softmax(x):
    m, log_sum = _log_sum(x)
    return (x - m) - log_sum


def _logsumexp(x):
    m, log_sum = _log_sum(x)
    return np.where(np.isfinite(m), m + log_sum, m)[..., 0]


@documented
def softmax(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    """exp(x) / sum(exp(x)) along an axis: scores become probabilities.

    The default axis is the last one. SciPy's softmax takes the whole array by default: here that is ``axis=None``.

    Parameters
    ----------
    {x}
    axis : int, tuple of ints or None, optional
        The axis or axes over which the result sums to 1; None for all.
    {row out}
    {row options}
    {row dtype}

    Returns
    -------
    ndarray or scalar
        Of the shape of `x`. pandas and xarray objects keep their labels. An entry of -inf gives 0; a row that holds NaN
        or inf, or nothing but -inf, is NaN.

    Raises
    ------
    {row errors}

    Examples
    --------
    >>> import fastact
    >>> fastact.softmax([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
    array([[0.09003057, 0.24472847, 0.66524096],
           [0.33333333, 0.33333333, 0.33333333]])
    """
    return _along_axes("softmax", _softmax, x, axis, out, dtype, where, bias, scale)


@documented
def log_softmax(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    """The logarithm of softmax along an axis, x - log(sum(exp(x))), also where softmax underflows or comes close to 1.

    The default axis is the last one. SciPy's log_softmax takes the whole array by default: here that is ``axis=None``.

    Parameters
    ----------
    {x}
    axis : int, tuple of ints or None, optional
        The axis or axes over which the exponentials of the result sum to 1; None for all.
    {row out}
    {row options}
    {row dtype}

    Returns
    -------
    ndarray or scalar
        Of the shape of `x`. pandas and xarray objects keep their labels. An entry of -inf stays -inf; a row that holds
        NaN or inf, or nothing but -inf, is NaN.

    Raises
    ------
    {row errors}

    Examples
    --------
    >>> import fastact
    >>> fastact.log_softmax([0.0, 1000.0])
    array([-1000.,     0.])
    """
    return _along_axes("log_softmax", _log_softmax, x, axis, out, dtype, where, bias, scale)


@documented
def logsumexp(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, keepdims=False, dtype=None):
    """log(sum(exp(x))) along an axis, without overflow.

    The default axis is the last one. SciPy's logsumexp takes the whole array by default: here that is ``axis=None``.

    Parameters
    ----------
    {x}
    axis : int, tuple of ints or None, optional
        The axis or axes to reduce; None for all.
    out : ndarray, optional
        Where to store the result.
    {row options}
    keepdims : bool, optional
        Whether the reduced axes stay, with one element each.
    {row dtype}

    Returns
    -------
    ndarray or scalar
        Of the shape of `x` without the reduced axes. A row of no elements, or of nothing but -inf, gives -inf.

    Raises
    ------
    {row errors}

    Examples
    --------
    >>> import fastact
    >>> float(fastact.logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    """
    return _along_axes("logsumexp", _logsumexp, x, axis, out, dtype, where, bias, scale, bool(keepdims))
