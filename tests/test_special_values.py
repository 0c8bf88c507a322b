"""Infinities, NaN and signed zeros, in every type and at every place of a vector."""

import numpy as np
import pytest
from oracles import ORACLES
from registry import ALL, ELEMENTWISE, FLOATS, NATIVE, ROWS, VARIANTS, same, sample

import fastact
from fastact._check.bounds import BOUNDS

pytestmark = pytest.mark.each_isa
inf, nan = np.inf, np.nan
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
SELU = (-1.7580993408473769, 1.0507009873554805)
# f(-inf), f(inf), f(0); parameters at their defaults
LIMITS = {
    "sigmoid": (0, 1, 0.5),
    "log_sigmoid": (-inf, 0, -np.log(2.0)),
    "logit": (nan, nan, -inf),
    "tanh": (-1, 1, 0),
    "relu": (0, inf, 0),
    "relu6": (0, 6, 0),
    "leaky_relu": (-inf, inf, 0),
    "prelu": (-inf, inf, 0),
    "elu": (-1, inf, 0),
    "celu": (-1, inf, 0),
    "selu": (SELU[0], inf, 0),
    "softplus": (0, inf, np.log(2.0)),
    "softsign": (-1, 1, 0),
    "silu": (0, inf, 0),
    "swish": (0, inf, 0),
    "gelu": (0, inf, 0),
    "mish": (0, inf, 0),
    "hard_sigmoid": (0, 1, 0.5),
    "hard_silu": (0, inf, 0),
    "hard_tanh": (-1, 1, 0),
    "hard_shrink": (-inf, inf, 0),
    "soft_shrink": (-inf, inf, 0),
    "threshold": (20, inf, 20),
    "relu_squared": (0, inf, 0),
    "tanh_shrink": (-inf, inf, 0),
    "softcap": (-30, 30, 0),
    "squareplus": (0, inf, 1),
    "log1mexp": (0, 0, -inf),
    "sigmoid_grad": (0, 0, 0.25),
    "log_sigmoid_grad": (1, 0, 0.5),
    "logit_grad": (nan, nan, inf),
    "tanh_grad": (0, 0, 1),
    "relu_grad": (0, 1, 0),
    "relu6_grad": (0, 0, 0),
    "leaky_relu_grad": (0.01, 1, 0.01),
    "elu_grad": (0, 1, 1),
    "celu_grad": (0, 1, 1),
    "selu_grad": (0, SELU[1], -SELU[0]),
    "softplus_grad": (0, 1, 0.5),
    "softsign_grad": (0, 0, 1),
    "silu_grad": (0, 1, 0.5),
    "swish_grad": (0, 1, 0.5),
    "gelu_grad": (0, 1, 0.5),
    "mish_grad": (0, 1, 0.6),
    "hard_sigmoid_grad": (0, 0, 1 / 6),
    "hard_silu_grad": (0, 1, 0.5),
    "hard_tanh_grad": (0, 0, 1),
    "hard_shrink_grad": (1, 1, 0),
    "soft_shrink_grad": (1, 1, 0),
    "threshold_grad": (0, 1, 0),
    "relu_squared_grad": (0, inf, 0),
    "tanh_shrink_grad": (1, 1, 0),
    "softcap_grad": (0, 0, 1),
    "squareplus_grad": (0, 1, 0.5),
    "log1mexp_grad": (0, 0, inf),
}
# their zero keeps its sign; that of the others is either
ODD = {
    "tanh",
    "silu",
    "swish",
    "gelu",
    "mish",
    "elu",
    "celu",
    "selu",
    "softsign",
    "soft_shrink",
    "tanh_shrink",
    "softcap",
}


def close(y, want):
    """Equal, up to rounding where the value is none of the type."""
    y = np.asarray(y)
    assert np.array_equal(np.isfinite(y), np.broadcast_to(np.isfinite(want), y.shape))
    eps = max(float(np.finfo(y.dtype).eps), 2.0**-52)  # the table is in float64
    np.testing.assert_allclose(y, y.dtype.type(want), rtol=4 * eps)


@pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
@each_float
class TestElementwise:
    def test_infinities(self, f, dtype):
        low, high, _ = LIMITS[f.name]
        for n in (1, 5, 40):
            close(f(np.full(n, -inf, dtype)), low)
            close(f(np.full(n, inf, dtype)), high)

    def test_largest(self, f, dtype):
        low, high, _ = LIMITS[f.name]
        largest = np.finfo(dtype).max
        slope = dict(f.parameters).get("negative_slope", dict(f.parameters).get("weight", 1.0))
        if f.name in ("selu", "relu_squared", "relu_squared_grad"):
            assert f(largest) == inf
        else:
            close(f(largest), largest if high == inf else high)
        if not f.name.startswith("squareplus"):  # whose left tail ends no sooner
            close(f(-largest), -largest * dtype(slope) if low == -inf else low)

    def test_nan(self, f, dtype):
        assert np.isnan(f(np.full(40, nan, dtype))).all()
        assert np.isnan(f(-np.full(40, nan, dtype))).all()

    def test_zero(self, f, dtype):
        for zero in (0.0, -0.0):
            y = f(np.full(3, zero, dtype))
            if f.name in ODD:
                same(y, np.full(3, zero, dtype))
            else:
                close(y, LIMITS[f.name][2] * (-1 if f.name == "log1mexp_grad" and np.signbit(zero) else 1))

    def test_special_lane_leaves_the_others_alone(self, f, dtype):
        x = sample(64, dtype)
        x = np.abs(x) / 16 if f.oracle.domain[0] == 0 else x
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


SCALING = {"alpha", "beta", "cap"}  # the parameter of these that multiplies x or divides it
# f(-inf) and f(inf) with a parameter of that size
LIMITS_BESIDE = {
    "softcap": lambda size: (-size, size),
    "elu": lambda size: (-size, inf),
    "celu": lambda size: (-size, inf),
    "swish": lambda size: (0, inf),
    "softplus": lambda size: (0, inf),
}


