"""swiglu with alpha, limit and offset, that of gpt-oss: against its definition, PyTorch, and swiglu itself."""

import numpy as np
import pytest
from oracles import exact_ulp_error, ulp_error
from registry import NATIVE, same, sample

import fastact
from fastact._check.bounds import BOUNDS

GPT_OSS = {"alpha": 1.702, "limit": 7.0, "offset": 1.0}
NUMBERS = [GPT_OSS, {"alpha": 1.0, "limit": 10.0, "offset": 0.0}, {"alpha": -0.7, "limit": np.inf, "offset": -0.25}]
each = pytest.mark.parametrize("numbers", NUMBERS, ids=lambda numbers: str(numbers["alpha"]))
inf, nan = np.inf, np.nan


def held(a, b, limit):
    return np.minimum(a, limit), np.minimum(np.maximum(b, -limit), limit)


def logistic(z):
    return np.where(z < 0, np.exp(np.minimum(z, 0)), 1) / (1 + np.exp(-np.abs(z)))


def definition(dy, a, b, numbers):
    """The result and both gradients, of float64 arrays."""
    alpha, limit, offset = (float(v) for v in numbers.values())
    x, y = held(a, b, limit)
    s = logistic(alpha * x)
    slope = s * (1 + alpha * x * logistic(-alpha * x))
    return (
        x * (y + offset) * s,
        np.where(a > limit, 0, dy * (y + offset) * slope),
        np.where(np.abs(b) > limit, 0, dy * x * s),
    )


def exact(dy, a, b, numbers):
    import mpmath

    with mpmath.workprec(300):
        alpha, limit, offset = map(mpmath.mpf, numbers.values())
        x, y = min(a, limit), min(max(b, -limit), limit) + offset
        s = 1 / (1 + mpmath.exp(-alpha * x))
        slope = s * (1 + alpha * x / (1 + mpmath.exp(alpha * x)))
        return x * y * s, 0 if a > limit else dy * y * slope, 0 if abs(b) > limit else dy * x * s


def results(dy, a, b, numbers):
    return fastact.swiglu(a, b, **numbers), *fastact.swiglu_grad(dy, a, b, **numbers)


def in_type(numbers, dtype):
    """The numbers as arrays of this type see them."""
    return {name: float(np.asarray(value).astype(dtype)) for name, value in numbers.items()}


def operands(n, dtype, seed=0):
    rng = np.random.default_rng(seed)
    wide = np.exp2(rng.uniform(-60, 60, (3, n))) * rng.choice([-1, 1], (3, n))
    usual = [rng.normal(0, 1, n), rng.normal(0, 6, n), rng.normal(0, 6, n)]
    tails = [rng.normal(0, 1, n), rng.uniform(-150, 150, n), rng.normal(0, 1, n)]
    return [np.concatenate(column).astype(dtype) for column in zip(wide, usual, tails, strict=True)]


def near_root(a, numbers):
    """Where silu' at alpha x is close to its zero."""
    z = numbers["alpha"] * np.minimum(a.astype(np.float64), numbers["limit"])
    return np.abs(z + 1.2784645427610738) < (0.02 if NATIVE else 0.7)


@each
def test_float32(numbers):
    dy, a, b = operands(30_000, np.float32)
    numbers = in_type(numbers, np.float32)
    with np.errstate(all="ignore"):
        wants = definition(*(v.astype(np.float64) for v in (dy, a, b)), numbers)
        for i, (got, want) in enumerate(zip(results(dy, a, b, numbers), wants, strict=True)):
            error = ulp_error(got, want)
            if i == 1:
                error[near_root(a, numbers)] = 0
            assert error.max() <= 0.51, f"{error.max()} of {i} at {[v[error.argmax()] for v in (dy, a, b)]}"


