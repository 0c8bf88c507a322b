"""softmax, log_softmax and logsumexp of segments: rows of any lengths, one after the other along an axis. Signature,
documentation, arguments, and readable NumPy."""

import operator

import numpy as np

from fastact._containers import other_segments
from fastact._reference.formulas import exp_below
from fastact._reference.row_results import finished, is_one, kind_of, place_of
from fastact._reference.rows import exponentials, parts_of
from fastact._shared.arguments import one_axis, row_options
from fastact._shared.docs import documented
from fastact._shared.row_arguments import finite_as

__all__ = ["segment_log_softmax", "segment_logsumexp", "segment_softmax"]

SOFTMAX, LOG_SOFTMAX, LOGSUMEXP = range(3)
NAMES = {SOFTMAX: "segment_softmax", LOG_SOFTMAX: "segment_log_softmax", LOGSUMEXP: "segment_logsumexp"}


def checked_offsets(name, given, n, axis):
    """A copy of the offsets as intp; ValueError unless they lead from 0 to n and never fall."""
    offsets = np.asarray(given)
    if offsets.dtype.kind not in "iu":
        raise TypeError(f"fastact.{name}: offsets must be integers, got {offsets.dtype}")
    if offsets.ndim != 1 or offsets.size == 0:
        raise ValueError(
            f"fastact.{name}: offsets must have one axis and at least one element, got shape {offsets.shape}; n "
            "segments have n + 1 offsets, from 0 to the length of the axis"
        )
    # compared in their own type: one of uint64 may be no intp
    first, last = operator.index(offsets[0]), operator.index(offsets[-1])
    if first != 0 or last != n:
        hint = "; write np.concatenate(([0], np.cumsum(lengths))) where these are lengths" if first else ""
        raise ValueError(
            f"fastact.{name}: offsets go from {first} to {last}, expected from 0 to {n}, the length of axis "
            f"{axis}{hint}"
        )
    falls = np.nonzero(offsets[1:] < offsets[:-1])[0]
    if falls.size:
        i = int(falls[0])
        raise ValueError(
            f"fastact.{name}: offsets fall from {offsets[i]} to {offsets[i + 1]} at offsets[{i + 1}]; they must not: "
            "a segment ends where the next one begins"
        )
    return np.array(offsets, np.intp, order="C")


def segmented(compute, op, x, offsets, axis, out, where, bias, scale, dtype):
    """By compute(op, rows, offsets, where, bias, scale) along the last axis; the options are None, or views of the
    shape of the rows, or scale is one number."""
    name = NAMES[op]
    operands = {"x": x, "where": where, "bias": bias, "scale": scale}
    answer = other_segments.segmented(name, operands, offsets, axis, out, dtype, op == LOGSUMEXP)
    if answer is not NotImplemented:
        return answer
    kind, _ = kind_of(name, x, dtype)
    given, x = x, np.asarray(x)
    axis = one_axis(name, axis, x.ndim)
    offsets = checked_offsets(name, offsets, x.shape[axis], axis)
    scale = None if is_one(scale) else scale
    where, bias, factor = row_options(name, x.shape, where, bias, 1.0 if scale is None else scale)
    count = len(offsets) - 1
    shape = x.shape if op != LOGSUMEXP else (*x.shape[:axis], count, *x.shape[axis + 1 :])
    out = place_of(name, out, shape, kind)
    where, bias = (a if a is None else np.moveaxis(np.broadcast_to(a, x.shape), axis, -1) for a in (where, bias))
    if scale is not None:
        one = factor.size == 1
        scale = factor.reshape(()) if one else np.moveaxis(np.broadcast_to(factor, x.shape), axis, -1)
    with np.errstate(all="ignore"):
        rows = np.ascontiguousarray(finite_as(np.moveaxis(x, axis, -1), np.promote_types(kind, np.float32)))
        y = compute(op, np.require(rows, None, ["ALIGNED"]), offsets, where, bias, scale)
        y = np.moveaxis(y, -1, axis)
    return finished(name, np.ascontiguousarray(y) if out is None else y, kind, out, given if op != LOGSUMEXP else None)


