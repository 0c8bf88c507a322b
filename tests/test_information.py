"""entropy, kl_divergence and expectation keep their digits where one element takes nearly all and where distributions
agree; softmax gives logsumexp beside its result, with the bits of both."""

import inspect
import math

import numpy as np
import pytest
from registry import FLOATS, NATIVE, result_type, same, sample

import fastact
from fastact._reference import table

mpmath = pytest.importorskip("mpmath")
pytestmark = pytest.mark.each_isa

TYPES = [np.float32, np.float64]
each_type = pytest.mark.parametrize("dtype", TYPES, ids=lambda dtype: dtype.__name__)
SUMS = {
    "entropy": lambda x, **k: fastact.entropy(x, **k),
    "expectation": lambda x, **k: (
        fastact.expectation(x, np.arange(x.shape[k.get("axis", -1)]) - 3.0, **k)
        if k.get("axis", -1) in (-1, x.ndim - 1)
        else fastact.expectation(np.moveaxis(x, k["axis"], -1), np.arange(x.shape[k["axis"]]) - 3.0)
    ),
    "kl_divergence": lambda x, **k: fastact.kl_divergence(x, x[::-1] / 2, **k),
}
each_sum = pytest.mark.parametrize("f", SUMS.values(), ids=SUMS)


def exact(x):
    """Probabilities and their logarithms in 300 digits."""
    with mpmath.workdps(300):
        e = [mpmath.exp(mpmath.mpf(float(v))) if v != -np.inf else mpmath.mpf(0) for v in x]
        total = mpmath.fsum(e)
        return [v / total for v in e], [mpmath.log(v / total) if v else None for v in e]


