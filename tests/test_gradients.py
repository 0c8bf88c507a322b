"""Gradients: the derivative times dy, against definitions and differences. tests/test_autograd.py has PyTorch."""

import numpy as np
import pytest
from oracles import DERIVATIVES, FUNCTIONS, ulp_error
from registry import GRADIENTS, NATIVE, bits, same, sample

import fastact
from fastact._check.bounds import BOUNDS

gradients = pytest.mark.parametrize("f", GRADIENTS, ids=lambda case: case.id)
each_type = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)


def inside(f, x):
    """x moved to where the function is defined."""
    return 1 / (1 + np.exp(-x)) if f.oracle.domain[0] == 0 else x


def forward(f):
    """The function whose gradient f is, with the same parameters."""
    names = dict(f.keywords) | dict(f.parameters)
    return lambda x: getattr(fastact, f.name.removesuffix("_grad"))(x, **names)


@pytest.mark.parametrize(("name", "keywords"), DERIVATIVES, ids=str)
def test_oracle_is_the_derivative(name, keywords):
    mpmath = pytest.importorskip("mpmath")
    function, derivative = FUNCTIONS[name.removesuffix("_grad"), keywords], DERIVATIVES[name, keywords]
    assert function.others == derivative.others
    for parameters in function.others or ((),):
        parameters = [mpmath.mpf(value) for value in parameters]
        for x in (-17.3, -5.1, -1.27, -0.76, -0.2, 0.3, 0.6, 1.7, 4.4, 9.1):
            if not function.domain[0] < x < function.domain[1]:
                continue
            want = mpmath.diff(lambda v, p=parameters: function.exact(v, *p), mpmath.mpf(x))
            assert mpmath.almosteq(derivative.exact(mpmath.mpf(x), *parameters), want, 1e-15, 1e-15)
            got = derivative.double(np.array([x]), *map(float, parameters))[0]
            assert abs(got - float(want)) <= 1e-13 * abs(float(want)) + 1e-16
    for root in derivative.roots:
        assert abs(derivative.exact(mpmath.mpf(root))) < 1e-15


@gradients
def test_central_differences(f):
    x = inside(f, np.linspace(-7.03, 7.05, 400))
    h = 1e-6
    function = forward(f)
    want = (function(x + h) - function(x - h)) / (2 * h)
    corner = np.min([np.abs(x - c) for c in (-3, -1, 0, 1, 3, 6)], axis=0) < 2 * h
    np.testing.assert_allclose(f(x)[~corner], want[~corner], rtol=1e-6, atol=1e-8)


@gradients
@each_type
def test_times_dy(f, dtype):
    """dy * f'(x), whatever dy: its bound in ULP, which float64's oracle cannot tell."""
    rng = np.random.default_rng(1)
    x = inside(f, rng.normal(0, 4, 20_000)).astype(dtype)
    dy = (rng.normal(size=20_000) * 2.0 ** rng.integers(-30, 30, 20_000)).astype(dtype)
    want = f.double(x, dtype) * dy.astype(np.float64)
    got = f.vjp(dy, x)
    assert got.dtype == dtype
    close = 2.0**-24 if dtype == np.float32 else 2.0**-49
    near = [np.abs(x - root) < (0.01 if dtype == np.float32 else 0.5) * abs(root) for root in f.oracle.roots]
    near = np.any(near or [x != x], axis=0)
    assert (np.abs(got - want)[near] <= 1.5 * close * np.abs(dy[near])).all()
    if dtype == np.float32:
        assert ulp_error(got, want)[~near].max() <= BOUNDS["GRADIENT"]
    else:
        np.testing.assert_allclose(got[~near], want[~near], rtol=1e-12)


def any_dy(f, dtype, slope_of):
    """x far into every tail, dy such that the product has any exponent, mostly one near an end of the type's range, and
    the exact products; those that are 0 or infinite are left out."""
    import mpmath

    rng, limits = np.random.default_rng(7), np.finfo(dtype)
    lowest, highest = limits.minexp - limits.nmant, limits.maxexp
    reach = 1.45 * (highest - lowest) * np.log(2) / 2
    x = np.concatenate([rng.uniform(-reach, reach, 150), rng.choice([-1, 1], 250) * 10 ** rng.uniform(-2, 3.3, 250)])
    with np.errstate(over="ignore"):
        x = inside(f, x).astype(dtype)
    found = []
    for v in x:
        slope = slope_of(mpmath.mpf(float(v)))
        near = 0.02 if NATIVE else 0.5
        if slope == 0 or mpmath.isnan(slope) or np.any([abs(v / root - 1) < near for root in f.oracle.roots]):
            continue
        ends = rng.integers(lowest, lowest + 40), highest - rng.integers(1, 20), rng.integers(lowest, highest)
        dy = mpmath.ldexp(rng.uniform(1, 2) * rng.choice([-1, 1]), int(rng.choice(ends))) / slope
        largest = mpmath.mpf(float(limits.max))
        dy = dtype(float(max(-largest, min(largest, dy))))
        want = slope * mpmath.mpf(float(dy))
        if mpmath.ldexp(1, lowest) <= abs(want) <= largest * (1 - mpmath.mpf(2) ** -20):
            found.append((dy, v, want))
    assert len(found) > 20
    dy, x, want = zip(*found, strict=True)
    return np.array(dy), np.array(x), want


