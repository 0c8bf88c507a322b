"""Distance from the true result, in units in the last place (ULP).

The bounds are the package's promise for its kernels. NumPy's own functions round too, so the fallback's are wider.
"""

import numpy as np
import pytest
from oracles import exact_ulp_error, ulp_error
from registry import ELEMENTWISE, NATIVE, ROWS, sample

import fastact

BOUND32 = 2.0 if NATIVE else 0.51  # the fallback computes float32 in float64
BOUND64 = 2.0 if NATIVE else 8.0  # measured: gelu 6.8, gelu tanh 5.0, silu 3.3, sigmoid 1.8, tanh 1.1
elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)


def worst(f, x):
    """The largest error in ULP, and where."""
    error = ulp_error(f(x), f.oracle.double(x.astype(np.float64)))
    return error.max(), x[error.argmax()]


def stepped(start, count, step):
    """float32 values whose bits are `step` apart: every exponent and both signs."""
    x = (np.uint32(start) + np.arange(count, dtype=np.uint64) * step).astype(np.uint32).view(np.float32)
    return x[np.isfinite(x)]


@pytest.fixture(autouse=True)
def quiet_oracle():
    with np.errstate(all="ignore"):
        yield


@elementwise
def test_float32_over_all_exponents(f):
    x = stepped(0, 400_000, 10_739)  # a prime; 400,000 steps cover all 2**32
    assert len(np.unique(x)) > 390_000
    error, where = worst(f, x)
    assert error <= BOUND32, f"{error:.3f} ULP at {where!r}"


@elementwise
@pytest.mark.parametrize(("low", "high"), [(-3, 3), (-15, 15), (-120, 120)])
def test_float32_where_it_matters(f, low, high):
    x = np.random.default_rng(low + high).uniform(low, high, 200_000).astype(np.float32)
    assert len(np.unique(x)) > 100_000
    error, where = worst(f, x)
    assert error <= BOUND32, f"{error:.3f} ULP at {where!r}"


@elementwise
def test_float16_all(f):
    x = np.arange(65536, dtype=np.uint16).view(np.float16)
    x = x[np.isfinite(x)]
    error, where = worst(f, x)
    assert error <= 0.51, f"{error:.3f} ULP at {where!r}"


def float64_samples(reach):
    rng = np.random.default_rng(1)
    reach = min(reach, 800)
    sign = rng.choice([-1.0, 1.0], 600)
    return np.concatenate(
        [
            rng.normal(0, 3, 800),
            rng.uniform(-reach, reach, 800),
            rng.uniform(-reach, -0.9 * reach, 300),  # down to where the result underflows
            sign * 10 ** rng.uniform(-320, -1, 600),
            np.nextafter(np.arange(-20.0, 21), np.inf),
            np.arange(-20.0, 21) / 2,
        ]
    )


@elementwise
def test_float64(f):
    pytest.importorskip("mpmath")
    from mpmath import mpf

    x = float64_samples(f.oracle.reach)
    assert len(np.unique(x)) > 2400
    y = f(x)
    errors = [exact_ulp_error(got, f.oracle.exact(mpf(float(v)))) for v, got in zip(x, y, strict=True)]
    at = int(np.argmax(errors))
    assert errors[at] <= BOUND64, f"{errors[at]:.3f} ULP at {x[at]!r}"


@elementwise
def test_tail_does_not_collapse(f):
    """Where the true result is a normal number, the result is not 0."""
    if f.oracle.reach == np.inf or f.name == "tanh":
        pytest.skip("no vanishing tail")
    x = np.linspace(-f.oracle.reach * 0.98, -1, 1000)
    assert (f(x) != 0).all()
    single = {"sigmoid": -103, "silu": -107, "gelu-none": -14, "gelu-tanh": -10}
    if f.id in single:
        assert (f(np.linspace(single[f.id], -1, 1000, dtype=np.float32)) != 0).all()


