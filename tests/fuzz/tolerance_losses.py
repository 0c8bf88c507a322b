"""How far losses and their gradients may be from their references."""

import numpy as np

from fastact._check.bounds import BOUNDS

from . import focal_losses, tolerance_rows
from .bound import largest, smallest

EPS = 2.0**-52  # sums and the reference are in float64


def judged(bound):
    """Of each result the true value, None where that is left to the reference, and the distance that is allowed."""
    if bound.dtype.char == "g":
        return [(None, np.longdouble(0))] * 3  # it is the reference
    judge = {
        "cross_entropy": classes,
        "softmax_focal_loss": focal_losses.classes,
        "sigmoid_focal_loss": focal_losses.binary,
        "binary_cross_entropy_with_logits": binary,
    }[bound.name]
    loss, gradient, hessian = judge(bound)
    return [loss, gradient, hessian] if bound["return_grad"] else [loss, hessian]


def of_samples(bound, dims):
    """`sample_weight`, whose axes are the first."""
    given = 1.0 if bound["sample_weight"] is None else bound["sample_weight"]
    weight = np.asarray(given).astype(np.longdouble)
    return weight.reshape(weight.shape + (1,) * (dims - weight.ndim))


def reduced(bound, limit, size, gradient, slope, hessian, counts):
    """The distances that are allowed for the loss, the gradient and the Hessian: as they are, added up, or divided by
    what counts."""
    least = 2 * smallest(bound.dtype)
    n = max(limit.size, 1)
    # the loss of one element overflows the type that computes: nothing says what becomes of a mean that would fit
    most = largest(bound.computed)
    gradient = np.where(slope > most, np.nan, gradient)
    if bound["reduction"] == "none":
        return [np.where(size > most, np.nan, limit) + least, gradient + least, hessian + least]
    # a loss may be subnormal once it is weighted
    total = limit.sum() + (EPS * n + bound.eps) * size.sum() + n * smallest(np.dtype("d"))
    if bound["reduction"] == "mean":
        # the sum and the quotient are rounded, and so is what counts
        factor = np.abs(1 / counts)
        # the mean of nothing is NaN on both sides, or 0; infinity times what underflows is 0 or infinite
        if not factor <= largest(np.dtype("d")):
            total = total if counts == 0 else np.nan  # which one side may take for nothing
            factor, gradient, hessian = 0, np.where(slope < least, np.nan, gradient), np.nan
        total = (total + 4 * EPS * size.sum()) * factor
        # what is divided may be subnormal
        gradient, hessian = ((a + least) * factor * (1 + EPS * n) for a in (gradient, hessian))
    overflows = (size > most).any() or size.sum() > largest(np.dtype("d"))
    return [(np.nan if overflows else total) + least, gradient + least, hessian + least]


def values_reduced(bound, loss, gradient, hessian, counts):
    """The values themselves."""
    if bound["reduction"] == "none":
        return loss, gradient, hessian
    factor = np.longdouble(1) if bound["reduction"] == "sum" else 1 / counts
    if not np.abs(factor) <= largest(np.dtype("d")):  # the mean of nothing
        return (None,) * 3
    return loss.sum() * factor, gradient * factor, hessian * factor


