"""Row functions: axes, layouts, outputs, and what makes them probabilities."""

import numpy as np
import pytest
from registry import FLOATS, INTEGERS, NATIVE, ROWS, result_type, same, sample
from test_digests import threads

import fastact

__all__ = ["threads"]  # a fixture
rows = pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
AXES = [-1, 0, 1, 2, -2, (0, 1), (0, 2), (1, 2), (2, 0), (-1, -2), (0, 1, 2), None, ()]


def along_rows(f, x, axis):
    """The result by the plainest way: a copy whose rows are its last axis."""
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = sorted(a % x.ndim for a in axes)
    others = [a for a in range(x.ndim) if a not in axes]
    moved = x.transpose(*others, *axes)
    flat = np.ascontiguousarray(moved.reshape([x.shape[a] for a in others] + [-1]))
    y = np.asarray(f(flat))
    if f.name == "logsumexp":
        return y
    return y.reshape(moved.shape).transpose(np.argsort(others + axes))


@rows
@each_float
@pytest.mark.parametrize("axis", AXES, ids=str)
def test_axis(f, dtype, axis):
    x = sample((5, 7, 11), dtype)
    views = {
        "contiguous": x,
        "fortran": np.asfortranarray(x),
        "transposed": sample((11, 5, 7), dtype).transpose(1, 2, 0),
        "strided": sample((10, 14, 33), dtype)[::2, ::2, ::3],
        "reversed": x[::-1, ::-1, ::-1],
        "broadcast": np.broadcast_to(x[:, :1], (5, 7, 11)),
        "swapped": x.astype(x.dtype.newbyteorder()),
    }
    for view in views.values():
        before = view.copy()
        y = f(view, axis=axis)
        plain = view.astype(dtype)
        same(np.asarray(y), along_rows(f, plain, axis))
        same(view, before)


@rows
@pytest.mark.parametrize("dtype", INTEGERS, ids=lambda dtype: dtype.__name__)
def test_integers_are_float64(f, dtype):
    x = sample((6, 9), dtype)
    same(f(x), f(x.astype(np.float64)))


@rows
@each_float
def test_lengths(f, dtype):
    """Every short row, and lengths about the kernels' blocks; by rows and by columns."""
    for n in [*range(1, 71), 127, 128, 129, 1000, 4095, 4096, 4097, 8191, 8192, 12289]:
        x = sample((3, n), dtype, seed=n)
        y = f(x)
        assert y.dtype == dtype
        for i in range(3):
            same(np.asarray(y[i]), np.asarray(f(x[i])))
        same(f(x.T, axis=0), y.T)
        same(f(np.ascontiguousarray(x.T), axis=0), y.T)


@pytest.mark.parametrize("shape", [(40, 1), (40, 2), (33, 10), (9, 100), (7, 1000), (3, 5000), (1, 20_001)])
@pytest.mark.parametrize("axis", [0, 1])
@each_float
def test_sums_to_one(shape, axis, dtype):
    x = sample(shape, dtype, scale=5)
    total = fastact.softmax(x, axis=axis).astype(np.longdouble).sum(axis=axis)
    # every term is off by a few units of its last place, subnormals by their spacing
    limit = 8 * np.finfo(dtype).eps + shape[axis] * float(np.finfo(dtype).smallest_subnormal)
    assert abs(total - 1).max() < limit
    assert (fastact.softmax(x, axis=axis) >= 0).all()
    assert (fastact.log_softmax(x, axis=axis) <= 0).all()


@each_float
def test_shift_invariant(dtype):
    x = np.round(sample((20, 50), dtype) * 4) / 4  # so that the shift is exact
    shifted = fastact.softmax(x + dtype(8))
    np.testing.assert_allclose(shifted, fastact.softmax(x), rtol=8 * np.finfo(dtype).eps)


