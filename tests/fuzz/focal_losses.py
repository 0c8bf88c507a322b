"""What focal losses should give, and how near, in longdouble; the documentation says the bounds."""

import numpy as np

from fastact._check.bounds import BOUNDS

from . import tolerance_losses
from .bound import smallest

EPS = 2.0**-52  # sums and the reference are in float64
FAR = 800  # beyond that distance exp is 0 in float64


def classes(bound):
    """(value, distance that is allowed) of loss, gradient and Hessian."""
    rows = tolerance_losses.Classes(bound)
    gamma = bound.in_computed(bound["gamma"])
    count = rows.row_counts[..., None]
    is_label = np.arange(rows.n) == rows.place[..., None]
    label = {"axis": -1, "keepdims": True}
    q, u, below = (np.where(is_label, a, 0).sum(**label) for a in (rows.p, rows.rest, rows.below))
    entropy = below + np.log1p(rows.others)
    ratio = np.where(u > 0, tolerance_losses.times(q, entropy) / u, np.where(q > 0, 1, 0))  # q L / u, 1 where u is 0
    factor = u**gamma
    loss, slope = tolerance_losses.times(factor, entropy), factor * (1 + gamma * ratio)
    terms = [2 * q / u, (gamma - 1) * ratio * q / u, -ratio]
    bend = [np.where(u > 0, gamma * factor * term, 0) for term in terms]
    away = np.where(is_label, rows.rest, rows.p)
    gradient = slope * np.where(is_label, -rows.rest, rows.p)
    flat = slope * rows.p * rows.rest
    hessian, size = flat + sum(bend) * away**2, flat + sum(map(abs, bend)) * away**2
    values = rows.whole_row((count * gradient, count * hessian), (count * loss)[..., 0])
    # the reference rounds the distance from the largest before exp; all is float64, or float32 rounded from it
    span = np.minimum(rows.finite.max(axis=-1, keepdims=True), FAR)
    reference = EPS * ((1 + gamma) * (4 + span) + rows.n + 8)
    weight = np.abs(count)
    # a probability may be subnormal, and counts as often as the cross entropy says
    least = smallest(bound.dtype) * weight * (2 + 2 * gamma * (1 + span))
    bounds = [2 * (1 + gamma), 2 * (1 + gamma) + 4, 10 + 2 * gamma]
    limits = [
        weight * np.nan_to_num(np.abs(a), nan=0, posinf=np.inf) * (times * bound.eps + 2 * reference) + least
        for a, times in zip((loss, gradient, size), bounds, strict=True)
    ]
    limit, gradient_limit, hessian_limit = limits[0][..., 0], rows.back(limits[1]), rows.back(limits[2])
    parts = np.nan_to_num((weight * loss)[..., 0], nan=0, posinf=0)
    parts = np.where(rows.overflow, np.inf, parts)
    slopes = rows.back(np.nan_to_num(weight * np.abs(gradient), nan=0))
    limits = tolerance_losses.reduced(bound, limit, parts, gradient_limit, slopes, hessian_limit, rows.counts)
    values = tolerance_losses.values_reduced(bound, *tolerance_losses.rotated(values), rows.counts)
    return list(zip(values, limits, strict=True))


def binary(bound):
    """The same, element by element."""
    x = bound.wide(bound["logits"])
    t, alpha, gamma = (bound.in_computed(bound[name]) for name in ("targets", "alpha", "gamma"))
    t = np.broadcast_to(t, x.shape)
    samples = np.broadcast_to(tolerance_losses.of_samples(bound, x.ndim), x.shape)
    share = np.longdouble(1) if alpha < 0 else alpha * t + (1 - alpha) * (1 - t)
    # rounded too, but for what a mean is divided by; what counts 0 counts for nothing, NaN or not
    weight = np.where(share == 0, 0, bound.in_computed(samples))
    e = np.exp(-np.abs(x))
    p, q = np.where(x < 0, e, 1) / (1 + e), np.where(x < 0, 1, e) / (1 + e)
    down, up = np.maximum(-x, 0) + np.log1p(e), np.maximum(x, 0) + np.log1p(e)
    times = tolerance_losses.times
    u, c, v = t * q + (1 - t) * p, 1 - 2 * t, p * q
    entropy = times(t, down) + times(1 - t, up)
    factor, curve = share * u**gamma, c * np.where(u > 0, v / u, 1)
    slopes = [(1 - t) * p, -t * q, gamma * times(curve, entropy)]
    terms = [
        gamma * (gamma - 1) * times(curve**2, entropy),
        gamma * curve * (q - p) * entropy,
        2 * gamma * curve * (slopes[0] + slopes[1]),
        v,
    ]
    values = [times(factor, entropy), factor * sum(slopes), factor * sum(terms)]
    sizes = [np.abs(values[0]), *(factor * sum(map(np.abs, parts)) for parts in (slopes, terms))]
    inside = (t >= 0) & (t <= 1)  # others give NaN, and so does NaN
    values = [np.where(weight == 0, 0, np.where(inside & ~np.isnan(x), a, np.nan)) * weight for a in values]
    # the reference, of any gamma, takes its power of a rounded number; a factor may be subnormal
    eps = (BOUNDS["FOCAL_ANY"] + 2 * np.maximum(gamma - 8, 0)) * bound.eps + EPS * (12 + 4 * gamma)
    least = smallest(bound.dtype) * (2 + (1 + gamma) ** 2 * (1 + np.where(np.isfinite(entropy), entropy, 0)))
    is_infinite = np.isinf(x)
    # the product of the weights may be subnormal too
    sizes_of_ones = [np.nan_to_num(a / np.where(share == 0, 1, share), nan=0, posinf=np.inf) for a in sizes]
    lost = smallest(bound.computed) if bound.dtype.char == "d" else np.longdouble(0)
    limits = [
        np.abs(weight) * (np.nan_to_num(a, nan=0, posinf=np.inf) * eps + least) + lost * one
        for a, one in zip(sizes, sizes_of_ones, strict=True)
    ]
    # what derivatives are at infinity, nothing says
    limits[1:] = [np.where(is_infinite & inside, np.nan, a) for a in limits[1:]]
    values[1:] = [np.where(is_infinite & inside, 0, a) for a in values[1:]]
    loss_size, slope = (np.nan_to_num(np.abs(weight) * a, nan=0, posinf=0) for a in sizes[:2])
    counts = samples.sum()
    limits = tolerance_losses.reduced(bound, limits[0], loss_size, limits[1], slope, limits[2], counts)
    return list(zip(tolerance_losses.values_reduced(bound, *values, counts), limits, strict=True))