def rows(dtype, n):
    """Random rows, confident ones, and some with -inf."""
    x = sample((12, n), dtype)
    x[1] *= 10
    x[2, 0] = 60
    x[3, n // 2] = 300
    x[4, ::2] = -np.inf
    x[5] = 1
    return x


@each_type
@pytest.mark.parametrize("n", [2, 3, 17, 1000])
def test_entropy(dtype, n):
    x = rows(dtype, n)
    found = fastact.entropy(x)
    assert found.dtype == dtype
    for row, value in zip(x, found, strict=True):
        with mpmath.workdps(300):
            want = -mpmath.fsum(p * log for p, log in zip(*exact(row), strict=True) if log is not None)
            assert abs(mpmath.mpf(float(value)) - want) <= 16 * np.finfo(dtype).eps * want + np.finfo(dtype).tiny


@each_type
@pytest.mark.parametrize("n", [2, 3, 17, 300])
def test_expectation(dtype, n):
    x, values = rows(dtype, n), sample(n, dtype, seed=3)
    for row, value in zip(x, fastact.expectation(x, values), strict=True):
        with mpmath.workdps(300):
            terms = [p * mpmath.mpf(float(v)) for p, v in zip(exact(row)[0], values, strict=True)]
            size = mpmath.fsum(map(abs, terms))
            assert abs(mpmath.mpf(float(value)) - mpmath.fsum(terms)) <= 5 * np.finfo(dtype).eps * size


@each_type
@pytest.mark.parametrize("n", [2, 3, 17, 300])
@pytest.mark.parametrize("apart", [0, 1e-6, 1e-3, 0.3, 3])
def test_divergence(dtype, n, apart):
    x = rows(dtype, n)
    y = x + (apart * sample((12, n), seed=4)).astype(dtype)
    for one, other, value in zip(x, y, fastact.kl_divergence(x, y), strict=True):
        with mpmath.workdps(300):
            terms = [p * (a - b) for p, a, b in zip(*exact(one), exact(other)[1], strict=True) if a is not None and p]
            want = mpmath.fsum(terms)
            logarithms = max(abs(a) * p for p, a in zip(*exact(one), strict=True) if a is not None)
            # what rounding takes from the logarithms shows twice in a square of their difference
            error = 2 * mpmath.sqrt(abs(want)) * 8 * np.finfo(np.float64).eps * (1 + 300 + logarithms)
            assert abs(mpmath.mpf(float(value)) - want) <= 4 * np.finfo(dtype).eps * want + error + 1e-25


def test_divergence_is_0_or_infinite():
    x = np.float32([[0, 1, -np.inf], [0, 1, 2]])
    same(fastact.kl_divergence(x, x), np.zeros(2, np.float32))
    same(fastact.kl_divergence(x[::-1], x), np.float32([np.inf, fastact.kl_divergence(x[0], x[1])]))
    near = fastact.kl_divergence(np.zeros(2), [0, 1e-9])
    assert near == pytest.approx(1.25e-19, rel=1e-6)


def by_terms(x, y):
    """The divergence in longdouble, term by term."""
    logs = [a.astype(np.longdouble) - a.max(axis=-1, keepdims=True) for a in (x, y)]
    log_p, log_q = (a - np.log(np.exp(a).sum(axis=-1, keepdims=True)) for a in logs)
    d = log_p - log_q
    series = sum((-d) ** k / math.factorial(k) for k in range(2, 16))
    return (np.exp(log_p) * np.where(abs(d) < 0.1, series, d + np.expm1(-d))).sum(axis=-1)


@pytest.mark.parametrize("n", [2, 3, 20, 21, 64, 5000])
@pytest.mark.parametrize(("width", "apart"), [(1, 0.01), (3, 3), (10, 2), (30, 30)])
def test_many_divergences_of_float32(n, width, apart):
    x = sample((20_000 // n + 20, n), np.float32) * np.float32(width)
    y = x + np.float32(apart) * sample(x.shape, np.float32, seed=4)
    want = by_terms(x, y)
    close = abs(fastact.kl_divergence(x, y) - want) <= 4 * np.finfo(np.float32).eps * want
    assert close[want > 1e-12].all()  # of less, longdouble's logarithms lose too much


def test_equal_rows_under_a_mask_and_in_any_type():
    x = sample((30, 50), np.float32) * 20
    where = np.arange(50) % 3 > 0
    same(fastact.kl_divergence(x, x), np.zeros(30, np.float32))
    same(fastact.kl_divergence(x, x, where=where), np.zeros(30, np.float32))
    same(fastact.kl_divergence(x, x[::-1], where=where), fastact.kl_divergence(x[:, where], x[::-1, where]))
    same(fastact.kl_divergence(x, x[::-1], where=False), np.zeros(30, np.float32))


def test_special_rows():
    x = [[np.nan, 1], [np.inf, 1], [-np.inf, -np.inf], [0, -np.inf]]
    same(fastact.entropy(x), np.array([np.nan, np.nan, np.nan, 0]))
    same(fastact.expectation(x, [7, np.inf]), np.array([np.nan, np.nan, np.nan, 7]))
    same(fastact.entropy(np.ones((2, 3)), where=[[True], [False]]), np.array([fastact.entropy(np.ones(3)), 0]))
    assert fastact.entropy(np.empty((2, 0))).tolist() == [0, 0]
    assert isinstance(fastact.entropy([1.0, 2.0]), np.float64)


@each_sum
@pytest.mark.parametrize("dtype", [*FLOATS, np.int8, np.bool_], ids=lambda dtype: dtype.__name__)
def test_types_and_layouts(f, dtype):
    x = sample((6, 37), dtype)
    want = f(x)
    assert want.dtype == result_type(dtype)
    same(f(np.asfortranarray(x)), want)
    same(f(np.repeat(x, 3, axis=1)[:, ::3]), want)
    same(f(x.astype(np.dtype(dtype).newbyteorder())), want)
    if np.dtype(dtype).kind == "f" and np.dtype(dtype).itemsize > 2:
        mine = [f(x), f(np.ascontiguousarray(x.T).T)]
        same(*mine)


@each_sum
def test_threads_and_axes(f):
    x = sample((400, 300), np.float32)
    want = f(x)
    for n in (1, 2, 3, 7):
        with fastact.num_threads(n):
            same(f(x), want)
    same(fastact.entropy(x.T, 0), fastact.entropy(x))
    same(fastact.kl_divergence(x.T, x.T[::-1], 0), fastact.kl_divergence(x, x[:, ::-1]))
    same(fastact.expectation(x.T, np.arange(300)[:, None], 0), fastact.expectation(x, np.arange(300)))


@pytest.mark.parametrize("options", [{"scale": 0.3}, {"bias": 2.0, "scale": -1}, {"where": np.arange(40) % 3 > 0}])
def test_options(options):
    x = sample((9, 40))
    counts = {"where": True, "bias": 0, "scale": 1, **options}
    changed = np.where(counts["where"], counts["scale"] * x + counts["bias"], -np.inf)
    np.testing.assert_allclose(fastact.entropy(x, **options), fastact.entropy(changed), rtol=1e-14)
    values = sample(40, seed=1)
    np.testing.assert_allclose(
        fastact.expectation(x, values, **options), fastact.expectation(changed, values), rtol=1e-13, atol=1e-15
    )
    if "where" in options:
        np.testing.assert_allclose(
            fastact.kl_divergence(x, x[::-1], **options), fastact.kl_divergence(changed, changed[::-1]), rtol=1e-13
        )


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: fastact.entropy(np.ones(3), None), TypeError, "entropy: axis must be an int"),
        (lambda: fastact.expectation(np.ones((2, 3)), np.ones(2)), ValueError, "values of shape"),
        (lambda: fastact.kl_divergence(np.ones(3), np.ones(4)), ValueError, "p_logits have shape"),
        (lambda: fastact.kl_divergence(np.ones(3), np.ones(3) * 1j), TypeError, "q_logits must be real"),
        (lambda: fastact.entropy(np.ma.ones(3)), TypeError, "whose mask would be ignored"),
        (lambda: fastact.expectation(np.ones(3), "abc"), TypeError, "values must be real"),
    ],
)
def test_errors(call, error, said):
    with pytest.raises(error, match=rf"fastact\.{said}|{said}"):
        call()


