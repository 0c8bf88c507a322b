"""sparsemax and entmax15: against their definitions, found by sorting and by bisection in other arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from registry import NATIVE, same, sample

import fastact

FUNCTIONS = {"sparsemax": 1, "entmax15": 2}
each = pytest.mark.parametrize("name", FUNCTIONS)
each_type = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
inf, nan = np.inf, np.nan


def exact_sparsemax(row):
    """By the definition, in fractions: the largest k elements, as long as the k-th exceeds their threshold."""
    given = [Fraction(float(v)) for v in row]
    total, threshold = Fraction(0), None
    for k, v in enumerate(sorted(given, reverse=True), 1):
        total += v
        if 1 + k * v > total:
            threshold = (total - 1) / k
    return [max(v - threshold, 0) for v in given]


def exact_entmax15(row):
    """By bisection in 160 bits."""
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workprec(160):
        z = [mpmath.mpf(float(v)) / 2 for v in row]
        low, high = max(z) - 1, max(z)
        for _ in range(170):
            middle = (low + high) / 2
            if mpmath.fsum(max(v - middle, 0) ** 2 for v in z) > 1:
                low = middle
            else:
                high = middle
        return [max(v - low, 0) ** 2 for v in z]


EXACT = {"sparsemax": exact_sparsemax, "entmax15": exact_entmax15}


@each
@each_type
@pytest.mark.parametrize("scale", [0.01, 0.5, 3, 100])
def test_against_the_definition(name, dtype, scale):
    f = getattr(fastact, name)
    for n in (1, 2, 3, 10, 100):
        x = np.random.default_rng(n).normal(0, scale, (4, n)).astype(dtype)
        got = f(x)
        assert got.dtype == dtype
        for row, values in zip(x, got, strict=True):
            want = EXACT[name](row)
            largest = float(max(want))
            # x - t is as far from x as x from the maximum, which is rounded
            # on NumPy, float64's sums have no more digits than their terms
            limit = (4 if name == "sparsemax" else 8) * (1 if NATIVE else 4) * float(np.finfo(dtype).eps) * largest
            for value, expected in zip(values, want, strict=True):
                assert abs(float(value) - float(expected)) <= limit + float(np.finfo(dtype).smallest_subnormal)
        np.testing.assert_allclose(got.sum(axis=-1, dtype=np.float64), 1, rtol=n * float(np.finfo(dtype).eps))


@each
def test_any_axis_and_out(name):
    f, x = getattr(fastact, name), sample((5, 4, 6))
    for axis in (0, 1, -1, (0, 2), None):
        want = f(x, axis)
        np.testing.assert_allclose(want.sum(axis=axis), 1)
        place = x.copy()
        assert f(place, axis, out=place) is place
        same(place, want)
    same(f(x, 0), np.moveaxis(f(np.ascontiguousarray(np.moveaxis(x, 0, -1))), -1, 0).copy())


@each
def test_equal_elements_share(name):
    f = getattr(fastact, name)
    np.testing.assert_allclose(f(np.zeros(7)), np.full(7, 1 / 7), rtol=1e-15)
    np.testing.assert_allclose(f(np.full(100_000, 3.0)), 1e-5, rtol=1e-10)
    np.testing.assert_array_equal(f([5.0, 0.0, -inf]), [1, 0, 0])


@each
@each_type
def test_special_rows(name, dtype):
    f = getattr(fastact, name)
    x = np.array([[0, 1, nan], [0, inf, 1], [-inf, -inf, -inf], [0, 0.25, -inf], [0, 60000, -60000]], dtype)
    got = f(x)
    assert np.isnan(got[:3]).all()
    np.testing.assert_allclose(got[3:].sum(axis=1), 1, rtol=1e-3)
    np.testing.assert_array_equal(got[4], [0, 1, 0])


@each
def test_options(name):
    f = getattr(fastact, name)
    x, mask = sample((40, 9)), sample((40, 9), np.bool_, seed=3)
    mask[0] = False
    got = f(x, where=mask, scale=0.5, bias=x[0])
    np.testing.assert_array_equal(got[0], 0)
    want = f(np.where(mask, 0.5 * x + x[0], -inf)[1:])
    np.testing.assert_allclose(got[1:], want, atol=1e-15)
    with pytest.raises(TypeError, match=rf"fastact\.{name}: complex128 is not supported"):
        f(np.zeros(3, complex))


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradient(name, dtype):
    """By differences, away from the corners; elements that are 0 have none."""
    f, gradient = getattr(fastact, name), getattr(fastact, f"{name}_grad")
    x, dy = sample((30, 6)), sample((30, 6), seed=1)
    y = f(x)
    h, want = 1e-7, np.empty((30, 6))
    for i in range(6):
        step = np.zeros(6)
        step[i] = h
        want[:, i] = (dy * (f(x + step) - f(x - step))).sum(axis=1) / (2 * h)
    got = gradient(dy.astype(dtype), y.astype(dtype))
    assert got.dtype == dtype
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)
    assert (got[y == 0] == 0).all()
    np.testing.assert_allclose(gradient(1.0, y), 0, atol=1e-15)
    same(gradient(dy.T, y.T, 0), gradient(dy, y).T.copy())
    np.testing.assert_array_equal(gradient(dy, np.zeros((30, 6))), 0)  # as a mask leaves it


@pytest.mark.parametrize("threads", [1, 3])
def test_threads(threads):
    x = sample((3000, 40), np.float32)
    for name in FUNCTIONS:
        with fastact.num_threads(threads):
            got = getattr(fastact, name)(x)
        same(got, np.concatenate([getattr(fastact, name)(part) for part in np.array_split(x, 100)]))