@rows
@each_float
def test_out(f, dtype):
    x = sample((6, 7, 8), dtype)
    for axis in (-1, 0, 1, (0, 2), None):
        want = np.asarray(f(x, axis))
        spaced = np.empty([2 * n for n in want.shape], dtype)[(..., *(slice(None, None, 2) for _ in want.shape))]
        for out in (
            np.empty_like(want),
            np.empty_like(want, order="F"),
            spaced,
            np.empty_like(want)[..., ::-1] if want.ndim else np.empty_like(want),
        ):
            assert f(x, axis, out=out) is out
            same(out, want)
            assert f(x, axis=axis, out=out) is out
            same(out, want)
    wide = np.empty(np.shape(f(x)), np.longdouble)
    f(x, out=wide)
    same(wide, f(x).astype(np.longdouble))
    narrow = np.empty(np.shape(f(x)), np.float16)
    f(x, out=narrow)
    same(narrow, f(x).astype(np.float16))


@rows
@each_float
@pytest.mark.parametrize("axis", [-1, 0, None])
def test_overlapping_out(f, dtype, axis):
    if f.name != "logsumexp":
        for order in "CF":
            x = sample((30, 40), dtype).astype(dtype, order=order)
            want = f(x.copy(order="K"), axis)
            assert f(x, axis, out=x) is x
            same(x, want)
        for shift in (-40, -7, 1, 40):
            memory = sample(3000, dtype)
            x, out = memory[100:1300].reshape(30, 40), memory[100 + shift : 1300 + shift].reshape(30, 40)
            want = f(x.copy(), axis)
            f(x, axis, out=out)
            same(out, want)
        square = sample((40, 40), dtype)
        want = f(square.copy(), axis)
        f(square, axis, out=square.T)
        same(square.T.copy(), want)
    else:
        x = sample((40, 40), dtype)
        want = np.asarray(f(x.copy(), axis))
        out = x[0] if want.ndim else x[:1, 0].reshape(())
        f(x, axis, out=out)
        same(out, want)


@rows
def test_zero_dimensional(f):
    for dtype in FLOATS:
        for axis in (-1, 0, None, ()):
            y = f(dtype(3), axis=axis)
            assert type(y) is dtype
            assert y == {"softmax": 1, "log_softmax": 0, "logsumexp": 3}[f.name]
    out = np.empty(())
    assert f(3.0, out=out) is out
    assert type(f(7)) is np.float64


def test_reducing_everything_gives_a_scalar():
    x = sample((3, 4), np.float32)
    assert type(fastact.logsumexp(x, axis=None)) is np.float32
    assert type(fastact.logsumexp(x[0])) is np.float32


@pytest.mark.parametrize("axis", AXES, ids=str)
def test_keepdims(axis):
    x = sample((5, 7, 11))
    y = fastact.logsumexp(x, axis=axis, keepdims=True)
    assert y.shape == np.sum(x, axis=axis, keepdims=True).shape
    same(y.reshape(np.shape(fastact.logsumexp(x, axis=axis))), fastact.logsumexp(x, axis=axis))


@rows
def test_empty(f):
    for shape in [(0,), (3, 0), (0, 3), (2, 0, 3)]:
        x = np.zeros(shape, np.float32)
        for axis in (-1, 0, None):
            y = f(x, axis=axis)
            if f.name == "logsumexp":
                assert np.shape(y) == np.sum(x, axis=axis).shape
                assert (y == -np.inf).all()
            else:
                assert y.shape == shape
            assert y.dtype == np.float32
            out = np.empty(np.shape(y), np.float32)
            assert f(x, axis, out=out) is out


@rows
def test_dtype(f):
    x = sample((5, 9), np.float32)
    same(f(x, dtype=np.float64), f(x.astype(np.float64)))
    same(f(x.astype(np.float64), dtype="f4"), f(x))
    same(f(x, dtype=np.longdouble), f(x.astype(np.longdouble)))
    assert f(x, dtype=np.float16).dtype == np.float16
    assert f(np.arange(5), dtype=np.float32).dtype == np.float32


# ---- the relative accuracy of logarithms ----

wide_enough = pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="longdouble is no wider than double")
LENGTHS = [*range(2, 20), *range(29, 36), 62, 63, 64, 65, 70, 127, 128, 129, 333, 1000, 4097, 9001, 150_001]


def logarithms(x):
    """log_softmax and logsumexp of rows in longdouble, and the logarithm of the sum that both contain: 0 or more."""
    x = x.astype(np.longdouble)
    place = x.argmax(axis=-1)[:, None]
    below = x - np.take_along_axis(x, place, axis=-1)
    rest = np.exp(below)
    np.put_along_axis(rest, place, 0, axis=-1)
    log_sum = np.log1p(rest.sum(axis=-1, keepdims=True))
    return below - log_sum, (np.take_along_axis(x, place, axis=-1) + log_sum)[:, 0], log_sum[:, 0]


