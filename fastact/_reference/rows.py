"""softmax, log_softmax and logsumexp in readable NumPy."""

import math

import numpy as np

from fastact._containers import other_arrays
from fastact._reference.formulas import exp_below, product_and_sum, product_of_any_size
from fastact._reference.ufunc import BLOCK, compute_rows
from fastact._reference.weighted_log_sums import IN_NUMPY, weighted_log_sum
from fastact._shared.arguments import (
    check_out,
    normalize_axes,
    result_dtype,
    row_options,
)
from fastact._shared.docs import documented
from fastact._shared.row_arguments import extra_logits, finite_as
from fastact._shared.wrap import rewrap

__all__ = ["log_softmax", "logsumexp", "softmax"]


def _along_axes(name, formula, x, axis, out, dtype, where, bias, scale, extra_logit, keepdims=None):
    """Applies formula to rows, the last axis of what it gets; keepdims is None where it gives as many results."""
    answer = other_arrays.rows(name, x, axis, out, dtype, where, bias, scale, keepdims, extra_logit)
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
    extra = None
    if extra_logit is not None:
        extra = extra_logits(name, extra_logit, array.shape, axes, np.promote_types(dtype, np.float32))

    # the axes of a row go last and become one
    last = tuple(range(-len(axes), 0))
    moved_shape = np.moveaxis(array, axes, last).shape
    rows = (*moved_shape[: array.ndim - len(axes)], math.prod(moved_shape[array.ndim - len(axes) :]))
    with np.errstate(all="ignore"):
        # in one piece each: NumPy then adds their elements in an order that does not depend on the layout of x
        parts = [
            part if part is None else np.ascontiguousarray(np.moveaxis(part, axes, last)).reshape(rows)
            for part in parts_of(array, dtype, where, bias, scale)
        ]
        if extra is None:
            result = _compute_rows(formula, *parts, dtype, keepdims is not None)
        else:
            result = _beside_extra(formula, *parts, np.broadcast_to(extra, rows[:-1]), dtype, keepdims is not None)
        result = np.moveaxis(result.reshape(moved_shape), last, axes) if keepdims is None else result.reshape(shape)
        if where is not None and keepdims is None:  # whatever else stands in the row
            np.copyto(result, 0 if formula is _softmax else -np.inf, where=~where & np.isnan(result))

    if out is not None:
        with np.errstate(all="ignore"):
            np.copyto(out, result, casting="same_kind")
        return out
    if result.ndim == 0:
        return result[()]
    return rewrap(x, result) if keepdims is None else result


def parts_of(x, dtype, where, bias, scale):
    """scale * x + bias where the mask holds, else -inf, in two parts of double precision or more, or one and None."""
    wide = np.promote_types(dtype, np.float64)
    work = np.promote_types(dtype, np.float32)  # 16 bits are computed in float32
    high, low = finite_as(x, work), None
    if bias is not None or np.any(scale != 1):
        high = high.astype(wide)
        factor, summand = (finite_as(a, work).astype(wide) for a in (scale, 0 if bias is None else bias))
        high, low = _sum_in_parts(high, factor, summand, np.finfo(work).max)
    if where is not None:
        high = np.where(where, high, high.dtype.type(-np.inf))
        low = None if low is None else np.where(where, low, 0)
    return high, low


def scaled(x, dtype, bias, scale):
    """scale * x + bias, in double precision or more."""
    return parts_of(x, dtype, None, bias, scale)[0]


def _sum_in_parts(x, scale, bias, most):
    """scale * x + bias as the sum rounded and what that took off; of finite operands it ends at `most`."""
    product, lost = product_of_any_size(scale, x)
    total = product_and_sum(product, scale, x, bias)
    added = total - product
    lost = lost + ((product - (total - added)) + (bias - added))
    high = total + lost
    low = lost - (high - total)
    once = np.clip(2 * (scale * (x / 2) + bias / 2), -most, most)  # where a part is not finite
    once = np.where(np.isfinite(x) & np.isfinite(scale) & np.isfinite(bias), once, total)
    exact = np.isfinite(high) & np.isfinite(low) & (np.abs(high) <= most)
    return np.where(exact, high, once), np.where(exact, low, 0)


