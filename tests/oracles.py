"""What the functions should give, written apart from them: from the definitions, in mpmath and in float64.

ORACLES[name, keywords] holds two things for an elementwise function: `exact`, an mpmath number from an mpmath number,
and `double`, a float64 array from a float64 array, whose relative error is far below float32's rounding; parameters
follow x. For a gradient they are the derivative. For a row function `exact` takes one row as a list of mpmath numbers,
and `double` takes rows along the last axis.
"""

import numpy as np
from oracles_elementwise import DERIVATIVES, FUNCTIONS, Oracle

try:
    import mpmath
except ImportError:  # the tests that need it are skipped
    mpmath = None
else:
    mpmath.mp.prec = 160


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
    **FUNCTIONS,
    **DERIVATIVES,
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