def within(got, want, size, dtype, eps=4 if NATIVE else 12):
    sums = 1 if NATIVE else want.shape[-1]  # NumPy adds subnormal numbers
    least = np.longdouble(np.finfo(dtype).smallest_subnormal) * sums
    limit = eps * np.longdouble(np.finfo(dtype).eps) * np.abs(size) + least
    off = np.abs(got.astype(np.longdouble) - want)
    assert (off <= limit).all(), (off / limit).max()


def dominated(n, dtype):
    """Rows whose other elements lie a gap or more below the largest, for gaps from 0 to where they vanish."""
    rng = np.random.default_rng(n)
    gaps = np.concatenate([np.linspace(0, 40, 21), np.linspace(41, 110 if dtype == np.float32 else 800, 12)])
    gaps = gaps if n < 9000 else gaps[::11]
    x = -gaps[:, None] - rng.uniform(0, 3, (len(gaps), n))
    x[np.arange(len(gaps)), rng.integers(0, n, len(gaps))] = 0
    peaks = np.resize([0, 40.5, -3, 1000, 0.1, -300], len(gaps))[:, None]
    return (x + peaks).astype(dtype)


@wide_enough
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_logarithms_of_dominated_rows(dtype, count, threads):
    """4 eps of the result, whatever the gap: the largest element's logarithm is minus the sum of the others, not 0."""
    threads(count)
    for n in LENGTHS:
        x = dominated(n, dtype)
        want, whole, log_sum = logarithms(x)
        columns = np.ascontiguousarray(x.T)
        for y in (fastact.log_softmax(x), fastact.log_softmax(columns, axis=0).T):
            within(y, want, want, dtype)
        for y in (fastact.logsumexp(x), fastact.logsumexp(columns, axis=0)):
            within(y, whole, np.maximum(np.abs(whole), log_sum), dtype)
        for i in range(0, len(x), 7):  # a row by itself
            within(fastact.log_softmax(x[i]), want[i], want[i], dtype)
            within(fastact.logsumexp(x[i : i + 1]), whole[i : i + 1], np.maximum(np.abs(whole), log_sum)[i], dtype)


def test_logarithms_of_dominated_rows_by_number():
    close = {"rtol": 4 * np.finfo(float).eps, "atol": 0}
    np.testing.assert_allclose(fastact.logsumexp([0.0, -40.0]), 4.248354255291589e-18, **close)
    np.testing.assert_allclose(fastact.log_softmax([40.5, 0.0])[0], -2.5767571091549807e-18, **close)
    assert fastact.logsumexp(np.float32([0, -100])) == np.float32(np.exp(-100))
    assert fastact.log_softmax(np.float32([0, -100]))[0] == -np.float32(np.exp(-100))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_logarithms_of_dominated_rows_in_16_bits(dtype):
    kind = np.dtype(np.float16) if dtype == "float16" else np.dtype(pytest.importorskip("ml_dtypes").bfloat16)
    for n in (2, 9, 40, 300, 5000):
        x = dominated(n, np.float32).astype(kind)
        for f in (fastact.log_softmax, fastact.logsumexp):
            if NATIVE:  # NumPy rounds float64, once
                same(f(x), f(x.astype(np.float32)).astype(kind))
            assert (np.abs(f(x[::6][:3]).astype(float)) > 0).any()


@rows
@each_float
def test_quiet(f, dtype):
    edges = np.array([0, -np.inf, np.inf, np.nan, np.finfo(dtype).max, np.finfo(dtype).min, 1, -100, 700], dtype)
    with np.errstate(all="raise"):
        for n in range(1, 9):
            for axis in (0, 1):
                x = np.array([np.roll(edges, k)[:n] for k in range(9)])
                f(x, axis=axis)
                f(x[:, ::-1], axis=axis)
                assert result_type(dtype) == f(x).dtype
        f(np.full((4, 3), 0.3, np.float64), out=np.empty(np.shape(f(np.zeros((4, 3)))), np.float16))
