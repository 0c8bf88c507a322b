"""Definitions of the focal losses in mpmath, one element or row at a time, and the sizes of what is added up."""

from oracles_losses import mpmath


def sigmoid_focal(x, target, alpha, gamma):
    """(loss, derivative, second derivative) and the sizes of the terms of the last two."""
    p, q = 1 / (1 + mpmath.exp(-x)), 1 / (1 + mpmath.exp(x))
    share = 1 if alpha < 0 else alpha * target + (1 - alpha) * (1 - target)
    u, v, c = target * q + (1 - target) * p, p * q, 1 - 2 * target
    entropy = target * mpmath.log1p(mpmath.exp(-x)) + (1 - target) * mpmath.log1p(mpmath.exp(x))
    factor = share * u**gamma
    slopes = [(1 - target) * p, -target * q, gamma * c * v * entropy / u]
    terms = [
        gamma * (gamma - 1) * (c * v / u) ** 2 * entropy,
        gamma * c * v * (q - p) / u * entropy,
        2 * gamma * c * v / u * (slopes[0] + slopes[1]),
        v,
    ]
    results = factor * entropy, factor * mpmath.fsum(slopes), factor * mpmath.fsum(terms)
    return results, [factor * mpmath.fsum(abs(a) for a in parts) for parts in (slopes, terms)]


def softmax_focal(row, label, gamma):
    """(loss, gradient, diagonal of the Hessian) and the sizes of the terms of that."""
    top = max(row)
    e = [mpmath.exp(v - top) for v in row]
    total = mpmath.fsum(e)
    p = [v / total for v in e]
    rest = [mpmath.fsum(e[:i] + e[i + 1 :]) / total for i in range(len(e))]
    q, u = p[label], rest[label]
    entropy = -mpmath.log1p(-u) if q > 0.5 else -mpmath.log(q)
    factor = u**gamma
    slope = factor * (1 + gamma * q * entropy / u) if u else mpmath.mpf(0)
    terms = [2 * q / u, (gamma - 1) * q * q * entropy / u**2, -q * entropy / u] if u else [mpmath.mpf(0)]
    bend, size = gamma * factor * mpmath.fsum(terms), gamma * factor * mpmath.fsum(abs(a) for a in terms)
    away = [rest[i] if i == label else p[i] for i in range(len(e))]
    gradient = [slope * (-a if i == label else a) for i, a in enumerate(away)]
    hessian = [slope * s * r + bend * a * a for s, r, a in zip(p, rest, away, strict=True)]
    sizes = [slope * s * r + size * a * a for s, r, a in zip(p, rest, away, strict=True)]
    return factor * entropy, gradient, hessian, sizes