def _beside_extra(formula, high, low, extra, dtype, reduces):
    """Rows with one more element, of which no result is kept; where that is -inf the rows without it."""
    beside = np.concatenate([high, extra.astype(high.dtype)[..., None]], axis=-1)
    below = None if low is None else np.concatenate([low, np.zeros_like(low, shape=(*low.shape[:-1], 1))], axis=-1)
    result = _compute_rows(formula, beside, below, dtype, reduces)
    result = result if reduces else result[..., :-1]
    is_none = np.isneginf(extra)
    if not is_none.any():
        return np.ascontiguousarray(result)
    return np.where(
        is_none if reduces else is_none[..., None], _compute_rows(formula, high, low, dtype, reduces), result
    )


def _compute_rows(formula, high, low, dtype, reduces):
    if high.size == 0:  # the sum of no exponentials is 0, its logarithm -inf
        return np.full(high.shape[:-1], -np.inf, dtype) if reduces else np.empty(high.shape, dtype)
    if formula is _softmax and low is None:
        return _softmax_in_blocks(high, dtype)
    exact = dtype.itemsize < np.promote_types(dtype, np.float64).itemsize  # the rounding of x - m does not show
    if low is None:
        return compute_rows(lambda rows: formula(rows, None, exact), high, dtype)
    return formula(high, low, exact).astype(dtype, copy=False)


def _softmax_in_blocks(x, dtype):
    """In blocks of several rows, or of a part of a long one: only the maxima and the sums need a row whole."""
    shape, n = x.shape, x.shape[-1]
    wide = np.promote_types(x.dtype, np.float64)
    x = x.reshape(-1, n)
    result = np.empty(x.shape, dtype)
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


def _peak(high, low):
    """The place of every row's maximum, the maximum and what it has beyond `high`."""
    place = high.argmax(axis=-1, keepdims=True)
    m = high.max(axis=-1, keepdims=True)
    if low is None:
        return place, m, 0
    place = np.where(high == m, low, -np.inf).argmax(axis=-1, keepdims=True)
    return place, m, np.take_along_axis(low, place, axis=-1)


def exponentials(high, low, m, beyond, exact):
    """exp(x - m). Where it is not `exact`, what rounding takes off x - m counts: at a distance of 700 up to 256 eps."""
    below = high - m
    e = np.exp(below)
    if exact and low is None:
        return e
    rest = 0 if low is None else low - beyond
    if not exact:
        added = below - high
        rest = rest + ((high - (below - added)) - (m + added))
    # far from 0 a rounding may be anything; there x - m is rounded once more, and no matter
    return np.where(e == 0, e, np.where(np.abs(rest) < 2.0**-26, e + e * rest, np.exp(below + rest)))


def _softmax(high, low, exact):
    _, m, beyond = _peak(high, low)
    e = exponentials(high, low, m, beyond, exact)
    return e / e.sum(axis=-1, keepdims=True)


def _log_sum(high, low, exact):
    """The maximum of every row in two parts, and log(sum(exp(x - m))) without the rounding of 1 + a small sum."""
    place, m, beyond = _peak(high, low)
    e = exponentials(high, low, m, beyond, exact)
    np.put_along_axis(e, place, np.take_along_axis(e, place, axis=-1) - 1, axis=-1)  # 1 - 1, or NaN where m is infinite
    return m, beyond, np.log1p(e.sum(axis=-1, keepdims=True))


def _log_softmax(high, low, exact):
    m, beyond, log_sum = _log_sum(high, low, exact)
    return (high - m) + (0 if low is None else low - beyond) - log_sum


def _logsumexp(high, low, exact):
    m, beyond, log_sum = _log_sum(high, low, exact)
    return np.where(np.isfinite(m), m + (beyond + log_sum), m)[..., 0]


@documented
def softmax(
    x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, extra_logit=None, dtype=None, return_logsumexp=False
):
    """exp(x) / sum(exp(x)) along an axis: scores become probabilities.

    The default axis is the last one. SciPy's softmax takes the whole array by default: here that is ``axis=None``.

    Parameters
    ----------
    {x}
    axis : int, tuple of ints or None, optional
        The axis or axes over which the result sums to 1; None for all.
    {row out}
    {row options}
    {extra_logit}
    {row dtype}
    {return_logsumexp}

    Returns
    -------
    ndarray or scalar
        Of the shape of `x`. pandas and xarray objects keep their labels. An entry of -inf gives 0; a row that holds NaN
        or inf, or nothing but -inf, is NaN. With `return_logsumexp` a tuple of that and `logsumexp` of the rows.

    Raises
    ------
    {row errors}

    Notes
    -----
    {softmax accuracy}

    Examples
    --------
    >>> import fastact
    >>> fastact.softmax([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
    array([[0.09003057, 0.24472847, 0.66524096],
           [0.33333333, 0.33333333, 0.33333333]])
    >>> fastact.softmax([1.0, 2.0], extra_logit=0.0)
    array([0.24472847, 0.66524096])
    """
    if return_logsumexp:  # first: x may be out
        sums = _along_axes("logsumexp", _logsumexp, x, axis, None, dtype, where, bias, scale, extra_logit, False)
        options = {"where": where, "bias": bias, "scale": scale, "extra_logit": extra_logit}
        return softmax(x, axis, out=out, dtype=dtype, **options), sums
    return _along_axes("softmax", _softmax, x, axis, out, dtype, where, bias, scale, extra_logit)


