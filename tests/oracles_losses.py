"""Definitions of the losses and of the gradients of row functions, in mpmath, one row or element at a time."""

try:
    import mpmath

    mpmath.mp.prec = 160  # softmax_grad's bound is as small as 2**-90 of what is added up
except ImportError:  # the tests that need it are skipped
    mpmath = None


def softmax_grad(dy, y):
    """y (dy - sum(dy y)), and the sizes of what is subtracted."""
    total = mpmath.fsum(d * v for d, v in zip(dy, y, strict=True))
    size = mpmath.fsum(abs(d * v) for d, v in zip(dy, y, strict=True))
    return [v * (d - total) for d, v in zip(dy, y, strict=True)], [
        abs(v) * (abs(d) + size) for d, v in zip(dy, y, strict=True)
    ]


def log_softmax_grad(dy, y):
    """dy - exp(y) sum(dy), and the sizes of what is subtracted."""
    total, size = mpmath.fsum(dy), mpmath.fsum(abs(d) for d in dy)
    return [d - mpmath.exp(v) * total for d, v in zip(dy, y, strict=True)], [
        abs(d) + mpmath.exp(v) * size for d, v in zip(dy, y, strict=True)
    ]


def shares(classes, label, weight, smoothing):
    """How much every class of a row counts; the label is a class or the classes' probabilities."""
    target = label if isinstance(label, list) else [mpmath.mpf(c == label) for c in range(classes)]
    smoothing = mpmath.mpf(smoothing)
    return [w * (t * (1 - smoothing) + smoothing / classes) for w, t in zip(weight, target, strict=True)]


def cross_entropy(row, q):
    """-sum(q log softmax), its derivatives, and the sizes of the parts of these."""
    top = max(row)
    e = [mpmath.exp(v - top) for v in row]
    total, whole = mpmath.fsum(e), mpmath.fsum(q)
    lse = top + mpmath.log(total)
    loss = mpmath.fsum(share * (lse - v) for share, v in zip(q, row, strict=True) if share)
    p = [v / total for v in e]
    gradient = [whole * v - share for v, share in zip(p, q, strict=True)]
    rest = [mpmath.fsum(p[:i] + p[i + 1 :]) for i in range(len(p))]
    size = [
        v * mpmath.fsum(q[:i] + q[i + 1 :]) + share * other
        for i, (v, share, other) in enumerate(zip(p, q, rest, strict=True))
    ]
    return loss, gradient, size


def binary_cross_entropy(x, target, weight=1, pos_weight=1):
    """The loss of one element, its derivative, and the size of the parts of that."""
    positive, negative = pos_weight * target * weight, (1 - target) * weight
    down, up = mpmath.log1p(mpmath.exp(-x)), mpmath.log1p(mpmath.exp(x))
    p, q = 1 / (1 + mpmath.exp(-x)), 1 / (1 + mpmath.exp(x))
    return positive * down + negative * up, negative * p - positive * q, abs(negative * p) + abs(positive * q)


def cross_entropy_hessian(row, q):
    """The diagonal of the second derivatives of -sum(q log softmax)."""
    top = max(row)
    e = [mpmath.exp(v - top) for v in row]
    total, whole = mpmath.fsum(e), mpmath.fsum(q)
    return [whole * v * mpmath.fsum(e[:i] + e[i + 1 :]) / total**2 for i, v in enumerate(e)]


def binary_cross_entropy_hessian(x, target, weight=1, pos_weight=1):
    """The second derivative of the loss of one element."""
    return weight * (pos_weight * target + 1 - target) / ((1 + mpmath.exp(-x)) * (1 + mpmath.exp(x)))