class Classes:
    """The rows of a loss over classes in longdouble, the classes last; an extra logit is the last of them."""

    def __init__(self, bound):
        self.axis = bound["axis"]
        x = np.moveaxis(bound.wide(bound["logits"]), self.axis, -1)
        self.has_extra = bound.all.get("extra_logit") is not None
        if self.has_extra:
            axis = bound["axis"] % x.ndim
            extra = tolerance_rows.extra_of(bound, np.shape(bound["logits"]), (axis,))
            x = np.concatenate([x, np.moveaxis(extra, axis, -1)], -1)
        self.n = n = x.shape[-1]
        labels, smoothing = np.asarray(bound["labels"]), np.longdouble(bound.all.get("label_smoothing", 0))
        w = np.ones(n, np.longdouble) if bound["weight"] is None else np.asarray(bound["weight"]).astype(np.longdouble)
        if labels.dtype.kind in "iu":
            ignored = labels == bound["ignore_index"]
            self.place = place = np.where(ignored, 0, labels).astype(np.intp)
            q = np.broadcast_to(smoothing / n * w, x.shape).copy()
            own = np.take_along_axis(q, place[..., None], -1) + (1 - smoothing) * w[place][..., None]
            np.put_along_axis(q, place[..., None], own, -1)
            q[ignored] = 0
            counts = np.where(ignored, 0, w[place])
        else:
            q = (np.moveaxis(bound.in_computed(labels), self.axis, -1) * (1 - smoothing) + smoothing / n) * w
            counts = np.ones(x.shape[:-1], np.longdouble)
        samples = np.broadcast_to(of_samples(bound, x.ndim - 1), x.shape[:-1])
        # what the classes of each row count for, and what counts in a mean
        self.q, self.row_counts = times(samples[..., None], q), times(samples, counts)
        self.counts = self.row_counts.sum()
        self.largest = x.max(axis=-1, keepdims=True)
        self.below = self.largest - x
        e = np.exp(-self.below)
        self.total = e.sum(axis=-1, keepdims=True)
        self.p = e / self.total
        self.finite = np.where(np.isfinite(self.below), self.below, 0)
        # a difference of two logits overflows, or times the classes' weights, which a small share of it would not
        most = largest(bound.computed) / np.maximum(np.abs(w).sum(), 1)
        self.overflow = (self.finite > most).any(axis=-1)
        self.distance = 2 * (self.finite * e).sum(axis=-1, keepdims=True)
        self.others = without_the_largest(e, self.below)
        # the sums of the other probabilities
        self.rest = np.where(self.below == 0, self.others / self.total, 1 - self.p)

    def whole_row(self, values, row_values):
        """The values, NaN in rows that have no probabilities, and 0 where nothing counts, whatever a row holds."""
        is_none = ~np.isfinite(self.largest)
        is_nothing = (self.q == 0).all(axis=-1, keepdims=True)
        found = [np.where(is_nothing, 0, np.where(is_none, np.nan, a)) for a in (*values, row_values[..., None])]
        return *(self.back(a) for a in found[:-1]), found[-1][..., 0]

    def back(self, a):
        """An array of all classes as the logits lie, without the extra one."""
        return np.moveaxis(a[..., : self.n - self.has_extra], -1, self.axis)


def classes(bound):
    """4 ULP of the larger part. What lies d below the maximum is off by d / 2 eps where d was rounded."""
    rows = Classes(bound)
    q, below, p, rest, others, finite = np.abs(rows.q), rows.below, rows.p, rows.rest, rows.others, rows.finite
    distance, total = rows.distance, rows.total
    whole = q.sum(axis=-1, keepdims=True)
    # infinite terms make infinite losses on both sides, which are equal and are not judged here
    parts = (np.where(np.isfinite(below), q * below, 0)).sum(axis=-1) + (whole * np.log1p(others))[..., 0]
    parts = np.where(rows.overflow, np.inf, parts)
    reference = EPS * (rows.n + 8)
    limit = (6 * parts + (whole * distance / total)[..., 0]) * (bound.eps + reference)
    size = of_the_others(q) * p + q * rest
    far = 6 + distance / np.where((below == 0) & (others > 0), np.minimum(others, 1), 1)
    gradient = size * (far + finite) * (bound.eps + reference)
    hessian = whole * p * rest * 2 * (far + finite) * (bound.eps + reference)
    # a probability may be subnormal, and its rounding counts as often as the factors say
    gradient, hessian = (a + smallest(bound.dtype) * whole for a in (gradient, hessian))
    gradient, size, hessian = (rows.back(np.nan_to_num(a, nan=0, posinf=np.inf)) for a in (gradient, size, hessian))
    limit, parts = np.nan_to_num(limit, nan=0, posinf=np.inf), np.nan_to_num(parts, posinf=np.inf)
    limits = reduced(bound, limit, parts, gradient, size, hessian, rows.counts)
    return list(zip(values_of_classes(bound, rows), limits, strict=True))


