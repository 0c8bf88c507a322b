"""The gradients of entropy, expectation and kl_divergence: against their definitions in 60 digits."""

import numpy as np
import pytest
from registry import FLOATS, INTEGERS, result_type, same, sample
from test_information import exact, rows

import fastact

mpmath = pytest.importorskip("mpmath")
pytestmark = pytest.mark.each_isa
each_type = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
inf, nan = np.inf, np.nan


def values_of(n):
    return np.arange(n) ** 2 - 3.0


CALLS = {
    "entropy": (fastact.entropy, fastact.entropy_grad, lambda x: ()),
    "expectation": (fastact.expectation, fastact.expectation_grad, lambda x: (np.cos(x),)),
    "kl_divergence": (
        fastact.kl_divergence,
        lambda *a, **k: fastact.kl_divergence_grad(*a, **k)[0],
        lambda x: (x[::-1] / 2,),
    ),
    "kl_divergence by q": (
        lambda x, y, *a, **k: fastact.kl_divergence(y, x, *a, **k),
        lambda dy, x, y, *a, **k: fastact.kl_divergence_grad(dy, y, x, *a, **k)[1],
        lambda x: (x[::-1] / 2,),
    ),
}
each = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def within(value, want, eps, size):
    """Within 16 eps of `size`, of float32 within 2 eps of the result, what float64 lost of `size` included."""
    narrow = eps > 1e-10
    bound = 2 * eps * abs(want) + 16 * 2.0**-52 * size if narrow else 16 * eps * size
    return abs(mpmath.mpf(float(value)) - want) <= bound + mpmath.mpf(2) ** (-149 if narrow else -1074)


@each_type
@pytest.mark.parametrize("n", [2, 3, 17, 200])
def test_means(dtype, n):
    """-p (z - sum(p z)) and p (v - sum(p v)), z counted from its maximum and v from the value that is likeliest."""
    eps = np.finfo(dtype).eps
    x = rows(dtype, n)
    v = values_of(n).astype(dtype)
    of_entropy, of_values = fastact.entropy_grad(1.0, x), fastact.expectation_grad(1.0, x, v)
    assert of_entropy.dtype == of_values.dtype == dtype
    for i, row in enumerate(x):
        p, _ = exact(row)
        with mpmath.workdps(60):
            for found, a, sign in ((of_entropy[i], row, -1), (of_values[i], v, 1)):
                base = mpmath.mpf(float(a[row.argmax()]))
                d = [mpmath.mpf(float(w)) - base if q else mpmath.mpf(0) for w, q in zip(a, p, strict=True)]
                mean = mpmath.fsum(q * w for q, w in zip(p, d, strict=True))
                spread = mpmath.fsum(q * abs(w) for q, w in zip(p, d, strict=True))
                for value, q, w in zip(found, p, d, strict=True):
                    assert within(value, sign * q * (w - mean), eps, q * (abs(w) + spread))


@each_type
@pytest.mark.parametrize("distance", [1e-3, 1.0, 30.0])
def test_divergence(dtype, distance):
    eps = np.finfo(dtype).eps
    x = sample((8, 9), dtype)
    x[1, 0] = 40
    y = (x + distance * sample((8, 9), seed=1)).astype(dtype)
    dp, dq = fastact.kl_divergence_grad(1.0, x, y)
    assert dp.dtype == dq.dtype == dtype
    for i in range(8):
        (p, log_p), (q, log_q) = exact(x[i]), exact(y[i])
        with mpmath.workdps(60):
            d = [a - b for a, b in zip(log_p, log_q, strict=True)]
            divergence = mpmath.fsum(a * b for a, b in zip(p, d, strict=True))
            lost = max(abs(a) + abs(b) for a, b in zip(log_p, log_q, strict=True))  # what rounding takes from d
            for j in range(9):
                assert within(dp[i, j], p[j] * (d[j] - divergence), eps, p[j] * lost)
                assert within(dq[i, j], q[j] - p[j], eps, max(p[j], q[j]) * (abs(log_p[j]) + abs(log_q[j])))