@each
def test_float64(numbers):
    pytest.importorskip("mpmath")
    import mpmath

    drawn = operands(300, np.float64, seed=1)
    extreme = [1e-3, 1e150, -1.0], [-700.0, -740.0, 1e-300], [1e300, -1e305, 1e308]
    dy, a, b = (np.concatenate([v, w]) for v, w in zip(drawn, extreme, strict=True))
    near = near_root(a, numbers)
    largest = np.finfo(np.float64).max * (1 - 1e-12)
    bounds = [BOUNDS["GATE"], BOUNDS["GRADIENT"], BOUNDS["GRADIENT"]] if NATIVE else [9, 9, 9]
    found = results(dy, a, b, numbers)
    for i in range(a.size):
        wants = exact(*(mpmath.mpf(float(v[i])) for v in (dy, a, b)), numbers)
        for which, (got, want) in enumerate(zip(found, wants, strict=True)):
            if abs(want) > largest:
                assert abs(got[i]) >= largest
            elif which == 1 and near[i]:
                assert abs(got[i] - float(want)) <= abs(dy[i] * (abs(b[i]) + 2)) * 2.0**-51
            else:
                assert exact_ulp_error(got[i], want) <= bounds[which], f"{which} at {dy[i]!r}, {a[i]!r}, {b[i]!r}"


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_stored_types(name):
    dtype = np.dtype(getattr(pytest.importorskip("ml_dtypes"), name)) if name == "bfloat16" else np.dtype(name)
    a, b = np.arange(65536, dtype=np.uint16).view(dtype), sample(65536).astype(dtype)
    with np.errstate(all="ignore"):
        a = np.where(np.isfinite(a.astype(np.float32)), a, np.zeros((), dtype))
        got = results(1.0, a, b, GPT_OSS)
        wants = definition(1.0, a.astype(np.float64), b.astype(np.float64), in_type(GPT_OSS, dtype))
        for y, want in zip(got, wants, strict=True):
            assert y.dtype == dtype
            rounded = want.astype(np.float32).astype(dtype).astype(np.float64)
            np.testing.assert_allclose(y.astype(np.float64), rounded, rtol=2.0**-7, atol=1e-7)
            assert (y.astype(np.float64) == rounded).mean() > 0.99


@each
def test_pytorch(numbers):
    torch = pytest.importorskip("torch")
    dy, a, b = (sample(500, seed=seed, scale=6.0) for seed in range(3))
    limit = numbers["limit"]
    a[:3], b[3:6] = (limit if np.isfinite(limit) else 1.0), (-limit if np.isfinite(limit) else 1.0)
    x, y = (torch.tensor(v, requires_grad=True) for v in (a, b))
    gate, up = x.clamp(max=limit), y.clamp(-limit, limit)
    want = gate * torch.sigmoid(numbers["alpha"] * gate) * (up + numbers["offset"])
    want.backward(torch.from_numpy(dy))
    for got, expected in zip(results(dy, a, b, numbers), (want.detach(), x.grad, y.grad), strict=True):
        np.testing.assert_allclose(got, expected.numpy(), rtol=1e-12, atol=1e-14)


def test_the_defaults_are_swiglu():
    a, b = sample(400), sample(400, seed=1)
    want = fastact.swiglu(a, b)
    same(fastact.swiglu(a, b, 1.0, inf, 0.0), want)
    same(fastact.swiglu(a, b, alpha=1, limit=np.float64(inf)), fastact.swiglu(a, b, alpha=1.0, limit=1e300))
    np.testing.assert_allclose(fastact.swiglu(a, b, limit=1e300), want, rtol=1e-15)
    for got, one in zip(fastact.swiglu_grad(1.0, a, b, 1.0, inf, 0.0), fastact.swiglu_grad(1.0, a, b), strict=True):
        same(got, one)


