"""What the functions should give, written apart from them: from the definitions, in mpmath and in float64.

ORACLES[name, keywords] holds two things for an elementwise function: `exact`, an mpmath number from an mpmath number,
and `double`, a float64 array from a float64 array, whose relative error is far below float32's rounding. For a row
function `exact` takes one row as a list of mpmath numbers, and `double` takes rows along the last axis.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

try:
    import mpmath
except ImportError:  # the tests that need it are skipped
    mpmath = None
else:
    mpmath.mp.prec = 160


@dataclass(frozen=True)
class Oracle:
    exact: Callable
    double: Callable
    # |x| beyond which a float64 result is 0 or has reached its other limit
    reach: float = math.inf


# ---- elementwise ----

_erfc = np.frompyfunc(math.erfc, 1, 1)


def _phi(x):
    return _erfc(-x / math.sqrt(2)).astype(np.float64) / 2


def _logistic(x):
    return np.where(x < 0, np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))), 1 / (1 + np.exp(-np.abs(x))))


def _tanh_argument(x):
    return 2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)


def _exact_logistic(x):
    return 1 / (1 + mpmath.exp(-x))


def _exact_tanh_argument(x):
    return 2 * mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)


# ---- rows ----


def _lse(x):
    m = np.max(x, axis=-1, keepdims=True)
    return m + np.log(np.sum(np.exp(x - m), axis=-1, keepdims=True))


def _log_softmax(x):
    m = np.max(x, axis=-1, keepdims=True)
    e = np.exp(x - m)
    others = np.sort(e, axis=-1)[..., :-1]
    return (x - m) - np.log1p(others.sum(axis=-1, keepdims=True))


def _exact_softmax(row):
    e = [mpmath.exp(v - max(row)) for v in row]
    return [v / mpmath.fsum(e) for v in e]


def _exact_log_softmax(row):
    m, others = max(row), sorted(row)[:-1]
    total = mpmath.log1p(mpmath.fsum(mpmath.exp(v - m) for v in others))
    return [(v - m) - total for v in row]


def _exact_logsumexp(row):
    return max(row) + mpmath.log(mpmath.fsum(mpmath.exp(v - max(row)) for v in row))


ORACLES = {
    ("sigmoid", ()): Oracle(_exact_logistic, _logistic, reach=745),
    ("tanh", ()): Oracle(lambda x: mpmath.tanh(x), np.tanh, reach=20),
    ("silu", ()): Oracle(lambda x: x * _exact_logistic(x), lambda x: x * _logistic(x), reach=752),
    ("gelu", (("approximate", "none"),)): Oracle(
        lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2, lambda x: x * _phi(x), reach=38.7
    ),
    ("gelu", (("approximate", "tanh"),)): Oracle(
        lambda x: x * _exact_logistic(_exact_tanh_argument(x)),
        lambda x: x * _logistic(_tanh_argument(x)),
        reach=21.6,
    ),
    ("softmax", ()): Oracle(_exact_softmax, lambda x: np.exp(x - _lse(x))),
    ("log_softmax", ()): Oracle(_exact_log_softmax, _log_softmax),
    ("logsumexp", ()): Oracle(_exact_logsumexp, lambda x: _lse(x)[..., 0]),
}


# ---- distances ----


def ulp_error(got, want):
    """|got - want| in units of the last place of got's type; `want` is float64, far more accurate than that type."""
    got = np.asarray(got)
    limits = np.finfo(got.dtype)
    finite = np.isfinite(want) & (np.abs(want) <= float(limits.max))
    assert np.array_equal(got[~finite], want.astype(got.dtype)[~finite], equal_nan=True)
    size = np.abs(np.where(finite, want, 0))
    unit = np.ldexp(float(limits.eps), np.maximum(np.frexp(size)[1] - 1, limits.minexp))
    return np.where(finite, np.abs(got.astype(np.float64) - want) / unit, 0.0)


def exact_ulp_error(got, want):
    """The same for one float64 number and an mpmath number."""
    if want == 0:
        unit = mpmath.ldexp(1, -1074)
    else:
        unit = mpmath.ldexp(1, max(int(mpmath.floor(mpmath.log(abs(want), 2))), -1022) - 52)
    return float(abs(mpmath.mpf(float(got)) - want) / unit)
