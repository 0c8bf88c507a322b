"""log(sum(b * exp(x))) with its sign, as SciPy's logsumexp has it: arguments, and readable NumPy."""

import math

import numpy as np

from fastact._containers import other_weighted
from fastact._reference.formulas import exp_below
from fastact._reference.row_results import argument_of, finished, is_one, kind_of, place_of
from fastact._shared.arguments import as_array, broadcasts_to, check_real, normalize_axes, row_options
from fastact._shared.row_arguments import extra_logits

BLOCK = 2**18  # elements that are computed at once


def weighted_log_sum(compute, pieces, x, axis, out, dtype, b, return_sign, extra_logit, keepdims, options):
    """The logarithms, and with return_sign the signs, by compute(rows, factors) of a piece of the rows at a time;
    options: where, bias and scale."""
    name = "logsumexp"
    answer = other_weighted.log_sum(name, x, axis, out, dtype, b, return_sign, extra_logit, keepdims, options)
    if answer is not NotImplemented:
        return answer
    kind, wide = kind_of(name, x, dtype)
    x = np.asarray(x)
    axes = normalize_axes(name, axis, x.ndim)
    kept = tuple(1 if a in axes else size for a, size in enumerate(x.shape))
    shape = kept if keepdims else tuple(size for a, size in enumerate(x.shape) if a not in axes)
    out = place_of(name, out, shape, kind)
    is_plain = options["where"] is None and options["bias"] is None and is_one(options["scale"])
    where, bias, scale = row_options(name, x.shape, options["where"], options["bias"], options["scale"])
    extra = None if extra_logit is None else extra_logits(name, extra_logit, x.shape, axes, wide)
    factor = as_array(1.0 if b is None else b)
    check_real(name, "b", factor.dtype, b)
    if not broadcasts_to(factor.shape, x.shape):
        raise ValueError(f"fastact.{name}: b of shape {factor.shape} does not broadcast to x of shape {x.shape}")
    last = tuple(range(-len(axes), 0))
    x, where, bias, scale, factor = (
        a if a is None else np.moveaxis(np.broadcast_to(a, x.shape), axes, last)
        for a in (x, where, bias, scale, factor)
    )
    outer, n = x.shape[: x.ndim - len(axes)], math.prod(x.shape[x.ndim - len(axes) :])
    logarithm, sign = np.full(outer, -np.inf, wide), np.zeros(outer, wide)
    with np.errstate(all="ignore"):
        extra = None if extra is None else np.broadcast_to(extra, outer)
        for piece in pieces(outer, n) if logarithm.size and (n or extra is not None) else ():
            z = x[piece].astype(wide, copy=False)
            if not is_plain:
                z = argument_of(z, *(a if a is None else a[piece] for a in (where, bias)), scale[piece], wide)
            count = logarithm[piece].size
            rows = np.ascontiguousarray(z).reshape(count, n)
            factors = factor[piece]
            if where is not None:  # an infinite factor of what does not count is none
                factors = np.where(where[piece], factors, 0)
            factors = _factors(factors, count, n, logarithm[piece].ndim, wide)
            if extra is not None:
                beside = extra[piece].reshape(count, 1)
                factors = np.broadcast_to(factors, rows.shape)
                rows, factors = np.hstack([rows, beside]), np.hstack([factors, np.ones_like(beside)])
            found = compute(rows, factors)
            logarithm[piece], sign[piece] = (a.reshape(logarithm[piece].shape) for a in found)
        logarithm, sign = logarithm.reshape(shape), sign.reshape(shape)
        if not return_sign:
            logarithm = np.where(sign < 0, np.nan, logarithm)
        result = finished(name, logarithm, kind, out, None)
        return (result, finished(name, sign, kind, None, None)) if return_sign else result


def _factors(b, count, n, dims, wide):
    """Rows of factors, or one row where it serves all; the first `dims` axes are those of the rows."""
    if not any(b.strides[:dims]):
        b, count = b[(0,) * dims], 1
    return np.ascontiguousarray(b, wide).reshape(count, n)


def _pieces(outer, n):
    """Index tuples of parts of about BLOCK elements along the first axis."""
    step = max(1, BLOCK * outer[0] // max(1, math.prod(outer) * n)) if outer else 0
    return [(slice(start, start + step), ...) for start in range(0, outer[0], step)] if outer else [(...,)]


def _compute(z, b):
    """Of rows in float64 or longdouble: log(abs(s)) and the sign of each sum s. b may be one row for all."""
    return _rows(z, b) if z.shape[1] else (np.full(len(z), -np.inf, z.dtype), np.zeros(len(z), z.dtype))


IN_NUMPY = _compute, _pieces


def _rows(z, b):
    z = np.where(b == 0, -np.inf, z)  # which counts for nothing, be it NaN
    m = z.max(axis=1, keepdims=True)
    e = z.copy()
    exp_below(e, np.where(np.isfinite(m), m, 0), exactly=True)
    at_top = (z == m) & (m > -np.inf)
    # the largest apart from the rest, which may be small beside them
    top = np.where(at_top & (b != 0), b, 0).sum(axis=1)
    rest = np.where(at_top | (b == 0), 0, b * e).sum(axis=1)
    m = m[:, 0]
    rest = np.where(np.isposinf(m), 0, rest)
    cancel = np.isposinf(m) & (at_top & (b > 0)).any(axis=1) & (at_top & (b < 0)).any(axis=1)
    m = np.where(cancel, np.nan, m)
    total = top + rest
    # without the other form's cancellation, of a small factor of the largest beside a large one of another
    is_near = (top != 0) & (rest / top >= -0.5) & (rest / top <= 1)
    logarithm = np.where(is_near, np.log(np.abs(top)) + np.log1p(rest / top), np.log(np.abs(total)))
    logarithm = np.where(total == 0, -np.inf, m + logarithm)
    is_nan = np.isnan(m) | np.isnan(b).any(axis=1)  # beside an infinite element too
    return np.where(is_nan, np.nan, logarithm), np.where(is_nan, np.nan, np.sign(total))
