"""How far functions along axes may be from their references: what is promised, and what the reference itself is off."""

import numpy as np

from .bound import largest, smallest

EPS = 2.0**-52  # the reference computes in float64


def along(bound, values):
    """The axes as a tuple of the array."""
    axis = bound["axis"]
    dims = values.ndim
    if axis is None:
        return tuple(range(dims))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(a % dims for a in axes) if dims else ()


def tolerances(bound):
    if bound.dtype.char == "g":
        return [np.longdouble(0)] * 2  # it is the reference
    of_kind = {
        "softmax": probabilities,
        "log_softmax": logarithms,
        "logsumexp": sums,
        "softmax_grad": softmax_gradient,
        "log_softmax_grad": log_softmax_gradient,
    }
    results = [of_kind[bound.name](bound)]
    return [*results, sums(bound)] if bound.all.get("return_logsumexp") else results


class Rows:
    """x, or scale * x + bias, of which nothing counts but where the mask holds."""

    def __init__(self, bound):
        x = bound.wide(bound["x"])
        # what is finite stays so in a narrower type
        x = np.where(np.isinf(x) & np.isfinite(np.asarray(bound["x"])), np.copysign(largest(bound.computed), x), x)
        self.axes = along(bound, x)
        # the reference adds exponentials that may be subnormal
        self.lost = x.size * smallest(np.dtype("d"))
        options = [np.asarray(bound[name]) for name in ("scale", "bias") if bound[name] is not None]
        scale = options[0].astype(np.longdouble)
        bias = options[1].astype(np.longdouble) if len(options) > 1 else np.longdouble(0)
        product = scale * x
        z = product + bias
        # the reference rounds both, and what is rounded is off by that in the exponent
        self.rounded = 0 if bound["bias"] is None and np.all(scale == 1) else np.abs(product) + np.abs(bias)
        if bound["where"] is not None:
            z = np.where(bound["where"], z, -np.inf)
        self.largest = z.max(axis=self.axes, keepdims=True, initial=-np.inf)
        self.below = self.largest - z  # NaN where a row has no probabilities: both sides must be NaN there, or 0
        e, is_largest = np.exp(-self.below), self.below == 0
        self.total = e.sum(axis=self.axes, keepdims=True)
        # without one of the largest, which leaves the digits of a small sum
        self.others = np.where(is_largest, 0, e).sum(axis=self.axes, keepdims=True)
        self.others = self.others + (np.maximum(is_largest.sum(axis=self.axes, keepdims=True), 1) - 1)
        parts = np.where(np.isfinite(self.below), self.rounded, 0)
        # beyond the type's range the sum ends at the largest number, and differences there mean nothing
        parts = np.where(parts > largest(bound.computed), np.inf, parts)
        self.off = EPS * 2 * np.max(parts, axis=self.axes, keepdims=True, initial=0)


def probabilities(bound):
    """4 eps of each probability; the reference's exponents are rounded, and by as much its exponentials are off."""
    rows = Rows(bound)
    p = np.exp(-rows.below) / rows.total
    reference = np.expm1(np.minimum(EPS * (4 + rows.below) + rows.off, 700))
    limit = np.where(np.isinf(rows.off), 1, p * (4 * bound.eps + reference))
    return np.nan_to_num(limit, nan=0) + 2 * smallest(bound.dtype)


def logarithms(bound):
    """4 eps of the result; the reference adds its own."""
    rows = Rows(bound)
    result = rows.below + np.log1p(rows.others)
    limit = 4 * bound.eps * result + EPS * 4 * result + rows.off + rows.lost
    return np.nan_to_num(limit, nan=0, posinf=np.inf) + smallest(bound.dtype)


def sums(bound):
    """4 eps of the result. The reference adds the maximum and the logarithm, and where these cancel it is off by their
    roundings."""
    rows = Rows(bound)
    log = np.log1p(rows.others)
    result = np.abs(rows.largest + log)
    result = np.where(rows.largest < 0, np.maximum(result, log), result)
    limit = 4 * bound.eps * result + EPS * (4 * result + 2 * (np.abs(rows.largest) + log)) + rows.off + rows.lost
    limit = np.nan_to_num(limit, nan=0, posinf=np.inf) + smallest(bound.dtype)
    return limit if bound.all.get("keepdims") else np.squeeze(limit, axis=rows.axes)


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