def values_of_classes(bound, rows):
    q, whole = rows.q, rows.q.sum(axis=-1, keepdims=True)
    loss = times(q, rows.below).sum(axis=-1) + (whole * np.log1p(rows.others))[..., 0]
    gradient = rows.p * of_the_others(q) - q * rows.rest
    return values_reduced(bound, *rotated(rows.whole_row((gradient, whole * rows.p * rows.rest), loss)), rows.counts)


def of_the_others(q):
    """Sums of rows but for each element, without a difference, in which small ones would be lost."""
    before, behind = np.zeros_like(q), np.zeros_like(q)
    before[..., 1:] = np.cumsum(q, axis=-1)[..., :-1]
    behind[..., :-1] = np.cumsum(q[..., ::-1], axis=-1)[..., -2::-1]
    return before + behind


def rotated(found):
    """The loss first."""
    return found[-1], *found[:-1]


def without_the_largest(e, below):
    """The sums of rows of exp(-below) but for one element that is not below."""
    return np.where(below == 0, 0, e).sum(axis=-1, keepdims=True) + ((below == 0).sum(axis=-1, keepdims=True) - 1)


def binary(bound):
    """4 ULP of the larger part, each of which is a product of factors and a softplus or a sigmoid."""
    given = [1.0 if bound[name] is None else bound[name] for name in ("logits", "targets", "weight", "pos_weight")]
    x = bound.wide(given[0])
    z, w, v = (np.asarray(a).astype(np.longdouble) for a in given[1:])
    samples = of_samples(bound, x.ndim)
    w = times(samples, w)
    e = np.exp(-np.abs(x))
    whole = np.broadcast_shapes(x.shape, z.shape, w.shape, v.shape)
    bits = BOUNDS["LOSS"] * bound.eps + 16 * EPS
    positive, negative = np.abs(w * v * z), np.abs(w * (1 - z))
    loss = times(positive, np.maximum(-x, 0) + np.log1p(e)) + times(negative, np.maximum(x, 0) + np.log1p(e))
    slope = positive * np.where(x < 0, 1, e) / (1 + e) + negative * np.where(x < 0, e, 1) / (1 + e)
    # without its weight an element's loss may overflow: nothing says what becomes of it
    over = np.where(w == 0, 0, np.abs(v * z) + np.abs(1 - z)) * (np.abs(x) + 1) > largest(bound.computed)
    loss, slope = (np.nan_to_num(np.broadcast_to(a, whole), nan=0, posinf=0) for a in (loss, slope))
    loss = np.where(over & np.isfinite(x), np.inf, loss)
    first = len(whole) - x.ndim
    axes = tuple(a for a in range(len(whole)) if a < first or (x.shape[a - first] == 1 and whole[a] != 1))
    slope = slope.sum(axis=axes, keepdims=True).reshape(x.shape)
    gradient = slope * (bits + EPS * loss.size / max(x.size, 1))
    # exp(-abs(x)) may be subnormal: its rounding counts as often as the factors say
    rounded = smallest(bound.dtype) * np.broadcast_to(positive + negative, whole)
    # pos_weight times the target may be subnormal, and its rounding counts as often as weight and logit say
    product = np.abs(w) * (np.where(np.isfinite(x), np.abs(x), 0) + 1)
    loss_limit = loss * bits + rounded + smallest(bound.dtype) * np.broadcast_to(np.nan_to_num(product, nan=0), whole)
    gradient = gradient + rounded.sum(axis=axes, keepdims=True).reshape(x.shape)
    hessian = np.abs(w) * (np.abs(v * z) + np.abs(1 - z)) * np.nan_to_num(e / (1 + e) ** 2, nan=0) * 4 * bits
    hessian = np.broadcast_to(np.nan_to_num(hessian, nan=np.nan, posinf=np.inf) + rounded, whole)
    counts = np.broadcast_to(samples, x.shape).sum()
    limits = reduced(bound, loss_limit, loss, gradient, slope, hessian, counts)
    return [(None, limit) for limit in limits]


def times(factor, value):
    """0 where the factor is."""
    return np.where(factor == 0, 0, factor * value)