def errors(got, want):
    """In units of the last place of got's type, of exact numbers."""
    import mpmath

    limits = np.finfo(got.dtype)
    for y, exact in zip(got, want, strict=True):
        exponent = max(int(mpmath.floor(mpmath.log(abs(exact), 2))), limits.minexp)
        unit = mpmath.ldexp(1, exponent - limits.nmant)
        yield float(abs(mpmath.mpf(float(y)) - exact) / unit)


@gradients
@each_type
def test_any_dy_in_any_tail(f, dtype):
    """The bound holds wherever the product is a number: a large dy brings back what the derivative alone would lose."""
    pytest.importorskip("mpmath")
    from mpmath import mpf

    values = [mpf(value) for value in f.values(dtype)]
    dy, x, want = any_dy(f, dtype, lambda v: mpf(f.oracle.exact(v, *values)))
    found = list(errors(f.vjp(dy, x), want))
    at = int(np.argmax(found))
    limit = BOUNDS["GRADIENT"] if NATIVE else 12.0
    assert found[at] <= limit, f"{found[at]:.3f} ULP at dy = {dy[at]!r}, x = {x[at]!r}"


@pytest.mark.parametrize("name", ["sigmoid", "silu", "mish", "elu", "selu", "softplus"])
def test_large_dy_meets_a_far_tail(name):
    """The product does not underflow before the result does."""
    gradient = getattr(fastact, f"{name}_grad")
    near = gradient(1.0, -720.0)
    assert near != 0
    np.testing.assert_allclose(gradient(2.0**600, -720.0) / 2.0**600, near, rtol=1e-4)
    np.testing.assert_allclose(gradient(2.0**600, -720.0), 2.0**600 * np.exp(-360.0) * scaled(name) * np.exp(-360.0))


@pytest.mark.parametrize("approximate", ["none", "tanh", "sigmoid"])
def test_infinite_dy_of_gelu(approximate):
    """Infinite of the product's sign: the derivative is negative in the left tail."""
    dy, x = np.array([[np.inf], [-np.inf]]), np.array([-5.0, -1.5, -0.25, 0.0, 2.0])
    want = dy * fastact.gelu_grad(1.0, x, approximate)
    for dtype in (np.float32, np.float64, np.longdouble):
        np.testing.assert_array_equal(fastact.gelu_grad(dy.astype(dtype), x.astype(dtype), approximate), want)


def scaled(name):
    return {"silu": -719.0, "mish": -719.0, "selu": 1.7580993408473769}.get(name, 1.0)


@gradients
@each_type
def test_operands_broadcast(f, dtype):
    x, dy = inside(f, sample((6, 1))).astype(dtype), sample(7, dtype, seed=1)
    got = f.vjp(dy, x)
    assert got.shape == (6, 7)
    want = f.vjp(*(np.ascontiguousarray(a) for a in np.broadcast_arrays(dy, x)))
    same(got, want)
    same(f.vjp(dy[0], x), f.vjp(np.full((6, 1), dy[0]), x))
    same(f.vjp(2, x), f.vjp(np.full((6, 1), dtype(2)), x))
    assert f.vjp(1.0, x.astype(np.float16)).dtype == np.float16
    assert f.vjp(dy.astype(np.float64), x.astype(np.float32)).dtype == np.float64
    assert type(f.vjp(1.0, 0.5)) is np.float64


@gradients
@each_type
def test_out_may_be_an_operand(f, dtype):
    for n in (5, 3000):
        x, dy = inside(f, sample(n)).astype(dtype), sample(n, dtype, seed=1)
        want = f.vjp(dy, x)
        for place in (0, 1):
            operands = [dy.copy(), x.copy()]
            assert f.vjp(*operands, out=operands[place]) is operands[place]
            assert bits(operands[place]) == bits(want)
        memory = np.concatenate([dy, x])
        f.vjp(memory[:n], memory[n:], out=memory[3 : n + 3])
        assert bits(memory[3 : n + 3]) == bits(want)


