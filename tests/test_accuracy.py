"""Distance from the true result, in units in the last place (ULP).

The bounds are the package's promise for its kernels. NumPy's own functions round too, so the fallback's are wider.
"""

import numpy as np
import pytest
from oracles import exact_ulp_error, ulp_error
from registry import ELEMENTWISE, NATIVE, ROWS, VARIANTS, sample

import fastact
from fastact._check.bounds import BOUNDS

# of the functions; with other parameters than the defaults kernels round once more
BOUND = BOUNDS["VALUE"] if NATIVE else 8.0  # measured: gelu 6.8, gelu sigmoid 3.3, gelu tanh 2.4
MORE = BOUNDS["PARAMETERS"] if NATIVE else 8.0
elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
variants = pytest.mark.parametrize("f", VARIANTS, ids=lambda case: case.id)


def bound(f, dtype):
    if dtype == np.float32 and not NATIVE:
        return 0.51  # computed in float64
    return BOUND if f.is_default else MORE


def near_root(f, x):
    """Where a derivative crosses 0: its error is then absolute. On NumPy it is so in a wider neighbourhood."""
    scale = dict(f.parameters).get("beta", 1.0)
    width = 0.01 if NATIVE else 0.5
    return np.any([np.abs(x * scale - root) <= width * abs(root) for root in f.oracle.roots] or [x != x], axis=0)


def absolute(dtype):
    if dtype == np.float32:
        return 2.0**-24
    return 2.0**-53 if NATIVE else 2.0**-51


def worst(f, x):
    """The largest error in ULP, and where."""
    x = x[(x >= f.oracle.domain[0]) & (x <= f.oracle.domain[1])]
    want = f.double(x, x.dtype)
    y = f(x)
    error = ulp_error(y, want)
    error[near_root(f, x.astype(np.float64)) & (np.abs(y.astype(np.float64) - want) <= absolute(x.dtype))] = 0
    return error.max(), x[error.argmax()]


def stepped(start, count, step):
    """float32 values whose bits are `step` apart: every exponent and both signs."""
    x = (np.uint32(start) + np.arange(count, dtype=np.uint64) * step).astype(np.uint32).view(np.float32)
    return x[np.isfinite(x)]


@pytest.fixture(autouse=True)
def quiet_oracle():
    with np.errstate(all="ignore"):
        yield


@variants
def test_float32_over_all_exponents(f):
    x = stepped(0, 400_000, 10_739)  # a prime; 400,000 steps cover all 2**32
    assert len(np.unique(x)) > 390_000
    error, where = worst(f, x)
    assert error <= bound(f, np.float32), f"{error:.3f} ULP at {where!r}"


@variants
@pytest.mark.parametrize(("low", "high"), [(-3, 3), (-15, 15), (-120, 120)])
def test_float32_where_it_matters(f, low, high):
    x = np.random.default_rng(low + high).uniform(low, high, 70_000).astype(np.float32)
    assert len(np.unique(x)) > 50_000
    error, where = worst(f, x)
    assert error <= bound(f, np.float32), f"{error:.3f} ULP at {where!r}"


@elementwise
def test_float16_all(f):
    x = np.arange(65536, dtype=np.uint16).view(np.float16)
    x = x[np.isfinite(x)]
    error, where = worst(f, x)
    assert error <= (1.01 if f.oracle.roots else 0.51), f"{error:.3f} ULP at {where!r}"


def borders(sign, reach):
    """Beside the ends of reduced arguments, odd multiples of ln 2 / 32, and where results become subnormal."""
    odd = np.random.default_rng(2).integers(0, 16384, sign.size)
    x = np.concatenate(
        [(odd + 0.5) / 16 * np.log(2) * sign, -np.linspace(708.3, 708.5, 20), -np.linspace(744, 746, 20)]
    )
    return x[np.abs(x) <= reach]


def float64_samples(f):
    rng = np.random.default_rng(1)
    reach = min(f.oracle.reach, 800) / max(dict(f.parameters).get("beta", 1.0), 1.0)
    sign = rng.choice([-1.0, 1.0], 600)
    x = np.concatenate(
        [
            rng.normal(0, 3, 800),
            rng.uniform(-reach, reach, 800),
            rng.uniform(-reach, -0.9 * reach, 300),  # down to where the result underflows
            sign * 10 ** rng.uniform(-320, -1, 600),
            np.nextafter(np.arange(-20.0, 21), np.inf),
            np.arange(-20.0, 21) / 2,
            borders(sign[:150], reach),
            *(root * (1 + 10 ** rng.uniform(-12, 0, 100) * sign[:100]) for root in f.oracle.roots),
        ]
    )
    low, high = f.oracle.domain
    if low > -np.inf:
        x = np.concatenate([rng.uniform(low, high, 2000), x[(x > low) & (x < high)], 0.5 + sign * np.abs(x[:600]) / 20])
    return x[(x > low) & (x < high)]


@variants
def test_float64(f):
    pytest.importorskip("mpmath")
    from mpmath import mpf

    x = float64_samples(f)
    assert len(np.unique(x)) > 2200
    y = f(x)
    parameters = [mpf(value) for value in f.values()]
    want = [f.oracle.exact(mpf(float(v)), *parameters) for v in x]
    large = np.array([abs(value) > np.finfo(np.float64).max for value in want])
    assert np.isinf(y[large]).all()
    x, y, want = x[~large], y[~large], [value for value in want if abs(value) <= np.finfo(np.float64).max]
    errors = np.array([exact_ulp_error(got, value) for got, value in zip(y, want, strict=True)])
    distance = np.array([float(abs(mpf(float(got)) - value)) for got, value in zip(y, want, strict=True)])
    errors[near_root(f, x) & (distance <= absolute(np.float64))] = 0
    at = int(np.argmax(errors))
    assert errors[at] <= bound(f, np.float64), f"{errors[at]:.3f} ULP at {x[at]!r}"


# where float32 results underflow: -103.98 for e**x, and so on
TAILS = {
    "sigmoid": -103, "sigmoid_grad": -103, "softplus": -103, "softplus_grad": -103, "elu_grad": -103,
    "celu_grad": -103, "selu_grad": -103, "tanh_grad": -51, "silu": -107, "silu_grad": -107, "swish": -107,
    "swish_grad": -107, "mish": -107, "mish_grad": -107, "gelu-none": -14, "gelu_grad-none": -14, "gelu-tanh": -10,
    "gelu_grad-tanh": -10, "gelu-sigmoid": -62, "gelu_grad-sigmoid": -62,
}  # fmt: skip


@pytest.mark.parametrize("f", [f for f in ELEMENTWISE if f.id in TAILS], ids=lambda case: case.id)
def test_tail_does_not_collapse(f):
    """Where the true result is a normal number, the result is not 0."""
    assert (f(np.linspace(-f.oracle.reach * 0.98, -2, 1000)) != 0).all()
    assert (f(np.linspace(TAILS[f.id], -2, 1000, dtype=np.float32)) != 0).all()


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
