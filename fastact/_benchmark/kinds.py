"""The kinds of data, by name: what a call may meet, and what its time must not depend on.

The usual kind is what the grid is timed on. Limits of a type (the largest number, the smallest normal and the smallest
subnormal one) are the type's own, so that each kind means the same in float32 and in float64.
"""

import zlib
from collections.abc import Callable
from typing import NamedTuple

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

    def make(normal, uniform, limits):
        return np.copysign((0.5 + uniform / 2) * float(getattr(limits, limit)) * factor, normal)

    return make


def _tail(normal, uniform, limits):
    """Where exp(x) leaves the normal numbers: float32 [-103.3, -73.3], float64 [-744.4, -694.4]."""
    low, high = np.log(float(limits.smallest_subnormal)), np.log(float(limits.tiny))
    return low + uniform * (high + 14 - low)


class Kind(NamedTuple):
    """What it says to readers, and a function that makes it, in float64, of standard normal numbers, uniform ones of
    [0, 1) and the type's limits."""

    text: str
    make: Callable


KINDS = {
    USUAL: Kind("normal numbers of standard deviation 3, the usual data", _spread(3)),
    **{f"std {std}": Kind(f"of standard deviation {std}", _spread(std)) for std in (1, 10, 20, 50, 200, 1000)},
    "half zeros": Kind("every second element at random 0, the others usual, here and in the next four", _half(0.0)),
    "half -1e9": Kind("-1e9, with which models mask", _half(-1e9)),
    "half -inf": Kind("-infinity", _half(-np.inf)),
    "half inf": Kind("infinities of both signs", _infinities),
    "half NaN": Kind("NaN", _half(np.nan)),
    "huge": Kind("from half of the type's largest number to all of it, both signs", _times("max", 1.0)),
    "tiny": Kind("1e8 times the smallest normal number: 1e-30 in float32", _times("tiny", 1e8)),
    "tail": Kind("where exp(x) leaves the normal numbers: float32 -103 to -73, float64 -744 to -694", _tail),
    "subnormal": Kind("all elements subnormal", _times("tiny", 0.9)),
}
# arrays that lie in a tail altogether: other bounds hold there than for mixed data
WHOLE = {"tail", "subnormal"}


def numbers(kind, seed, shape, dtype):
    """An array of the kind; the same for the same arguments."""
    random = np.random.default_rng([seed, zlib.crc32(kind.encode())])
    limits = np.finfo(dtype)
    made = KINDS[kind].make(random.standard_normal(shape), random.random(shape), limits)
    with np.errstate(over="ignore"):
        return made.astype(dtype)


def probabilities(x):
    """What logit is given in place of x: numbers of (0, 1), tiny ones where x is tiny."""
    small = np.abs(x)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(small < 1e-20, small, 1 / (1 + np.exp(-x))).astype(x.dtype)