class TestPrelu:
    def test_against_the_definition(self):
        x, dy = sample((4, 3, 5, 6)), sample((4, 3, 5, 6), seed=1)
        for shape in [(), (1,), (3, 1, 1), (6,), (4, 1, 1, 1), (4, 3, 5, 6), (1, 3, 1, 1)]:
            weight = sample(shape, seed=2) if shape else np.float64(0.3)
            dx, dweight = fastact.prelu_grad(dy, x, weight)
            np.testing.assert_array_equal(dx, dy * np.where(x > 0, 1, weight))
            share = np.where(x > 0, 0, dy * x)
            padded = (1,) * (4 - len(shape)) + shape
            axes = tuple(a for a in range(4) if padded[a] == 1)
            np.testing.assert_allclose(dweight, share.sum(axis=axes).reshape(shape), rtol=1e-12)
            assert np.shape(dweight) == shape

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
    def test_types(self, dtype):
        x, weight = sample((40, 3), dtype), sample(3, dtype, seed=1)
        dx, dweight = fastact.prelu_grad(1.0, x, weight)
        assert dx.dtype == dweight.dtype == dtype
        wide = np.where(x > 0, 0, x).astype(np.longdouble).sum(axis=0).astype(dtype)
        np.testing.assert_allclose(dweight, wide, rtol=4 * np.finfo(dtype).eps)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
    def test_one_weight(self, dtype):
        x, dy = sample((150, 1001), dtype), sample((150, 1001), dtype, seed=1)
        share = np.where(x > 0, 0, dy.astype(np.float64) * x)
        found = set()
        for weight in (0.3, np.array(0.3, dtype), np.full(1, 0.3, dtype), np.full((1, 1), 0.3, dtype)):
            for threads in (1, 2, 3):
                with fastact.num_threads(threads):
                    dx, dweight = fastact.prelu_grad(dy, x, weight)
                assert np.shape(dweight) == np.shape(weight)
                assert isinstance(dweight, np.ndarray if np.ndim(weight) else np.generic)
                found.add((bits(dx), bits(np.asarray(dweight))))
        assert len(found) == 1
        slack = 4 * float(np.finfo(dtype).eps) * np.abs(share).sum()
        np.testing.assert_allclose(float(dweight.item()), share.sum(), rtol=0, atol=slack)
        for change in (lambda a: np.repeat(a, 2, axis=1)[:, ::2], lambda a: a[::-1].copy()[::-1], np.asfortranarray):
            got = fastact.prelu_grad(change(dy), x, weight)
            assert found == {(bits(got[0]), bits(np.asarray(got[1])))}

    def test_sums_beyond_the_type_are_quiet(self):
        with np.errstate(all="raise"):
            for shape in ((), (1,), (3,)):
                x = np.full((40, 3), -60000, np.float16)
                assert np.isinf(fastact.prelu_grad(x, x, np.ones(shape, np.float16))[1]).all()
                x = np.full((40, 3), -1e19, np.float32)
                assert np.isinf(fastact.prelu_grad(x, x, np.ones(shape, np.float32))[1]).all()

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    @pytest.mark.parametrize("shape", [(), (1,)])
    def test_out_for_one_weight(self, dtype, shape):
        x, dy, weight = sample((40, 3), dtype), sample((40, 3), dtype, seed=2), np.full(shape, 0.25, dtype)
        want = fastact.prelu_grad(dy, x, weight)
        in_place = dy.copy()
        for first, second in [
            (np.empty_like(x), weight.copy()),
            (None, weight.copy()),
            (np.empty_like(x), None),
            (in_place, None),
        ]:
            got = fastact.prelu_grad(dy if first is not in_place else in_place, x, weight, out=(first, second))
            for result, given, expected in zip(got, (first, second), want, strict=True):
                assert given is None or result is given
                same(np.asarray(result), np.asarray(expected))

    def test_out_and_where(self):
        x, weight, dy = sample((40, 3)), sample(3, seed=1), sample((40, 3), seed=2)
        want = fastact.prelu_grad(dy, x, weight)
        mask = sample((40, 3), np.bool_, seed=3)
        for first, second in [(np.empty((40, 3)), np.empty(3)), (np.empty((40, 3)), None), (None, np.empty(3))]:
            got = fastact.prelu_grad(dy, x, weight, out=(first, second))
            for result, given, expected in zip(got, (first, second), want, strict=True):
                assert given is None or result is given
                same(result, expected)
        place = x.copy()
        got = fastact.prelu_grad(dy, place, weight, out=place)
        assert got[0] is place
        same(place, want[0])
        same(got[1], want[1])
        out = np.full((40, 3), 9.0)
        dx, dweight = fastact.prelu_grad(dy, x, weight, out=out, where=mask)
        assert dx is out
        same(dx, np.where(mask, want[0], 9.0))
        np.testing.assert_allclose(dweight, np.where(mask & (x < 0), dy * x, 0).sum(axis=0), rtol=1e-12)


@pytest.mark.parametrize("f", [f for f in GRADIENTS if f.parameters], ids=lambda case: case.id)
def test_parameters_may_be_arrays(f):
    x, dy = sample((6, 3)), sample((6, 3), seed=1)
    scales = np.array([0.5, 1.25, 2.0])
    arrays = {name: value * scales for name, value in f.parameters}
    got = f.vjp(dy, x, **arrays)
    for column in range(3):
        single = {name: float(value[column]) for name, value in arrays.items()}
        same(got[:, column], f.vjp(dy[:, column].copy(), x[:, column].copy(), **single))