def test_nothing_cancels():
    """Rows that are nearly uniform, confident ones, and distributions that agree."""
    np.testing.assert_array_equal(fastact.entropy_grad(1.0, np.full(5, 3.0)), 0)
    np.testing.assert_allclose(fastact.entropy_grad(1.0, [1e-12, 0.0]), [-2.5e-13, 2.5e-13], rtol=1e-9)
    e = np.exp(-50.0)
    np.testing.assert_allclose(fastact.entropy_grad(1.0, [50.0, 0.0]), [-50 * e, 50 * e], rtol=1e-14)
    np.testing.assert_allclose(fastact.expectation_grad(1.0, [50.0, 0.0], [1e9, 1e9 + 1]), [-e, e], rtol=1e-14)
    dp, dq = fastact.kl_divergence_grad(1.0, [50.0, 0.0], [50.0, 1e-6])
    np.testing.assert_allclose(dq, [-e * 1e-6, e * 1e-6], rtol=1e-5)
    np.testing.assert_allclose(dp, [e * 1e-6, -e * 1e-6], rtol=1e-5)


@each
def test_differences(call):
    f, gradient, more = call
    x = sample((3, 4, 5), scale=1.0)
    h = 1e-6
    for axis in (0, 1, -1):
        others = more(x)
        dy = sample(f(x, *others, axis).shape, seed=1)
        got = gradient(dy, x, *others, axis)
        for i in ((0, 0, 0), (1, 2, 3), (2, 3, 4)):
            step = np.zeros(x.shape)
            step[i] = h
            want = ((f(x + step, *others, axis) - f(x - step, *others, axis)) * dy).sum() / (2 * h)
            np.testing.assert_allclose(got[i], want, rtol=1e-5, atol=1e-8)
        same(np.moveaxis(got, axis, -1).copy(), gradient(dy, *(np.moveaxis(a, axis, -1) for a in (x, *others))))


@pytest.mark.parametrize("name", ["entropy", "expectation"])
def test_options(name):
    f, gradient, more = CALLS[name]
    x, mask = sample((20, 6), scale=1.0), sample((20, 6), np.bool_, seed=3)
    mask[0], mask[1:, 0] = False, True
    options = {"where": mask, "bias": x[1], "scale": np.linspace(0.5, 2, 20)[:, None]}
    got = gradient(2.0, x, *more(x), **options)
    assert (got[~mask] == 0).all()
    h = 1e-6
    for j in range(6):
        step = np.zeros(6)
        step[j] = h
        want = (f(x + step, *more(x), **options) - f(x - step, *more(x), **options)) / h
        np.testing.assert_allclose(got[:, j], want, rtol=1e-5, atol=1e-8)
    spoiled = np.where(mask, x, nan)
    same(gradient(2.0, spoiled, *more(x), **options), got)


@each
@pytest.mark.parametrize("dtype", FLOATS + INTEGERS, ids=lambda dtype: dtype.__name__)
def test_types(call, dtype):
    _, gradient, more = call
    x = sample((4, 6), dtype)
    others = [a.astype(dtype) for a in more(np.asarray(x, np.float64))]
    with np.errstate(all="raise"):
        got = gradient(1.0, x, *others)
    assert got.dtype == result_type(dtype)
    want = gradient(1.0, *(np.asarray(a, np.float64) for a in (x, *others)))
    tolerance = 4 * float(np.finfo(got.dtype).eps) if got.dtype.itemsize < 8 else 1e-13
    np.testing.assert_allclose(got.astype(np.float64), want, rtol=tolerance, atol=tolerance)


