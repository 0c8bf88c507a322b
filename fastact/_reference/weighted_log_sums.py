"""log(sum(b * exp(x))) with its sign, as SciPy's logsumexp has it: in NumPy, for the compiled function too."""

import math

import numpy as np

from fastact._containers import other_weighted
from fastact._reference.formulas import exp_below
from fastact._reference.row_results import argument_of, finished, kind_of, place_of
from fastact._shared.arguments import as_array, broadcasts_to, check_real, normalize_axes, row_options
from fastact._shared.row_arguments import extra_logits

BLOCK = 2**18  # elements that are computed at once


def weighted_log_sum(x, axis, out, dtype, b, return_sign, extra_logit, keepdims, options):
    """The logarithms, and with return_sign the signs; options: where, bias and scale."""
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
    row_options(name, x.shape, options["where"], options["bias"], options["scale"])
    extra = None if extra_logit is None else extra_logits(name, extra_logit, x.shape, axes, wide)
    factor = as_array(1.0 if b is None else b)
    check_real(name, "b", factor.dtype, b)
    if not broadcasts_to(factor.shape, x.shape):
        raise ValueError(f"fastact.{name}: b of shape {factor.shape} does not broadcast to x of shape {x.shape}")
    with np.errstate(all="ignore"):
        z = argument_of(x, **options, wide=wide)
        if options["where"] is not None:  # an infinite factor of what does not count is none
            factor = np.where(options["where"], factor, 0)
        rows = [_as_rows(a, axes) for a in (z, np.broadcast_to(factor.astype(wide), x.shape))]
        if extra is not None:
            beside = np.broadcast_to(extra, tuple(size for a, size in enumerate(x.shape) if a not in axes))
            columns = beside, np.ones_like(beside)
            rows = [np.concatenate([a, c.reshape(-1, 1)], axis=1) for a, c in zip(rows, columns, strict=True)]
        logarithm, sign = (a.reshape(shape) for a in _compute(*rows))
        if not return_sign:
            logarithm = np.where(sign < 0, np.nan, logarithm)
        result = finished(name, logarithm, kind, out, None)
        return (result, finished(name, sign, kind, None, None)) if return_sign else result


def _as_rows(a, axes):
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(a, axes, last)
    outer = moved.shape[: a.ndim - len(axes)]
    return np.ascontiguousarray(moved).reshape(math.prod(outer), math.prod(moved.shape[len(outer) :]))


def _compute(z, b):
    """Of rows in float64 or longdouble: log(abs(s)) and the sign of each sum s."""
    logarithm, sign = np.full(len(z), -np.inf, z.dtype), np.zeros(len(z), z.dtype)
    step = max(1, BLOCK // max(z.shape[1], 1))
    for start in range(0, len(z) if z.shape[1] else 0, step):
        place = slice(start, start + step)
        logarithm[place], sign[place] = _rows(z[place], b[place])
    return logarithm, sign


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
