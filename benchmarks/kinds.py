"""The kinds of data, by name: what a call may meet, and what its time must not depend on.

The usual kind is what the grid is timed on. Limits of a type (the largest number, the smallest normal and the smallest
subnormal one) are the type's own, so that each kind means the same in float32 and in float64.
"""

import zlib

import numpy as np

USUAL = "std 3"


def _spread(std):
    return lambda normal, uniform, limits: std * normal


def _half(value):
    """Every second element at random, the others usual."""
    return lambda normal, uniform, limits: np.where(uniform < 0.5, value, 3 * normal)


def _infinities(normal, uniform, limits):
    return np.where(uniform < 0.5, np.copysign(np.inf, normal), 3 * normal)


def _times(limit, factor):
    """Of both signs, from half of a limit of the type times a factor up to all of it."""
    return lambda normal, uniform, limits: np.copysign((0.5 + uniform / 2) * float(getattr(limits, limit)), normal) * factor


def _tail(normal, uniform, limits):
    """Where exp(x) leaves the normal numbers: float32 [-103.3, -73.3], float64 [-744.4, -694.4]."""
    low, high = np.log(float(limits.smallest_subnormal)), np.log(float(limits.tiny))
    return low + uniform * (high + 14 - low)


# standard normal numbers, uniform ones of [0, 1) and the type's limits -> float64
KINDS = {
    USUAL: _spread(3),
    **{f"std {std}": _spread(std) for std in (1, 10, 20, 50, 200, 1000)},
    "half zeros": _half(0.0),
    "half -1e9": _half(-1e9),  # what models mask with
    "half -inf": _half(-np.inf),
    "half inf": _infinities,
    "half NaN": _half(np.nan),
    "huge": _times("max", 1.0),
    "tiny": _times("tiny", 1e8),  # float32: 1e-30
    "tail": _tail,
    "subnormal": _times("tiny", 0.9),
}
# arrays that lie in a tail altogether: other bounds hold there than for mixed data
WHOLE = {"tail", "subnormal"}


def numbers(kind, seed, shape, dtype):
    """An array of the kind; the same for the same arguments."""
    random = np.random.default_rng([seed, zlib.crc32(kind.encode())])
    limits = np.finfo(dtype)
    made = KINDS[kind](random.standard_normal(shape), random.random(shape), limits)
    with np.errstate(over="ignore"):
        return made.astype(dtype)


def probabilities(x):
    """What logit is given in place of x: numbers of (0, 1), tiny ones where x is tiny."""
    small = np.abs(x)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(small < 1e-20, small, 1 / (1 + np.exp(-x))).astype(x.dtype)