@elementwise
@pytest.mark.exhaustive
def test_float32_all(f):
    for start in range(0, 2**32, 2**24):
        x = stepped(start, 2**24, 1)
        if x.size:
            error, where = worst(f, x)
            assert error <= BOUND32, f"{error:.3f} ULP at {where!r}"


# ---- rows ----
#
# An element that lies d below its row's maximum: rounding d alone moves exp(-d) by a relative d * 2**-24 in float32,
# half an eps per unit. Errors below are relative, in eps.

SHAPES = [(200, 2), (200, 3), (100, 10), (30, 64), (30, 100), (10, 1000), (3, 5000)]
row_functions = pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)


def allowed(f, x):
    """The bound of each result's error, in eps of the result, but for logsumexp of its larger part."""
    m = x.max(axis=-1, keepdims=True)
    distance = np.float64(m) - x
    if f.name == "softmax":
        return 4 + 0.5 * distance
    if f.name == "log_softmax":
        # where the maximum dominates, its result is minus the sum of the others' exponentials, errors included
        gap = np.where(distance > 0, distance, np.inf).min(axis=-1, keepdims=True)
        weight = np.where(distance > 0, np.exp(np.where(gap < np.inf, gap, 0) - distance), 0)
        mean = (weight * distance).sum(axis=-1, keepdims=True) / np.maximum(weight.sum(axis=-1, keepdims=True), 1)
        return np.where(distance == 0, 4 + 0.5 * mean, 4)
    return np.full(x.shape[:-1], 2)


# log_softmax and logsumexp take the logarithm of the sum in float64: that leaves an absolute error. As a relative error
# of the probabilities it is far below the others in float32, and two eps in float64
LOGARITHM = {"softmax": 0.0, "log_softmax": 2.0**-51, "logsumexp": 2.0**-51}


@row_functions
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("scale", [0.1, 2, 15])
def test_rows_float32(f, shape, scale):
    x = sample(shape, np.float32, scale=scale)
    want = f.oracle.double(x.astype(np.float64))
    size = np.abs(want)
    if f.name == "logsumexp":
        m = x.max(axis=-1)
        size = np.maximum(np.abs(m), np.abs(want - m))
    limits = np.finfo(np.float32)
    error = np.abs(f(x) - want) - float(limits.smallest_subnormal) - LOGARITHM[f.name]
    assert (error <= allowed(f, x) * limits.eps * size).all()


@pytest.mark.parametrize("n", [1, 2, 3, 10, 33, 100])
@pytest.mark.parametrize("scale", [0.1, 2, 15, 200])
@row_functions
def test_rows_float64(f, n, scale):
    pytest.importorskip("mpmath")
    from mpmath import mpf

    for seed in range(5):
        x = sample(n, np.float64, seed=seed, scale=scale)
        want = f.oracle.exact([mpf(float(v)) for v in x])
        got, bound = f(x), allowed(f, x)
        if f.name == "logsumexp":
            got, want, bound = [got], [want], [bound]
        for g, w, limit in zip(got, want, bound, strict=True):
            size = abs(w)
            if f.name == "logsumexp":
                m = mpf(float(x.max()))
                size = max(abs(m), abs(w - m))
            assert abs(mpf(float(g)) - w) <= float(limit) * 2.0**-52 * size + LOGARITHM[f.name] + mpf(2) ** -1074


def test_dominated_row_keeps_the_digits_of_the_rest():
    for far in (-2, -5, -9, -15, -20):
        x = np.array([0, far, far - 1], np.float32)
        want = -np.log1p(np.exp(far) + np.exp(far - 1.0))
        assert abs(fastact.log_softmax(x)[0] - want) < 4 * 2.0**-23 * abs(want) + 2.0**-52


def test_long_row_does_not_drift():
    x = np.zeros(2**22, np.float32)
    assert (fastact.softmax(x) == np.float32(2.0**-22)).all()
    x[1:] = -20
    want = 1 / (1 + (2**22 - 1) * np.exp(-20.0))
    assert abs(fastact.softmax(x)[0] / want - 1) < 4e-7
