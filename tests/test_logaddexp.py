"""logaddexp, the function of two arrays that is no gate: against its definition, its limits, its ufunc's methods."""

import itertools

import numpy as np
import pytest
from registry import NATIVE, same, sample

import fastact
from fastact import ufuncs

each_type = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
inf, nan = np.inf, np.nan


@each_type
def test_against_the_definition(dtype):
    mpmath = pytest.importorskip("mpmath")
    rng, limits = np.random.default_rng(0), np.finfo(dtype)
    a = np.concatenate([rng.normal(0, 3, 150), rng.normal(0, 300, 150), rng.uniform(-1, 0, 100)]).astype(dtype)
    b = np.concatenate([rng.normal(0, 3, 150), a[150:300] + rng.normal(0, 20, 150), np.log1p(-np.exp(a[300:]))])
    b = b.astype(dtype)
    got = fastact.logaddexp(a, b)
    for x, y, value in zip(a, b, got, strict=True):
        x, y = mpmath.mpf(float(x)), mpmath.mpf(float(y))
        logarithm = mpmath.log1p(mpmath.exp(-abs(x - y)))
        want = max(x, y) + logarithm
        # of the larger, where the two cancel
        slack = (2.5 if NATIVE else 6) * float(limits.eps) * max(abs(want), logarithm if max(x, y) < 0 else 0)
        assert abs(mpmath.mpf(float(value)) - want) <= slack + float(limits.smallest_subnormal)


@each_type
def test_limits(dtype):
    values = np.array([-inf, inf, 0, -3, 1000, np.finfo(dtype).max, np.finfo(dtype).min], dtype)
    for a, b in itertools.product(values, repeat=2):
        with np.errstate(all="ignore"):
            want = np.logaddexp(a, b)
        np.testing.assert_allclose(fastact.logaddexp(a, b), want, rtol=4 * np.finfo(dtype).eps)
    for a, b in ((nan, 0), (0, nan), (nan, inf), (-inf, nan)):
        assert np.isnan(fastact.logaddexp(dtype(a), dtype(b)))


@each_type
def test_is_symmetric(dtype):
    a, b = sample(1000, dtype), sample(1000, dtype, seed=1)
    same(fastact.logaddexp(a, b), fastact.logaddexp(b, a))


def test_an_integer_is_an_operand():
    same(fastact.logaddexp(sample(5), 0), fastact.logaddexp(sample(5), 0.0))


@each_type
def test_gradient(dtype):
    a, b, dy = sample((40, 3), dtype), sample((3,), dtype, seed=1), sample((40, 3), dtype, seed=2)
    da, db = fastact.logaddexp_grad(dy, a, b)
    share = 1 / (1 + np.exp(b.astype(np.float64) - a))
    tolerance = {"rtol": 8 * np.finfo(dtype).eps, "atol": 1e-12}
    np.testing.assert_allclose(da, dy * share, **tolerance)
    np.testing.assert_allclose(db, (dy * (1 - share)).sum(axis=0), rtol=1e-5 if dtype == np.float32 else 1e-12)
    assert da.shape == (40, 3)
    assert db.shape == (3,)


@each_type
def test_gradient_far_out(dtype):
    """A large dy meets a share that would have underflowed; shares of the same infinity are halves."""
    far = -720.0 if dtype == np.float64 else -100.0
    _, db = fastact.logaddexp_grad(dtype(2.0**60), dtype(0), dtype(far))
    np.testing.assert_allclose(float(db), 2.0**60 * np.exp(far / 2) * np.exp(far / 2), rtol=1e-6)
    assert fastact.logaddexp_grad(dtype(3), dtype(inf), dtype(inf)) == (1.5, 1.5)
    assert fastact.logaddexp_grad(dtype(3), dtype(-inf), dtype(0)) == (0, 3)


@pytest.mark.skipif(not NATIVE, reason="NumPy's formulas have no ufuncs of their own")
@each_type
def test_methods_of_the_ufunc(dtype):
    x = sample((7, 300), dtype)
    for axis in (0, 1):
        close = {"rtol": 300 * np.finfo(dtype).eps}
        np.testing.assert_allclose(ufuncs.logaddexp.reduce(x, axis=axis), fastact.logsumexp(x, axis), **close)
        np.testing.assert_allclose(
            ufuncs.logaddexp.accumulate(x, axis=axis), np.logaddexp.accumulate(x, axis=axis), **close
        )
