"""Infinities, NaN and signed zeros, in every type and at every place of a vector."""

import numpy as np
import pytest
from registry import ALL, ELEMENTWISE, FLOATS, ROWS, same, sample

import fastact

inf, nan = np.inf, np.nan
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
AT_INFINITY = {"sigmoid": (0, 1), "tanh": (-1, 1), "silu": (0, inf), "gelu": (0, inf)}


@pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
@each_float
class TestElementwise:
    def test_infinities(self, f, dtype):
        low, high = AT_INFINITY[f.name]
        for n in (1, 5, 40):
            assert (f(np.full(n, -inf, dtype)) == low).all()
            assert (f(np.full(n, inf, dtype)) == high).all()

    def test_largest(self, f, dtype):
        low, high = AT_INFINITY[f.name]
        largest = np.finfo(dtype).max
        assert f(-largest) == low
        assert f(largest) == (largest if high == inf else high)

    def test_nan(self, f, dtype):
        assert np.isnan(f(np.full(40, nan, dtype))).all()
        assert np.isnan(f(-np.full(40, nan, dtype))).all()

    def test_zero(self, f, dtype):
        for zero in (0.0, -0.0):
            y = f(np.full(3, zero, dtype))
            if f.name == "sigmoid":
                assert (y == 0.5).all()
            else:
                same(y, np.full(3, zero, dtype))

    def test_special_lane_leaves_the_others_alone(self, f, dtype):
        x = sample(64, dtype)
        want = f(x)
        for place in range(64):
            for special in (nan, inf, -inf, 0, np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal):
                changed = x.copy()
                changed[place] = special
                same(np.delete(f(changed), place), np.delete(want, place))


@each_float
class TestRows:
    def test_minus_infinity_is_probability_zero(self, dtype):
        x = np.array([0.5, -inf, 2, -inf], dtype)
        y = fastact.softmax(x)
        assert y[1] == y[3] == 0
        same(y[[0, 2]], fastact.softmax(x[[0, 2]]))
        logs = fastact.log_softmax(x)
        assert logs[1] == logs[3] == -inf
        same(logs[[0, 2]], fastact.log_softmax(x[[0, 2]]))
        same(fastact.logsumexp(x), fastact.logsumexp(x[[0, 2]]))

    @pytest.mark.parametrize("n", [1, 2, 3, 10, 17, 100, 5000])
    def test_row_of_minus_infinity(self, n, dtype):
        x = np.full((3, n), -inf, dtype)
        assert np.isnan(fastact.softmax(x)).all()
        assert np.isnan(fastact.log_softmax(x)).all()
        assert (fastact.logsumexp(x) == -inf).all()

    @pytest.mark.parametrize("n", [1, 2, 3, 10, 17, 100, 5000])
    @pytest.mark.parametrize("bad", [nan, inf])
    def test_row_with_nan_or_infinity(self, n, bad, dtype):
        for place in {0, n // 2, n - 1}:
            x = np.concatenate([sample((1, n), dtype)] * 3)
            clean = x.copy()
            x[1, place] = bad
            for f in (fastact.softmax, fastact.log_softmax):
                assert np.isnan(f(x)[1]).all()
                assert np.isnan(np.ascontiguousarray(f(x.T, axis=0)).T[1]).all()
                same(f(x)[[0, 2]], f(clean)[[0, 2]])
            total = fastact.logsumexp(x)
            assert np.isnan(total[1]) if np.isnan(bad) else total[1] == inf
            same(total[[0, 2]], fastact.logsumexp(clean)[[0, 2]])

    def test_nan_wins_over_infinity(self, dtype):
        for x in ([nan, inf], [inf, nan], [nan, -inf], [-inf, nan]):
            for f in ROWS:
                assert np.isnan(f(np.array(x, dtype))).all()

    def test_far_apart(self, dtype):
        largest = np.finfo(dtype).max
        x = np.array([largest, -largest, 0], dtype)
        same(fastact.softmax(x), np.array([1, 0, 0], dtype))
        assert fastact.log_softmax(x)[0] == 0
        assert fastact.logsumexp(x) == largest
        same(fastact.softmax(np.full(4, largest, dtype)), np.full(4, 0.25, dtype))
        same(fastact.softmax(np.full(4, -largest, dtype)), np.full(4, 0.25, dtype))


@pytest.mark.parametrize("f", ALL, ids=lambda case: case.id)
def test_subnormal_input_survives(f):
    for dtype in (np.float32, np.float64):
        x = np.full(3, np.finfo(dtype).smallest_subnormal * 8, dtype)
        assert np.isfinite(f(x)).all()
