"""What logsumexp with factors b, or with the sum's sign, should give: log(abs(sum(b * exp(x)))), and how near."""

import math

import numpy as np

from . import tolerance_rows
from .bound import largest, smallest

DOUBLE = np.dtype("d")


def judged(bound):
    """(value, distance that is allowed) of the logarithm, and of the sign where that is asked for. Function and
    reference are one, in float64; this is longdouble."""
    z, axes, parts, counts, extra = tolerance_rows.operands(bound, DOUBLE)
    b = tolerance_rows.finite_in(DOUBLE, 1.0 if bound["b"] is None else bound["b"])
    b, parts = np.broadcast_to(b, z.shape), np.broadcast_to(parts, z.shape)
    if extra is not None:  # an element of factor 1 more
        last = tuple(range(-len(axes), 0))
        z, b, parts, counts = (flat(np.moveaxis(a, axes, last), len(axes)) for a in (z, b, parts, counts))
        extra = flat(np.moveaxis(extra, axes, last), len(axes))
        z, b, parts, counts = (
            np.concatenate([a, np.full(extra.shape, v) if v is not None else extra], -1)
            for a, v in ((z, None), (b, 1), (parts, 0), (counts, True))
        )
        axes = (z.ndim - 1,)
    b = np.where(counts, b, 0)
    kept = {"axis": axes, "keepdims": True}
    z = np.where(b == 0, -np.inf, z)
    m = z.max(**kept, initial=-np.inf)
    below = np.where(z == -np.inf, np.inf, np.where(np.isfinite(m), m, 0) - z)
    terms = np.where(b == 0, 0, b * np.exp(-below))
    size, total = np.abs(terms).sum(**kept), terms.sum(**kept)
    n = z.size / max(m.size, 1)
    # exponents, products and sums are rounded, and a term may be subnormal
    near = np.where(np.isfinite(below), below, 0)
    each = np.abs(terms) * 2.0**-52 * (n + 8 + np.minimum(near, 800) + 2 * np.where(np.isfinite(parts), parts, 0))
    off = each.sum(**kept) + (n * (1 + np.abs(b).max(**kept, initial=0))) * smallest(DOUBLE)
    value = m + np.log(np.abs(total))
    limit = 2 * off / np.abs(total) + (bound.eps + 2.0**-50) * (np.abs(value) + np.abs(m)) + smallest(bound.dtype)
    sign = np.sign(total)
    # nothing but zeros: -inf and 0; infinite elements decide alone
    at_top = np.where(z == np.inf, np.sign(b), 0)
    above, under = (at_top > 0).any(**kept), (at_top < 0).any(**kept)
    infinite = np.where(above & under, np.nan, np.inf)
    value = np.where(m == np.inf, infinite, np.where(size == 0, -np.inf, value))
    infinite_sign = np.where(above & under, np.nan, above * 1.0 - under * 1.0)
    sign = np.where(m == np.inf, infinite_sign, np.where(size == 0, 0, sign))
    is_nan = (np.isnan(z) & (b != 0)).any(**kept) | np.isnan(b).any(**kept)
    value, sign = np.where(is_nan, np.nan, value), np.where(is_nan, np.nan, sign)
    # terms that cancel, factors that are infinite or overflow: nothing says what becomes of them
    is_untold = np.isinf(b).any(**kept) | (size * 2 > largest(DOUBLE)) | ((size > 0) & (off * 2 > np.abs(total)))
    is_untold = is_untold | (np.where(counts & np.isfinite(z), parts, 0) > largest(DOUBLE) / 4).any(**kept)
    for given in (bound["x"], bound["b"]):  # numbers beyond float64
        if np.asarray(given).dtype.char == "g":
            is_untold = is_untold | (np.abs(np.asarray(given)) > largest(DOUBLE)).any()
    limit = np.where(is_untold & ~is_nan, np.nan, np.nan_to_num(limit, nan=0, posinf=np.inf))
    sign_limit = np.where(is_untold & ~is_nan, np.nan, 0)
    if not bound["return_sign"]:
        value = np.where(sign < 0, np.nan, value)
    results = [(value, limit), (sign, sign_limit)][: 1 + bool(bound["return_sign"])]
    return [tuple(shaped(bound, a, axes) for a in pair) for pair in results]


def flat(a, count):
    """The last axes as one."""
    outer = a.shape[: a.ndim - count]
    return a.reshape(*outer, math.prod(a.shape[len(outer) :]))


def shaped(bound, a, axes):
    """In the shape of the result."""
    a = np.squeeze(a, axis=axes)
    if not bound["keepdims"]:
        return a
    x = np.asarray(bound["x"])
    along = tolerance_rows.along(bound, x)
    return a.reshape(tuple(1 if i in along else n for i, n in enumerate(x.shape)))