def test_bfloat16():
    dtype = pytest.importorskip("ml_dtypes").bfloat16
    x = sample((4, 6)).astype(dtype)
    got = fastact.entropy_grad(1.0, x)
    assert got.dtype == dtype
    same(got.astype(np.float32), fastact.entropy_grad(1.0, x.astype(np.float64)).astype(dtype).astype(np.float32))


def test_special_rows():
    x = np.array([[0, 1, nan], [0, inf, 1], [-inf, -inf, -inf], [0, 0.25, -inf]])
    with np.errstate(all="raise"):
        for got in (fastact.entropy_grad(1.0, x), fastact.expectation_grad(1.0, x, [1.0, 2.0, inf])):
            assert np.isnan(got[:3]).all()
            assert np.isfinite(got[3]).all()
            assert got[3, 2] == 0
        dp, dq = fastact.kl_divergence_grad(1.0, [0.0, -inf], [0.0, 1.0])
        assert np.isfinite(dp).all()
        np.testing.assert_allclose(dq, [-1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-1))])
        assert np.isnan(fastact.kl_divergence_grad(1.0, [0.0, 1.0], [0.0, -inf])[0]).any()
    assert fastact.entropy_grad(np.zeros((0,)), np.zeros((0, 3))).shape == (0, 3)
    assert fastact.entropy_grad(np.zeros(3), np.zeros((3, 0))).shape == (3, 0)


@each
def test_pieces(call):
    """More rows than are computed at once."""
    _, gradient, more = call
    x = sample((3000, 70), np.float32)
    others = more(x)
    got = gradient(1.0, x, *others)
    same(got[-9:], gradient(1.0, x[-9:], *(a[-9:] for a in others)))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((np.zeros(2), np.zeros((3, 4))), ValueError, r"dy of shape \(2,\) does not broadcast to \(3,\)"),
        ((1.0, np.zeros((3, 4), complex)), TypeError, "complex128 is not supported"),
        ((1j, np.zeros((3, 4))), TypeError, "complex128 is not supported; dy must be real"),
        ((1.0, np.zeros((3, 4)), 2), np.exceptions.AxisError, "axis 2 is out of bounds"),
        ((1.0, np.ma.masked_array([1.0, 2.0], [True, False])), TypeError, "logits is a MaskedArray"),
    ],
)
def test_errors(arguments, error, words):
    with pytest.raises(error, match=rf"fastact\.entropy_grad: .*{words}|{words}"):
        fastact.entropy_grad(*arguments)


def test_containers():
    pandas = pytest.importorskip("pandas")
    x, dy = sample((4, 3)), sample(4, seed=1)
    frame, series = pandas.DataFrame(x, list("abcd"), list("xyz")), pandas.Series(dy, list("abcd"))
    want = pandas.DataFrame(fastact.entropy_grad(dy, x), frame.index, frame.columns)
    pandas.testing.assert_frame_equal(fastact.entropy_grad(series[::-1], frame), want)
    for found, wanted in zip(
        fastact.kl_divergence_grad(1.0, frame, frame / 2), fastact.kl_divergence_grad(1.0, x, x / 2), strict=True
    ):
        pandas.testing.assert_frame_equal(found, pandas.DataFrame(wanted, frame.index, frame.columns))
    xarray = pytest.importorskip("xarray")
    cube = xarray.DataArray(x, dims=("row", "label"))
    found = fastact.expectation_grad(xarray.DataArray(dy, dims="row"), cube, np.arange(3.0))
    assert found.dims == ("row", "label")
    same(found.to_numpy(), fastact.expectation_grad(dy, x, np.arange(3.0)))
    torch = pytest.importorskip("torch")
    assert isinstance(fastact.entropy_grad(1.0, torch.from_numpy(x)), torch.Tensor)
    dask = pytest.importorskip("dask.array")
    with pytest.raises(TypeError, match=r"logits is an Array, which is lazy; pass logits.compute\(\)"):
        fastact.entropy_grad(1.0, dask.from_array(x))
