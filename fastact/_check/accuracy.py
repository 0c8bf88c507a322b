"""Errors of the public functions on a sample, against their formulas in NumPy (`fastact._reference`) in long double.

The formulas share no code with the kernels. In x87's long double they are within 0.01 ULP of float64
(tests/test_check.py holds them against mpmath), in a wider one closer. Where long double is no wider than float64 only
float32 is judged.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import fastact
from fastact._check import bits, digests
from fastact._check.bounds import BOUNDS, bound
from fastact._reference import table

WIDE = np.longdouble
TYPES: list[np.dtype] = [np.dtype(np.float32)]
if np.finfo(WIDE).nmant > 60:
    TYPES.append(np.dtype(np.float64))
# of the million inputs of a digest one in so many; wider long doubles than x87's are computed in software
STEP = 61 if np.finfo(WIDE).nmant <= 63 else 1009
SHAPES = [(37, 2), (37, 33), (37, 100), (5, 1000), (2, 9001)]


class Judged(NamedTuple):
    """The largest error of an operation, in ULP or eps, the promised bound, and how many results were compared."""

    name: str
    dtype: str
    error: float
    bound: float
    compared: int

    @property
    def passes(self) -> bool:
        return self.error <= self.bound


@np.errstate(all="ignore")  # a signalling NaN raises a flag
def wide(a: np.ndarray) -> np.ndarray:
    return a.astype(WIDE)


@np.errstate(all="ignore")
def ulps(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """|got - want| in units of the last place of got's type; infinity where one is NaN alone."""
    limits, one = np.finfo(got.dtype), want.dtype.type(1)
    exponent = np.where(want == 0, limits.minexp, np.frexp(want)[1] - 1)
    unit = np.ldexp(one, np.maximum(exponent, limits.minexp) - limits.nmant)
    beyond = np.ldexp(one, limits.maxexp)
    real = got.astype(want.dtype)
    # an infinity is right from where numbers round to it, and stands for the next power of two below that
    rounds = np.isinf(real) & (np.abs(want) >= beyond - np.ldexp(one, limits.maxexp - limits.nmant - 2))
    error = np.abs(np.where(np.isinf(real), np.copysign(beyond, real), real) - want) / unit
    error = np.where((rounds & (np.sign(real) == np.sign(want))) | (np.isnan(real) & np.isnan(want)), 0, error)
    return np.where(np.isnan(error), np.inf, error)


@np.errstate(all="ignore")
def relative(got: Any, want: Any, size: Any = None) -> float:
    """The largest |got - want| in eps of `size`, by default of want; half a subnormal number is no error."""
    got, want = np.asarray(got), np.asarray(want)
    limits = np.finfo(got.dtype)
    size = np.abs(want if size is None else size)
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    distance = np.maximum(np.abs(got - want) - WIDE(limits.smallest_subnormal) / 2, 0)
    error = np.where(same | (distance == 0), 0, distance / (size * WIDE(limits.eps)))
    return float(np.where(np.isnan(error), np.inf, error).max())


def several(y: Any) -> tuple[np.ndarray, ...]:
    return y if isinstance(y, tuple) else (y,)


@np.errstate(all="ignore")
def by_roots(error: np.ndarray, name: str, inputs: list[np.ndarray], output: int, got: np.ndarray) -> np.ndarray:
    """The errors of a gradient, absolute within 1 % of a zero of the derivative: half an eps of dy as 2 ULP."""
    far = np.flatnonzero(error > 1)
    formula, (dy, x, *others) = table.UFUNCS[name], [a[far] for a in inputs]
    low, here, high = (several(formula(dy, at, *others))[output] for at in (x * 0.99, x, x * 1.01))
    factor = others[0] if output or name.split("_")[0] in ("swiglu", "geglu", "reglu") else 1
    absolute = np.abs((got[far] - here) / dy / factor) * 4 / np.finfo(got.dtype).eps
    error[far] = np.where(low * high < 0, np.minimum(error[far], absolute), error[far])
    return error


def elementwise(name: str, dtype: np.dtype) -> Iterator[Judged]:
    """An operation with parameters and dy of 1, and with others."""
    formula = table.UFUNCS[name]
    every = digests.arguments(name, formula.nin, dtype)
    turn = np.arange(every[0].size) // 3 % digests.TURNS
    for number, kind in enumerate(("usual", "any parameters")):
        chosen = np.flatnonzero(turn == number)[::STEP]
        given = [a[chosen] for a in every]
        inputs = [wide(a) for a in given]
        found, wanted = bits.call(name, given), several(formula(*inputs))
        for output, (got, want) in enumerate(zip(found, wanted, strict=True)):
            error = ulps(got, want)
            if name == "logaddexp":  # where an operand cancels the logarithm of the sum
                error = np.fmin(error, np.abs(got - want) * 4 / np.finfo(dtype).eps)
            if name.endswith("_grad"):
                error = by_roots(error, name, inputs, output, got)
            yield Judged(name, dtype.name, float(error.max()), bound(name, kind), got.size)


def rows(name: str, dtype: np.dtype) -> Iterator[Judged]:
    """A row function; logsumexp in eps of the larger of the result and what it adds to the largest element."""
    public, formula = getattr(fastact, name), getattr(table, name)
    for count, n in SHAPES:
        x = digests.rows(dtype, count, n)
        got, want = public(x), formula(wide(x))
        with np.errstate(invalid="ignore"):  # infinite rows
            added = np.abs(want - x.max(axis=-1)) if name == "logsumexp" else 0
        yield Judged(name, dtype.name, relative(got, want, np.fmax(np.abs(want), added)), BOUNDS["ROW"], got.size)


def losses(name: str, dtype: np.dtype) -> Iterator[Judged]:
    """A loss and its gradient, without reduction, of finite rows."""
    public, formula = getattr(fastact, name), getattr(table, name)
    for count, n in SHAPES:
        x = digests.rows(dtype, count, n)
        x = np.where(np.isfinite(x), x, 0)
        classes = np.arange(count) * 7 % n
        labels = classes if name == "cross_entropy" else (np.arange(count * n) % 3 == 0).reshape(count, n)
        options = {"reduction": "none", "return_grad": True}
        for got, want in zip(public(x, labels, **options), formula(wide(x), labels, **options), strict=True):
            yield Judged(name, dtype.name, relative(got, want), BOUNDS["LOSS"], got.size)


Judging = Callable[[str, np.dtype], Iterator[Judged]]


def tasks() -> Iterator[tuple[str, np.dtype, Judging]]:
    """(name, type, function of both that gives what is Judged), of all."""
    families: list[tuple[Any, Judging]] = [
        (sorted(table.UFUNCS), elementwise),
        (bits.ROWS, rows),
        (("cross_entropy", "binary_cross_entropy_with_logits"), losses),
    ]
    for names, judge in families:
        for name in names:
            for dtype in TYPES:
                yield name, dtype, judge
