"""How far functions along axes may be from their references: what is promised, and what the reference itself is off."""

import numpy as np

from . import weighted_rows
from .bound import largest, plain, smallest

EPS = 2.0**-52  # the reference computes in float64


def along(bound, values):
    """The axes as a tuple of the array."""
    axis = bound["axis"]
    dims = values.ndim
    if axis is None:
        return tuple(range(dims))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(a % dims for a in axes) if dims else ()


def judged(bound):
    """Of each result the true value, None where that is left to the reference, and the distance that is allowed."""
    if bound.dtype.char == "g":
        return [(None, np.longdouble(0))] * 2  # it is the reference
    if bound.name == "logsumexp" and (bound["b"] is not None or bound["return_sign"]):
        return weighted_rows.judged(bound)
    if bound.name == "softmax_grad":
        return [(None, softmax_gradient(bound))]
    if bound.name == "log_softmax_grad":
        return [(None, log_softmax_gradient(bound))]
    rows = Rows(bound.computed, *operands(bound, bound.computed))
    results = [{"softmax": probabilities, "log_softmax": logarithms, "logsumexp": sums}[bound.name](bound, rows)]
    return [*results, sums(bound, rows)] if bound.all.get("return_logsumexp") else results


class Rows:
    """x, or scale * x + bias, of which nothing counts but where the mask holds, beside an extra logit."""

    def __init__(self, kind, z, axes, parts, counts, extra=None):
        self.axes, self.counts = axes, counts
        # beyond the type's range the sum ends at the largest number, and differences there mean nothing
        parts = np.where(parts > largest(kind), np.inf, parts)
        parts = np.broadcast_to(np.where(np.isfinite(z) & self.counts, parts, 0), z.shape)
        self.off = EPS * 2 * np.max(parts, axis=self.axes, keepdims=True, initial=0)
        # the reference adds exponentials that may be subnormal
        self.lost = (z.size + 1) * smallest(np.dtype("d"))
        self.take(np.where(self.counts, z, -np.inf), extra)

    def take(self, z, extra=None):
        """The sums of rows along the axes, and how far below their largest elements are."""
        kept = {"axis": self.axes, "keepdims": True}
        self.largest = z.max(**kept, initial=-np.inf)
        if extra is not None:
            self.largest = np.maximum(self.largest, extra)
        self.below = self.largest - z  # NaN where a row has no probabilities: both sides must be NaN there, or 0
        e, is_largest = np.exp(-self.below), self.below == 0
        self.total = e.sum(**kept)
        # without one of the largest, which leaves the digits of a small sum
        self.others = np.where(is_largest, 0, e).sum(**kept)
        largest_ones = is_largest.sum(**kept)
        if extra is not None:
            beyond = np.exp(extra - self.largest)
            self.total = self.total + beyond
            self.others = self.others + np.where(extra == self.largest, 0, beyond)
            largest_ones = largest_ones + (extra == self.largest)
        self.others = self.others + (np.maximum(largest_ones, 1) - 1)

    @property
    def are_none(self):
        """Rows that have no probabilities."""
        return ~np.isfinite(self.largest)


def operands(bound, kind):
    """scale * x + bias of operands in this type, its axes, what both parts are in size, what counts, and the extra
    logits or None; all but the axes broadcast to x."""
    x = finite_in(kind, bound["x"])
    axes = along(bound, x)
    scale = finite_in(kind, bound["scale"])
    bias = np.longdouble(0) if bound["bias"] is None else finite_in(kind, bound["bias"])
    product = scale * x
    # the reference rounds both, and what is rounded is off by that in the exponent
    parts = np.longdouble(0) if bound["bias"] is None and np.all(scale == 1) else np.abs(product) + np.abs(bias)
    counts = np.broadcast_to(True if bound["where"] is None else np.asarray(bound["where"]), x.shape)
    return product + bias, axes, parts, counts, extra_of(bound, x.shape, axes)


def finite_in(kind, given):
    """As numbers of this type, in longdouble: what is finite stays so."""
    with np.errstate(all="ignore"):
        wide = plain(given).astype(np.longdouble)
        a = wide.astype(kind).astype(np.longdouble)
        return np.where(np.isinf(a) & np.isfinite(wide), np.copysign(largest(kind), a), a)


def extra_of(bound, shape, axes):
    """The extra logits as the function sees them, with one element along the axes; None for none."""
    if bound.all.get("extra_logit") is None:
        return None
    extra = finite_in(bound.computed, bound["extra_logit"])
    kept = tuple(1 if a in axes else n for a, n in enumerate(shape))
    outer = tuple(n for a, n in enumerate(shape) if a not in axes)
    if extra.ndim == len(shape) and extra.ndim and np.broadcast_shapes(extra.shape, kept) == kept:
        return np.broadcast_to(extra, kept)
    return np.broadcast_to(extra, outer).reshape(kept)