def test_forms():
    """One array in halves, broadcasting, out, and where: as of swiglu without numbers."""
    x, dy = sample((5, 8)), sample((5, 4), seed=1)
    a, b = x[:, :4], x[:, 4:]
    want = fastact.swiglu(a, b, **GPT_OSS)
    same(fastact.swiglu(x, **GPT_OSS), want)
    same(fastact.swiglu(x.T, axis=0, **GPT_OSS), want.T.copy())
    place = np.empty((5, 4))
    assert fastact.swiglu(a, b, out=place, **GPT_OSS) is place
    same(place, want)
    da, db = fastact.swiglu_grad(dy, a, b, **GPT_OSS)
    same(fastact.swiglu_grad(dy, x, **GPT_OSS), np.concatenate([da, db], axis=1))
    first, added = fastact.swiglu_grad(dy, a, b[:1], **GPT_OSS)
    assert first.shape == (5, 4)
    np.testing.assert_allclose(added, (dy * fastact.swiglu(a, np.zeros(4), **GPT_OSS)).sum(axis=0, keepdims=True))
    out = np.full((5, 4), 9.0)
    fastact.swiglu(a, b, out=out, where=a > 0, **GPT_OSS)
    same(out, np.where(a > 0, want, 9.0))
    assert type(fastact.swiglu(1.0, 2.0, **GPT_OSS)) is np.float64


def test_special_values():
    for dtype in (np.float32, np.float64, np.longdouble):
        a = np.array([-inf, inf, inf, nan, 0, 1, -inf], dtype)
        b = np.array([3, 3, -inf, 1, nan, inf, inf], dtype)
        with np.errstate(all="raise"):
            got, da, db = results(1.0, a, b, GPT_OSS)
        np.testing.assert_allclose(got[:3], [0, 7 * 4, -7 * 6], rtol=1e-4)
        assert np.isnan(got[3:5]).all()
        np.testing.assert_allclose(got[5:], [8 / (1 + np.exp(-1.702)), 0], rtol=1e-6)
        np.testing.assert_allclose(da[:3], 0)
        np.testing.assert_allclose(db[:3], [0, 7, 0], rtol=1e-4)
        assert np.isnan(da[3:5]).all()
        without = fastact.swiglu(np.array([-inf, -inf, inf], dtype), np.array([2, inf, 2], dtype), alpha=2.0)
        np.testing.assert_array_equal(without, [0, nan, inf])


@pytest.mark.parametrize(
    ("numbers", "error", "words"),
    [
        ({"limit": -1.0}, ValueError, "limit must not be negative, got -1.0"),
        ({"limit": nan}, ValueError, "limit must be finite, got nan"),
        ({"alpha": inf}, ValueError, "alpha must be finite, got inf"),
        ({"alpha": np.ones(3)}, TypeError, "alpha must be a number"),
        ({"offset": "1"}, TypeError, "offset must be a number, got '1'"),
        ({"limit": None}, TypeError, "limit must be a number, got None"),
    ],
)
def test_errors(numbers, error, words):
    out = np.full(3, 9.0)
    with pytest.raises(error, match=rf"fastact\.swiglu: {words}"):
        fastact.swiglu(np.ones(3), np.ones(3), out=out, **numbers)
    with pytest.raises(error, match=rf"fastact\.swiglu_grad: {words}"):
        fastact.swiglu_grad(1.0, np.ones(3), np.ones(3), **numbers)
    assert (out == 9).all()


def test_containers():
    pandas = pytest.importorskip("pandas")
    a, b = (pandas.Series(sample(6, seed=seed), list("abcdef")) for seed in range(2))
    want = fastact.swiglu(a.to_numpy(), b.to_numpy(), **GPT_OSS)
    pandas.testing.assert_series_equal(fastact.swiglu(a, b, **GPT_OSS), pandas.Series(want, a.index))
    da, _ = fastact.swiglu_grad(1.0, a, b[::-1], **GPT_OSS)
    same(da.to_numpy(), fastact.swiglu_grad(1.0, a.to_numpy(), b.to_numpy(), **GPT_OSS)[0])


def test_dask():
    array = pytest.importorskip("dask.array")
    x, dy = sample((6, 8)), sample((6, 4), seed=1)
    lazy = array.from_array(x, chunks=(2, 8))
    same(np.asarray(fastact.swiglu(lazy, **GPT_OSS)), fastact.swiglu(x, **GPT_OSS))
    got = fastact.swiglu_grad(array.from_array(dy, chunks=(2, 4)), lazy, **GPT_OSS)
    same(np.asarray(got), fastact.swiglu_grad(dy, x, **GPT_OSS))
