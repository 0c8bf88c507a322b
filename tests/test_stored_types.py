"""float16 and bfloat16: stored in 16 bits, computed in float32, rounded once. Every input is tried."""

import numpy as np
import pytest
from registry import ELEMENTWISE, NATIVE, ROW_GRADIENTS, ROWS

import fastact

ml_dtypes = pytest.importorskip("ml_dtypes")
TYPES = [np.float16, ml_dtypes.bfloat16]

each_type = pytest.mark.parametrize("dtype", TYPES, ids=lambda dtype: np.dtype(dtype).name)
elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
rows = pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)


def every(dtype):
    return np.arange(65536, dtype=np.uint16).view(dtype)


def bits(a):
    """The words of an array, every NaN alike."""
    words = np.ascontiguousarray(a).view(np.uint16)
    return np.where(np.isnan(np.asarray(a, np.float32)), 0x7FFF, words)


def error(got, want):
    """Units in the last place of got's type; `want` is float64."""
    limits = ml_dtypes.finfo(got.dtype)
    finite = np.isfinite(want) & (np.abs(want) < float(limits.max))
    exponent = np.frexp(np.where(finite, want, 1))[1] - 1
    unit = np.ldexp(float(limits.eps), np.maximum(exponent, int(limits.minexp)))
    return np.where(finite, np.abs(got.astype(np.float64) - np.where(finite, want, 0)), 0) / unit


@each_type
@elementwise
def test_all_inputs(f, dtype):
    x = every(dtype)
    with np.errstate(all="raise"):
        y = f(x)
    assert y.dtype == x.dtype
    with np.errstate(all="ignore"):
        wide = x.astype(np.float64)
        finite = np.isfinite(wide)
        want = f.double(wide[finite], dtype)
    worst = error(y[finite], want)
    # next to a zero of a derivative float32's own error is absolute, and near float16's spacing
    assert worst.max() <= (1.01 if f.oracle.roots else 0.51), (
        f"{worst.max():.3f} ULP at {wide[finite][worst.argmax()]!r}"
    )
    assert np.isnan(y[np.isnan(wide)].astype(np.float32)).all()


@each_type
@elementwise
def test_layout_does_not_matter(f, dtype):
    x = every(dtype)[::7]
    y = f(np.ascontiguousarray(x))
    assert np.array_equal(bits(f(x)), bits(y))
    assert np.array_equal(bits(f(x[::-1])[::-1]), bits(y))
    assert np.array_equal(bits(f(x[:4096].reshape(64, 64).T)), bits(y[:4096].reshape(64, 64).T))
    out = np.zeros(2 * x.size, x.dtype)[::2]
    assert f(x, out=out) is out
    assert np.array_equal(bits(out), bits(y))
    place = np.array(x)
    f(place, out=place)
    assert np.array_equal(bits(place), bits(y))


@each_type
@elementwise
def test_short_lengths(f, dtype):
    x = np.linspace(-4, 4, 70).astype(dtype)
    whole = bits(f(x))
    for n in range(35):
        assert np.array_equal(bits(f(x[:n])), whole[:n])


@each_type
@elementwise
def test_large_arrays_in_parallel(f, dtype):
    x = np.tile(every(dtype), 5)
    one = f(x[: 1 << 16])
    with fastact.num_threads(3):
        assert np.array_equal(bits(f(x)), np.tile(bits(one), 5))


@each_type
@rows
def test_rows_keep_the_type(f, dtype):
    x = np.random.default_rng(1).normal(0, 3, (9, 70)).astype(dtype)
    y = f(x)
    want = f.oracle.double(x.astype(np.float64))
    assert y.dtype == x.dtype
    assert error(y, want).max() <= 0.51
    assert np.array_equal(bits(f(x.T, axis=0)), bits(y if f.name == "logsumexp" else y.T))


@pytest.mark.skipif(not NATIVE, reason="NumPy sums in an order of its own")
@each_type
@pytest.mark.parametrize(("shape", "axis"), [((700, 100), -1), ((2, 150_001), -1), ((3, 61, 700), 1), ((6000, 40), 0)])
def test_rows_in_parallel(dtype, shape, axis):
    """Rows of every length and direction: what float32 gives, rounded, with any number of threads."""
    rng = np.random.default_rng(5)
    x, dy = rng.normal(0, 3, (2, *shape)).astype(dtype)
    y = fastact.softmax(x, axis=axis)
    cases = [(f, (x,)) for f in ROWS] + [(f, (dy, y)) for f in ROW_GRADIENTS.values()]
    for f, arguments in cases:
        want = bits(f(*[a.astype(np.float32) for a in arguments], axis=axis).astype(dtype))
        for threads in (1, 3):
            with fastact.num_threads(threads):
                got = f(*arguments, axis=axis)
                assert got.dtype == dtype
                assert np.array_equal(bits(got), want)
                place = np.array(arguments[-1])
                if got.shape == shape:
                    f(*arguments[:-1], place, axis=axis, out=place)
                    assert np.array_equal(bits(place), want)


@each_type
def test_long_rows_sum_in_float32(dtype):
    x = np.zeros(100_000, dtype)
    assert np.array_equal(fastact.softmax(x), np.full(100_000, 1e-5).astype(dtype))
    assert fastact.log_softmax(x)[7] == np.dtype(dtype).type(-np.log(1e5))
    assert fastact.logsumexp(x) == np.dtype(dtype).type(np.log(1e5))


@each_type
def test_dtype_argument(dtype):
    x = np.linspace(-3, 3, 50).astype(np.float32)
    assert fastact.sigmoid(x, dtype=dtype).dtype == dtype
    assert fastact.softmax(x, dtype=dtype).dtype == dtype
    assert fastact.softmax(x.astype(dtype), dtype=np.float32).dtype == np.float32