def _compute(op, x, offsets, where, bias, scale):
    """In double precision or more; empty segments have no place in NumPy's sums of pieces."""
    wide = np.promote_types(x.dtype, np.float64)
    lengths = np.diff(offsets)
    is_full = lengths > 0
    starts, lengths = offsets[:-1][is_full], lengths[is_full]
    shape = x.shape if op != LOGSUMEXP else (*x.shape[:-1], len(is_full))
    result = np.full(shape, -np.inf, x.dtype)
    if not starts.size:
        return result
    high, low = parts_of(x, x.dtype, where, bias, np.ones((), x.dtype) if scale is None else scale)
    for index in np.ndindex(x.shape[:-1]):
        row, below, place = high[index], 0 if low is None else low[index], result[index]
        m = np.maximum.reduceat(row, starts).astype(wide)
        every, beyond = np.repeat(m, lengths), 0
        if low is None:
            e = row.astype(wide)
            exp_below(e, every, exactly=row.dtype == wide)
        else:
            beyond = np.maximum.reduceat(np.where(row == every, below, -np.inf), starts)
            below = below - np.repeat(beyond, lengths)
            e = exponentials(row, below, every, 0, x.dtype != wide)
        if op == SOFTMAX:
            place[...] = e / np.repeat(np.add.reduceat(e, starts), lengths)
            continue
        at_top = row == every
        rest = np.add.reduceat(np.where(at_top, 0, e), starts)  # apart from those at the top: it may be small
        tops = np.add.reduceat(at_top.astype(wide), starts)
        log_sum = np.log(tops) + np.log1p(rest / tops)
        if op == LOGSUMEXP:
            place[is_full] = np.where(np.isfinite(m), m + (beyond + log_sum), m)
        else:
            place[...] = ((row - every) + below) - np.repeat(log_sum + (m - m), lengths)
    if where is not None and op != LOGSUMEXP:  # whatever else stands in the segment
        np.copyto(result, 0 if op == SOFTMAX else -np.inf, where=~where & np.isnan(result))
    return result


@documented
def segment_softmax(x, offsets, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    """softmax of segments: of rows of any lengths that lie one after the other along an axis, without padding.

    {segment start}
    {row out}
    {row options}
    {row dtype}

    Returns
    -------
    ndarray
        Of the shape of `x`: each segment sums to 1. pandas and xarray objects keep their labels. Within a segment -inf
        gives 0, and one that holds NaN or inf, or nothing but -inf, is NaN.

    Raises
    ------
    {segment errors}

    Notes
    -----
    Each segment has the bits that `softmax` gives it alone with these options; in NumPy (`FASTACT_ISA=numpy`) the same
    accuracy.

    Examples
    --------
    >>> import fastact
    >>> fastact.segment_softmax([1.0, 2.0, 3.0, 5.0, 5.0], [0, 3, 3, 5])
    array([0.09003057, 0.24472847, 0.66524096, 0.5       , 0.5       ])
    >>> fastact.segment_softmax([1.0, 1.0, 3.0, 5.0], [0, 3, 4], where=[True, True, False, False])
    array([0.5, 0.5, 0. , 0. ])
    """
    return segmented(_compute, SOFTMAX, x, offsets, axis, out, where, bias, scale, dtype)


@documented
def segment_log_softmax(x, offsets, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    """log_softmax of segments: of rows of any lengths that lie one after the other along an axis, without padding.

    {segment start}
    {row out}
    {row options}
    {row dtype}

    Returns
    -------
    ndarray
        Of the shape of `x`. pandas and xarray objects keep their labels. Within a segment -inf stays -inf, and one that
        holds NaN or inf, or nothing but -inf, is NaN.

    Raises
    ------
    {segment errors}

    Notes
    -----
    Each segment has the bits that `log_softmax` gives it alone with these options; in NumPy (`FASTACT_ISA=numpy`) the
    same accuracy.

    Examples
    --------
    >>> import fastact
    >>> fastact.segment_log_softmax([0.0, 1000.0, 7.0], [0, 2, 3])
    array([-1000.,     0.,     0.])
    """
    return segmented(_compute, LOG_SOFTMAX, x, offsets, axis, out, where, bias, scale, dtype)


@documented
def segment_logsumexp(x, offsets, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    """logsumexp of segments: of rows of any lengths that lie one after the other along an axis, without padding.

    {segment start}
    out : ndarray, optional
        Where to store the result.
    {row options}
    {row dtype}

    Returns
    -------
    ndarray
        Of the shape of `x` with one element for each segment along `axis`. An empty segment, or one of nothing but
        -inf, gives -inf.

    Raises
    ------
    {segment errors}

    Notes
    -----
    Each segment has the bits that `logsumexp` gives it alone with these options; in NumPy (`FASTACT_ISA=numpy`) the
    same accuracy.

    Examples
    --------
    >>> import fastact
    >>> fastact.segment_logsumexp([0.0, 0.0, 1000.0], [0, 2, 2, 3])
    array([6.93147181e-01,           -inf, 1.00000000e+03])
    """
    return segmented(_compute, LOGSUMEXP, x, offsets, axis, out, where, bias, scale, dtype)