@documented
def log_softmax(
    x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, extra_logit=None, dtype=None, return_logsumexp=False
):
    """The logarithm of softmax along an axis, x - log(sum(exp(x))), also where softmax underflows or comes close to 1.

    The default axis is the last one. SciPy's log_softmax takes the whole array by default: here that is ``axis=None``.

    Parameters
    ----------
    {x}
    axis : int, tuple of ints or None, optional
        The axis or axes over which the exponentials of the result sum to 1; None for all.
    {row out}
    {row options}
    {extra_logit}
    {row dtype}
    {return_logsumexp}

    Returns
    -------
    ndarray or scalar
        Of the shape of `x`. pandas and xarray objects keep their labels. An entry of -inf stays -inf; a row that holds
        NaN or inf, or nothing but -inf, is NaN. With `return_logsumexp` a tuple of that and `logsumexp` of the rows.

    Raises
    ------
    {row errors}

    Notes
    -----
    {log_softmax accuracy}

    Examples
    --------
    >>> import fastact
    >>> fastact.log_softmax([0.0, 1000.0])
    array([-1000.,     0.])
    """
    if return_logsumexp:  # first: x may be out
        sums = _along_axes("logsumexp", _logsumexp, x, axis, None, dtype, where, bias, scale, extra_logit, False)
        options = {"where": where, "bias": bias, "scale": scale, "extra_logit": extra_logit}
        return log_softmax(x, axis, out=out, dtype=dtype, **options), sums
    return _along_axes("log_softmax", _log_softmax, x, axis, out, dtype, where, bias, scale, extra_logit)


@documented
def logsumexp(
    x,
    /,
    axis=-1,
    *,
    out=None,
    where=None,
    bias=None,
    scale=1.0,
    extra_logit=None,
    keepdims=False,
    dtype=None,
    b=None,
    return_sign=False,
):
    """log(sum(exp(x))) along an axis, without overflow; with weights log(sum(b * exp(x))).

    The default axis is the last one. SciPy's logsumexp takes the whole array by default: here that is ``axis=None``.

    Parameters
    ----------
    {x}
    axis : int, tuple of ints or None, optional
        The axis or axes to reduce; None for all.
    out : ndarray, optional
        Where to store the result.
    {row options}
    {extra_logit}
    keepdims : bool, optional
        Whether the reduced axes stay, with one element each.
    {row dtype}
    b : array_like, optional
        Factors of the exponentials, of any sign; it broadcasts to the shape of `x`. An element of factor 0 counts for
        nothing, whatever it holds. It is SciPy's.
    return_sign : bool, optional
        Whether to return the signs of the sums too, and the logarithms of their absolute values.

    Returns
    -------
    ndarray or scalar
        Of the shape of `x` without the reduced axes; pandas and xarray objects keep the labels of the others.
        A row of no elements, or of nothing but -inf, gives -inf; a negative sum NaN. With `return_sign` a tuple of that
        and the signs, 1, -1, 0 for a sum of 0, or NaN: then the logarithm is that of the sum's absolute value.

    Raises
    ------
    {row errors}

    Notes
    -----
    {logsumexp accuracy}

    With `b` or `return_sign` it is computed in float64, ``scale * x + bias`` rounded to that; where terms of both signs
    cancel, the sum has the error of its largest term.

    Examples
    --------
    >>> import fastact
    >>> float(fastact.logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    >>> print(*fastact.logsumexp([1000.0, 1000.0], b=[1.0, -3.0], return_sign=True))
    1000.6931471805599 -1.0
    """
    if b is not None or return_sign:
        options = {"where": where, "bias": bias, "scale": scale}
        return weighted_log_sum(*IN_NUMPY, x, axis, out, dtype, b, return_sign, extra_logit, bool(keepdims), options)
    return _along_axes("logsumexp", _logsumexp, x, axis, out, dtype, where, bias, scale, extra_logit, bool(keepdims))