# ---- logsumexp beside softmax ----


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
def test_both(name, dtype):
    f = getattr(fastact, name)
    for shape in [(1, 9), (50, 33), (3, 1000), (2, 60_000), (6, 5, 17), (17,)]:
        x = sample(shape, dtype)
        for axis in {-1, 0, None, tuple(range(len(shape)))[-2:]}:
            y, sums = f(x, axis, return_logsumexp=True)
            same(y, f(x, axis))
            same(sums, fastact.logsumexp(x, axis))
            assert np.shape(sums) == np.shape(fastact.logsumexp(x, axis))
        for given in (np.asfortranarray(x), x.astype(x.dtype.newbyteorder()), x[::-1]):
            y, sums = f(given, return_logsumexp=True)
            same(y, f(given))
            same(sums, fastact.logsumexp(given))
    options = {"where": x > 0, "scale": 2.0, "bias": 1.0}
    y, sums = f(x, return_logsumexp=True, **options)
    same(y, f(x, **options))
    same(sums, fastact.logsumexp(x, **options))
    here = sample((40, 300), dtype)
    want = f(here), fastact.logsumexp(here)
    y, sums = f(here, out=here, return_logsumexp=True)
    assert y is here
    same(here, want[0])
    same(sums, want[1])


@pytest.mark.parametrize("n", [1, 2, 7])
def test_both_on_threads(n):
    x = sample((3000, 40), np.float32)
    with fastact.num_threads(n):
        for given, axis in ((x, 1), (x, 0), (x[:1], 1), (x.reshape(1, -1), 1)):
            y, sums = fastact.softmax(given, axis, return_logsumexp=True)
            same(y, fastact.softmax(given, axis))
            same(sums, fastact.logsumexp(given, axis))


def test_both_of_other_libraries():
    pandas = pytest.importorskip("pandas")
    x = pandas.DataFrame(sample((3, 4)), index=list("abc"))
    y, sums = fastact.softmax(x, return_logsumexp=True)
    assert y.index.equals(x.index)
    assert sums.index.equals(x.index)
    for name in ("entropy", "expectation", "kl_divergence"):
        f = getattr(fastact, name)
        given = (x,) if name == "entropy" else (x, x[::-1])
        found = f(*given)
        assert found.index.equals(x.index)
        same(found.to_numpy(), f(*(x.to_numpy() for _ in given)))


def test_dask():
    array = pytest.importorskip("dask.array")
    x = sample((6, 5), np.float32)
    lazy = array.from_array(x, chunks=(2, 5))
    same(fastact.entropy(lazy, where=x > -2).compute(), fastact.entropy(x, where=x > -2))
    same(fastact.expectation(lazy, np.arange(5)).compute(), fastact.expectation(x, np.arange(5)))
    same(fastact.kl_divergence(lazy, lazy[::-1]).compute(), fastact.kl_divergence(x, x[::-1]))
    _, sums = fastact.softmax(lazy, return_logsumexp=True)
    same(sums.compute(), fastact.logsumexp(x))
    with pytest.raises(ValueError, match="rechunk"):
        fastact.entropy(lazy, 0)


@pytest.mark.skipif(not NATIVE, reason="no kernels")
def test_the_reference_agrees():
    x, y = sample((20, 50)), sample((20, 50), seed=1)
    for name, given in (("entropy", (x,)), ("expectation", (x, y)), ("kl_divergence", (x, y))):
        assert inspect.signature(getattr(table, name)) == inspect.signature(getattr(fastact, name))
        np.testing.assert_allclose(getattr(fastact, name)(*given), getattr(table, name)(*given), rtol=1e-13)