@pytest.mark.parametrize("f", [f for f in ELEMENTWISE if len(f.parameters) == 1], ids=lambda case: case.id)
@each_float
def test_an_infinite_x_is_beyond_any_parameter(f, dtype):
    (name, _), x = f.parameters[0], np.array([-inf, inf], dtype)
    if name not in SCALING:
        pytest.skip(f"{name} does not scale x")
    sizes = np.finfo(dtype).tiny, 1, np.finfo(dtype).max
    for size in sizes:
        y = f(x, **{name: dtype(size)})
        if f.is_gradient:
            np.testing.assert_array_equal(np.abs(y), np.abs(f(x, **{name: dtype(1)})))
        else:
            np.testing.assert_array_equal(y, np.array(LIMITS_BESIDE[f.name](dtype(size)), dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_infinite_bias_outweighs_a_product_that_overflows(dtype):
    x, most = np.array([-1, 1], dtype) * np.finfo(dtype).max, np.finfo(dtype).max
    for sign, want in ((-1, 0), (1, 1)):
        bias = dtype(sign * inf)
        for y in (
            fastact.hard_sigmoid(x, most, bias),
            fastact.hard_sigmoid(x, scale=most, bias=bias),
            fastact.sigmoid(x, scale=most, bias=bias),
        ):
            np.testing.assert_array_equal(y, np.full(2, want, dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_infinite_bias_leaves_an_element_of_a_row_out(dtype):
    """Also where its product overflows: in all that scales and adds along rows."""
    most = np.finfo(dtype).max
    x, options = np.array([[most, 1, 0.5]], dtype), {"scale": float(most), "bias": np.array([-inf, 0, 0], dtype)}
    np.testing.assert_array_equal(fastact.softmax(x, **options), [[0, 1, 0]])
    np.testing.assert_array_equal(fastact.logsumexp(x, axis=-1, **options), [most])
    np.testing.assert_array_equal(fastact.log_prob(x, [1], **options), [0])
    np.testing.assert_array_equal(fastact.entropy(x, **options), [0])
    np.testing.assert_array_equal(fastact.sparsemax(x, **options), [[0, 1, 0]])
    np.testing.assert_array_equal(fastact.entmax15(x, **options), [[0, 1, 0]])
    p, places = fastact.top_k(x, 2, **options)
    np.testing.assert_array_equal(p, [[1, 0]])
    np.testing.assert_array_equal(places, [[1, 2]])


def test_a_result_next_to_the_largest_number_does_not_overflow_on_the_way():
    """squareplus_grad left of the bend: dy / sqrt(x**2 + b) is twice the result there, and more."""
    b, largest = -1.0, np.finfo(float).max
    for x in (-1.5, -1.2):
        want = largest * ((1 + x / np.sqrt(x * x + b)) / 2)
        np.testing.assert_allclose(fastact.squareplus_grad(np.array([largest]), x, b), [want], rtol=2e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", ["smallest_subnormal", "tiny", "max"])
def test_an_infinite_gate_is_beyond_any_alpha(dtype, size):
    """Where alpha times it is as large as one likes, swiglu has its limits, whatever the sign of alpha."""
    alpha = getattr(np.finfo(dtype), size)
    a, one = np.array([-inf, inf], dtype), np.ones(2, dtype)
    for sign in (1, -1):
        gates, order = a * dtype(sign), slice(None, None, sign)
        np.testing.assert_array_equal(fastact.swiglu(a, one, alpha=sign * alpha), np.maximum(gates, 0) * dtype(sign))
        da, db = fastact.swiglu_grad(one, a, one, alpha=sign * alpha)
        np.testing.assert_array_equal(da, np.array([0, 1], dtype)[order])
        np.testing.assert_array_equal(db, np.maximum(gates, 0) * dtype(sign))


@pytest.mark.parametrize("f", ALL, ids=lambda case: case.id)
def test_subnormal_input_survives(f):
    for dtype in (np.float32, np.float64):
        x = np.full(3, np.finfo(dtype).smallest_subnormal * 8, dtype)
        assert np.isfinite(f(x)).all() or f.name in ("logit_grad", "log1mexp_grad")  # 1 / x overflows


@each_float
class TestCorners:
    def test_logit(self, dtype):
        x = np.array([0, 1, -0.001, 1.01, -inf, 2, 0.5], dtype)
        np.testing.assert_array_equal(fastact.logit(x), np.array([-inf, inf, nan, nan, nan, nan, 0], dtype))
        got = fastact.logit_grad(1.0, x)
        np.testing.assert_array_equal(got, np.array([inf, inf, nan, nan, nan, nan, 4], dtype))

    def test_hard(self, dtype):
        x = np.array([-4, -3, 3, 4], dtype)
        np.testing.assert_array_equal(fastact.hard_sigmoid(x), [0, 0, 1, 1])
        np.testing.assert_array_equal(fastact.hard_sigmoid_grad(1.0, x), [0, 0, 0, 0])
        line = np.array([-2.5, 2.5, -0.0, inf, -inf, nan, 1.0], dtype)
        with np.errstate(all="raise"):
            np.testing.assert_array_equal(fastact.hard_sigmoid(line, 0.25, 0.625), [0, 1, 0.625, 1, 0, nan, 0.875])
            np.testing.assert_array_equal(fastact.hard_sigmoid(line, 0.0, 0.5), [0.5, 0.5, 0.5, nan, nan, nan, 0.5])
            np.testing.assert_array_equal(fastact.hard_sigmoid(line, nan, 0.5), nan)
            np.testing.assert_array_equal(fastact.hard_sigmoid(line, 0.25, nan), nan)
            slopes = [0, 0, 0.25, 0, 0, nan, 0.25]
            np.testing.assert_array_equal(fastact.hard_sigmoid_grad(1.0, line, 0.25, 0.625), slopes)
        # inside, though the line rounds to 0 or to 1
        tiny = np.finfo(dtype).smallest_subnormal
        assert fastact.hard_sigmoid_grad(1.0, tiny, 0.25, 0.0) == 0.25
        assert fastact.hard_sigmoid_grad(1.0, -tiny, 0.25, 1.0) == 0.25
        assert fastact.hard_sigmoid_grad(1.0, -tiny, 0.25, 0.0) == 0
        small = np.finfo(dtype).eps / 8
        assert fastact.hard_sigmoid_grad(1.0, dtype(-small), 1.0, 1.0) == 1
        assert fastact.hard_sigmoid_grad(1.0, dtype(small), 1.0, 1.0) == 0
        np.testing.assert_array_equal(fastact.hard_silu(x), [0, 0, 3, 4])
        np.testing.assert_array_equal(fastact.hard_silu_grad(1.0, x), [0, 0, 1, 1])
        np.testing.assert_array_equal(fastact.hard_tanh_grad(1.0, np.array([-1, 1, 0.5], dtype)), [0, 0, 1])
        np.testing.assert_array_equal(fastact.relu6_grad(1.0, np.array([0, 6, 3], dtype)), [0, 0, 1])

    def test_parameters(self, dtype):
        x = np.array([-inf, inf], dtype)
        np.testing.assert_array_equal(fastact.elu(x, alpha=2), [-2, inf])
        np.testing.assert_array_equal(fastact.celu(x, alpha=2), [-2, inf])
        np.testing.assert_array_equal(fastact.softplus(x, beta=2), [0, inf])
        np.testing.assert_array_equal(fastact.swish(x, beta=2), [0, inf])
        np.testing.assert_array_equal(fastact.swish(x, beta=-2), [-inf, 0])
        np.testing.assert_array_equal(fastact.hard_tanh(x, min_val=-5, max_val=-2), [-5, -2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
class TestExtremeParameters:
    """Parameters of any size, where a product, a quotient or an exponential on the way leaves the type's range."""

    @pytest.mark.parametrize("name", ["softplus", "swish", "celu", "elu"])
    def test_against_the_definition(self, name, dtype):
        mpmath = pytest.importorskip("mpmath")
        limits, exact = np.finfo(dtype), ORACLES[name, ()].exact
        lowest, highest = limits.minexp - limits.nmant, limits.maxexp
        rng, largest = np.random.default_rng(3), float(limits.max)
        bound = BOUNDS["PARAMETERS"] if NATIVE else 10.0
        for _ in range(400):
            x = dtype(np.ldexp(rng.uniform(0.5, 1), rng.integers(lowest + 1, highest)) * rng.choice([-1, 1]))
            z = mpmath.mpf(rng.uniform(-1, 1) * rng.choice([2, 40, highest, 1.4 * highest]))
            if name == "elu":
                x = dtype(z)
            v = mpmath.mpf(float(x))
            p = {"celu": v / z, "elu": mpmath.ldexp(z, int(rng.integers(lowest, highest)))}.get(name, z / v)
            if not mpmath.ldexp(1, lowest) <= abs(p) < largest:
                continue
            p = dtype(float(p))
            want, got = mpmath.mpf(exact(v, mpmath.mpf(float(p)))), getattr(fastact, name)(np.array([x]), p)[0]
            if abs(want) >= largest:
                assert np.isinf(got) or abs(got) > largest * (1 - 2.0**-20), (x, p)
                continue
            exponent = int(mpmath.floor(mpmath.log(abs(want), 2))) if want else lowest
            unit = mpmath.ldexp(1, max(exponent, limits.minexp) - limits.nmant)
            assert abs(mpmath.mpf(float(got)) - want) <= bound * unit, (x, p)

    def test_limits(self, dtype):
        x = np.array([-inf, -1, 0, 1, inf], dtype)
        np.testing.assert_array_equal(fastact.softplus(x, beta=0), np.full(5, inf))
        np.testing.assert_array_equal(fastact.swish(x, beta=0), x / 2)
        np.testing.assert_array_equal(fastact.celu(x, alpha=0), [0, 0, 0, 1, inf])
        largest = np.array([-np.finfo(dtype).max], dtype)
        for alpha in (inf, -inf):
            for values in (x, largest):
                np.testing.assert_array_equal(fastact.celu(values, alpha=alpha), values)
                np.testing.assert_array_equal(fastact.celu_grad(dtype(3), values, alpha=alpha), np.full(len(values), 3))
            assert np.isnan(fastact.celu(dtype(nan), alpha=alpha))
            assert np.isnan(fastact.celu_grad(dtype(3), dtype(nan), alpha=alpha))
        np.testing.assert_array_equal(fastact.elu_grad(1.0, x[1:], alpha=inf), [inf, inf, 1, 1])
        np.testing.assert_array_equal(fastact.hard_tanh_grad(1.0, x, max_val=inf), [0, 0, 1, 1, 0])
        np.testing.assert_array_equal(fastact.hard_tanh_grad(1.0, x, min_val=-inf), [0, 1, 1, 0, 0])
        assert fastact.celu(dtype(-2000), alpha=-2) == -inf


@pytest.mark.parametrize("f", VARIANTS, ids=lambda case: case.id)
@each_float
def test_nan_in_any_operand(f, dtype):
    for n in (1, 40):
        one = np.full(n, 0.75, dtype)
        for name, _ in f.parameters:
            x = -one if name in ("alpha", "negative_slope", "weight", "value") else one  # for x > 0 these have no part
            assert np.isnan(f(x, **{name: np.full(n, nan, dtype)})).all()
        if f.is_gradient:
            assert np.isnan(f.vjp(np.full(n, nan, dtype), one)).all()