def probabilities(bound, rows):
    """4 eps of each probability; the reference's exponents are rounded, and by as much its exponentials are off."""
    p = np.exp(-rows.below) / rows.total
    reference = np.expm1(np.minimum(EPS * (4 + rows.below) + rows.off, 700))
    limit = np.where(np.isinf(rows.off), 1, p * (4 * bound.eps + reference))
    value = np.where(rows.counts, np.where(rows.are_none, np.nan, p), 0)
    return value, np.nan_to_num(limit, nan=0) + 2 * smallest(bound.dtype)


def logarithms(bound, rows):
    """4 eps of the result; the reference adds its own."""
    result = rows.below + np.log1p(rows.others)
    limit = 4 * bound.eps * result + EPS * 4 * result + rows.off + rows.lost
    value = np.where(rows.counts, np.where(rows.are_none, np.nan, -result), -np.inf)
    return value, np.nan_to_num(limit, nan=0, posinf=np.inf) + smallest(bound.dtype)


def sums(bound, rows):
    """4 eps of the result. The reference adds the maximum and the logarithm, and where these cancel it is off by their
    roundings."""
    log = np.log1p(rows.others)
    value = np.where(rows.are_none, rows.largest, rows.largest + log)
    result = np.abs(value)
    result = np.where(rows.largest < 0, np.maximum(result, log), result)
    limit = 4 * bound.eps * result + EPS * (4 * result + 2 * (np.abs(rows.largest) + log)) + rows.off + rows.lost
    limit = np.nan_to_num(limit, nan=0, posinf=np.inf) + smallest(bound.dtype)
    if bound.all.get("keepdims"):
        return value, limit
    return np.squeeze(value, axis=rows.axes), np.squeeze(limit, axis=rows.axes)


def of_gradient(bound):
    y = bound.wide(bound["y"])
    dy = np.broadcast_to(bound.wide(bound["dy"]), y.shape)
    return dy, y, along(bound, y)


def softmax_gradient(bound):
    """2.5 ULP and abs(y) * sum(abs(dy * y)) times 2**-40 or 2**-90; the reference is a few eps of its two terms off."""
    dy, y, axes = of_gradient(bound)
    size = np.abs(dy * y).sum(axis=axes, keepdims=True)
    result = np.abs(y * (dy - (dy * y).sum(axis=axes, keepdims=True)))
    relative = 2.0**-40 if bound.dtype.char != "d" else 2.0**-90
    n = y.size / max(size.size, 1)
    limit = 2.5 * bound.eps * result + np.abs(y) * size * relative + EPS * (3 + n) * np.abs(y) * (np.abs(dy) + size)
    limit = np.nan_to_num(limit, nan=0, posinf=np.inf) + 3 * smallest(bound.dtype)
    return np.where(overflows(size), np.nan, limit)


def overflows(size):
    """Where a sum of finite summands of that size may overflow in float64, in which all of them are summed."""
    return np.isfinite(size) & (size > largest(np.dtype("d")))


def log_softmax_gradient(bound):
    """2.5 ULP of the larger of the result and exp(y) * sum(dy); the reference has an error of exp beside."""
    dy, y, axes = of_gradient(bound)
    e = np.exp(y)
    n = y.size / max(e.sum(axis=axes, keepdims=True).size, 1)
    part = np.abs(e * dy.sum(axis=axes, keepdims=True))
    size = e * np.abs(dy).sum(axis=axes, keepdims=True)
    result = np.abs(dy - e * dy.sum(axis=axes, keepdims=True))
    limit = 2.5 * bound.eps * np.maximum(result, part) + EPS * (3 + n) * (np.abs(dy) + size) + EPS * np.abs(y) * part
    limit = np.nan_to_num(limit, nan=0, posinf=np.inf) + 3 * smallest(bound.dtype)
    if bound.dtype.itemsize == 2:  # both round once, and a result near the middle of two numbers to either
        limit = limit + bound.eps * np.abs(result)
    added = np.abs(dy).sum(axis=axes, keepdims=True)
    limit = limit + added * smallest(np.dtype("d"))  # the reference's exp(y) may be subnormal
    # exp(y) has underflowed on one side, and meets an infinite sum: NaN or infinity, and nothing says which
    untold = ~np.isfinite(added) & (y < -80)
    return np.where(untold | overflows(added), np.nan, limit)
