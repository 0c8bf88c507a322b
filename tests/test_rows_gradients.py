"""softmax_grad and log_softmax_grad: accuracy, layouts, outputs, special values, errors."""

import re

import numpy as np
import oracles_losses
import pytest
from registry import FLOATS, ROW_GRADIENTS, compiled, same, sample

import fastact

try:
    import mpmath
except ImportError:  # the test that needs it is skipped
    mpmath = None

NATIVE = compiled(ROW_GRADIENTS)

each = pytest.mark.parametrize("name", sorted(ROW_GRADIENTS))
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
inf, nan = np.inf, np.nan


def result(name, shape, dtype=np.float64, seed=0, axis=-1):
    """What softmax or log_softmax gives, so that it sums as it should."""
    return getattr(fastact, name.removesuffix("_grad"))(sample(shape, dtype, seed=seed), axis)


def test_every_one_has_an_oracle():
    assert all(hasattr(oracles_losses, name) for name in ROW_GRADIENTS)


def what_bounds(name, dy, y):
    """Of every element of a row in mpmath: abs(y) sum(abs(dy y)), or abs(exp(y) sum(dy))."""
    if name == "softmax_grad":
        total = sum(abs(d * v) for d, v in zip(dy, y, strict=True))
        return [abs(v) * total for v in y]
    return [abs(mpmath.exp(v) * sum(dy)) for v in y]


def ulp(value, limits):
    return float(np.spacing(limits.dtype.type(abs(value))))


def documented_error(name, value, size, limits):
    if name == "softmax_grad":
        return 2.5 * ulp(value, limits) + float(size) * (2.0**-40 if limits.dtype == np.float32 else 2.0**-90)
    return 2.5 * ulp(max(abs(value), size), limits)


def error_in_numpy(name, value, size, limits):
    # exp(y) of a large y moves by y times its rounding
    far = 1 + abs(np.log(float(size) + 1e-300)) / 2 if name == "log_softmax_grad" else 1
    return 3 * far * limits.eps * float(size)


@each
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("scale", [0.1, 3, 30])
def test_accuracy(name, dtype, scale):
    pytest.importorskip("mpmath")
    f, oracle = ROW_GRADIENTS[name], getattr(oracles_losses, name)
    computed = np.finfo(np.float32 if dtype == np.float16 else dtype)
    for n in (1, 2, 3, 10, 33, 100):
        x, dy = sample((6, n), dtype, seed=n, scale=scale), sample((6, n), dtype, seed=n + 1)
        y = getattr(fastact, name.removesuffix("_grad"))(x)
        got = f(dy, y)
        assert got.dtype == dtype
        for i in range(6):
            exact = [[mpmath.mpf(float(v)) for v in a[i]] for a in (dy, y)]
            want, sizes = oracle(*exact)
            if NATIVE:
                sizes = what_bounds(name, *exact)
            for result, value, size in zip(got[i], want, sizes, strict=True):
                bound = (documented_error if NATIVE else error_in_numpy)(name, value, size, computed)
                bound += float(np.finfo(dtype).smallest_subnormal)
                bound += 0.51 * float(np.finfo(dtype).eps) * abs(float(value)) if dtype == np.float16 else 0
                assert abs(mpmath.mpf(float(result)) - value) <= bound


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_central_differences(name, dtype):
    x, dy = sample((5, 7), seed=2), sample((5, 7), seed=3)
    f, h = getattr(fastact, name.removesuffix("_grad")), 1e-5
    want = np.empty_like(x)
    for k in range(7):
        step = h * (np.arange(7) == k)
        want[:, k] = (dy * (f(x + step) - f(x - step))).sum(axis=-1) / (2 * h)
    got = ROW_GRADIENTS[name](dy.astype(dtype), f(x).astype(dtype))
    np.testing.assert_allclose(
        got, want, rtol=1e-8 if dtype == np.float64 else 1e-4, atol=1e-8 if dtype == np.float64 else 1e-5
    )


@each
def test_long_rows(name):
    rng = np.random.default_rng(0)
    for n in (4095, 4097, 20_001, 300_000):
        x = rng.normal(0, 2, n).astype(np.float32)
        dy = rng.normal(1, 1, n).astype(np.float32)
        y = getattr(fastact, name.removesuffix("_grad"))(x)
        wide = dy.astype(np.float64), y.astype(np.float64)
        if name == "softmax_grad":
            want = wide[1] * (wide[0] - (wide[0] * wide[1]).sum())
            size = wide[1] * (np.abs(wide[0]) + np.abs(wide[0] * wide[1]).sum())
        else:
            want = wide[0] - np.exp(wide[1]) * wide[0].sum()
            size = np.abs(wide[0]) + np.exp(wide[1]) * np.abs(wide[0]).sum() * (4 + np.abs(wide[1]))
        assert (np.abs(ROW_GRADIENTS[name](dy, y) - want) <= 3 * 2.0**-23 * size).all()


@each
@each_float
def test_axes_and_layouts(name, dtype):
    f = ROW_GRADIENTS[name]
    for axis in (-1, 0, 1, (0, 2), (1, 2), (2, 0), (0, 1, 2), None, ()):
        y, dy = result(name, (5, 7, 11), dtype, axis=axis), sample((5, 7, 11), dtype, seed=1)
        axes = tuple(range(3)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        axes = sorted(a % 3 for a in axes)
        order = [a for a in range(3) if a not in axes] + axes
        outer = 3 - len(axes)
        flat = [a.transpose(order).reshape(*np.array(a.shape)[order[:outer]], -1) for a in (dy, y)]
        want = (
            f(*(np.ascontiguousarray(a) for a in flat)).reshape(np.array(y.shape)[order]).transpose(np.argsort(order))
        )
        for change in (
            np.array,
            np.asfortranarray,
            lambda a: np.repeat(a, 2, axis=1)[:, ::2],
            lambda a: a[::-1, :, ::-1].copy()[::-1, :, ::-1],
            lambda a: a.transpose(1, 2, 0).copy().transpose(2, 0, 1),
            lambda a: a.astype(a.dtype.newbyteorder()),
        ):
            for pair in ((change(dy), change(y)), (dy, change(y)), (change(dy), y)):
                same(f(*pair, axis=axis), want)
        for small in (dy[:1], dy[0, :1], dy[:, :1, :1], dy[0, 0, 0]):
            same(f(small, y, axis), f(np.ascontiguousarray(np.broadcast_to(small, y.shape)), y, axis))


@each
@each_float
def test_lengths_and_neighbours(name, dtype):
    f = ROW_GRADIENTS[name]
    for n in [*range(1, 40), 63, 64, 65, 1000, 4096, 4097, 8193]:
        y, dy = result(name, (3, n), dtype, seed=n), sample((3, n), dtype, seed=n + 1)
        whole = f(dy, y)
        for i in range(3):
            same(f(dy[i], y[i]), whole[i])
        same(f(dy.T, y.T, axis=0), whole.T)
        same(f(np.ascontiguousarray(dy.T), np.ascontiguousarray(y.T), 0), whole.T)


@each
def test_types(name):
    f, y = ROW_GRADIENTS[name], result(name, (3, 5), np.float32)
    assert f(1, y).dtype == f(0.5, y).dtype == np.float32
    assert f(sample(5), y).dtype == np.float64
    assert f(sample(5), y, dtype=np.float16).dtype == np.float16
    same(f(sample(5, np.float32), y, dtype=np.float64), f(sample(5, np.float32).astype(float), y.astype(float)))
    same(f(sample((3, 5), np.int8), y.astype(np.float64)), f(sample((3, 5), np.int8).astype(float), y.astype(float)))
    same(f([1, 0, 2], [0.25, 0.5, 0.25]), f(np.array([1.0, 0, 2]), np.array([0.25, 0.5, 0.25])))
    assert type(f(1.5, 1.0)) is np.float64
    assert type(f(np.float32(1.5), np.float32(1))) is np.float32
    ml_dtypes = pytest.importorskip("ml_dtypes")
    y = y.astype(ml_dtypes.bfloat16)
    assert f(1.0, y).dtype == y.dtype
    np.testing.assert_allclose(f(1.0, y).astype(float), f(1.0, y.astype(float)), rtol=2.0**-8, atol=2.0**-9)


@each
@each_float
def test_out(name, dtype):
    f = ROW_GRADIENTS[name]
    for axis in (-1, 0, None):
        dy, y = sample((40, 30), dtype, seed=1), result(name, (40, 30), dtype, axis=axis)
        want = f(dy, y, axis)
        for out in (np.empty_like(y), np.empty_like(y, order="F"), np.empty((40, 60), dtype)[:, ::2]):
            assert f(dy, y, axis, out=out) is out
            same(out, want)
        for place in (0, 1):
            pair = [dy.copy(), y.copy()]
            assert f(*pair, axis, out=pair[place]) is pair[place]
            same(pair[place], want)
        for shift in (-30, -7, 1, 30):
            memory = np.zeros(3000, dtype)
            inside = memory[100:1300].reshape(40, 30)
            out = memory[100 + shift : 1300 + shift].reshape(40, 30)
            inside[...] = y
            f(dy, inside, axis, out=out)
            same(out, want)
            inside[...] = dy
            f(inside, y, axis, out=out)
            same(out, want)
    square, dy = result(name, (30, 30), dtype), sample((30, 30), dtype, seed=1)
    want = f(dy, square)
    f(dy, square, out=square.T)
    same(square.T.copy(), want)
    wide = np.empty((40, 30), np.longdouble)
    f(dy[:1], result(name, (40, 30), dtype), out=wide)


@each
@each_float
def test_special_values(name, dtype):
    f = ROW_GRADIENTS[name]
    y, dy = result(name, (5, 20), dtype), sample((5, 20), dtype, seed=1)
    want = f(dy, y)
    nothing = -inf if name == "log_softmax_grad" else 0
    masked = y.copy()
    masked[2] = nothing
    got = f(dy, masked)
    same(np.delete(got, 2, axis=0), np.delete(want, 2, axis=0))
    np.testing.assert_array_equal(got[2], dy[2] if name == "log_softmax_grad" else 0)
    for place in (0, 7, 19):
        part = y.copy()
        part[1, place] = nothing
        assert f(dy, part)[1, place] == (dy[1, place] if name == "log_softmax_grad" else 0)
        for spoiled in (y.copy(), dy.copy()):
            spoiled[3, place] = nan
            pair = (dy, spoiled) if spoiled[0, 0] == y[0, 0] else (spoiled, y)
            got = f(*pair)
            assert np.isnan(got[3, place])
            if name == "softmax_grad" or pair[1] is y:
                assert np.isnan(got[3]).all()
            same(np.delete(got, 3, axis=0), np.delete(want, 3, axis=0))


def in_longdouble(name, dy, y):
    """The gradient of each row, and the size of what it is the difference of."""
    dy, y = dy.astype(np.longdouble), y.astype(np.longdouble)
    if name == "softmax_grad":
        whole, size = (v.sum(axis=-1, keepdims=True) for v in (dy * y, np.abs(dy * y)))
        return y * (dy - whole), np.abs(y) * (np.abs(dy) + size)
    whole, size = (np.exp(y) * v.sum(axis=-1, keepdims=True) for v in (dy, np.abs(dy)))
    return dy - whole, np.abs(dy) + size


@each
@pytest.mark.skipif(np.finfo(np.longdouble).maxexp <= 1024, reason="longdouble has no larger exponents here")
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("n", [3, 16, 40, 5000])
def test_parts_that_overflow(name, dtype, n):
    """dy - s and dy - s e^y, of a sum s so large that either may overflow where the result is finite."""
    f, rng = ROW_GRADIENTS[name], np.random.default_rng(n)
    y, largest = result(name, (40, n), dtype, seed=n), np.finfo(dtype).max
    dy = rng.uniform(-1, 1, y.shape).astype(dtype)
    tall = np.arange(40) % 4 == 3
    dy[tall] *= largest
    if name == "softmax_grad":
        dy[tall] = np.abs(dy[tall])
        dy[tall, 0] = -largest
    elif dtype == np.float64:
        dy[tall] /= n  # a sum beyond the largest number counts as infinite
    (want, size), got = in_longdouble(name, dy, y), f(dy, y)
    is_finite = np.abs(want) < largest
    assert np.mean(is_finite) > 0.9
    assert np.isfinite(got[is_finite]).all()
    assert np.max((np.abs(got - want) / size)[is_finite]) < 8 * np.finfo(dtype).eps
    if NATIVE:
        same(f(dy.T.copy(), y.T.copy(), axis=0).T.copy(), got)
        spoiled = np.where(np.arange(40)[:, None] == 0, dtype(nan), dy)  # beside the others in a vector of columns
        same(f(spoiled.T.copy(), y.T.copy(), axis=0).T.copy()[1:], got[1:])
    same(f(dy[~tall], y[~tall]), got[~tall])


@each
def test_quiet_and_empty(name):
    f = ROW_GRADIENTS[name]
    for dtype in FLOATS:
        edges = np.array([0, -inf, inf, nan, np.finfo(dtype).max, np.finfo(dtype).min, 1, -100, 700], dtype)
        with np.errstate(all="raise"):
            for k in range(9):
                for n in range(1, 10):
                    f(np.roll(edges, k)[:n], edges[:n])
                    f(np.roll(edges, k)[:n, None], edges[:n, None], 0)
            f(np.full((4, 3), 0.3), np.full((4, 3), 1 / 3), out=np.empty((4, 3), np.float16))
        for shape in ((0,), (3, 0), (0, 3), (2, 0, 3)):
            for axis in (-1, 0, None):
                y = f(1.0, np.zeros(shape, dtype), axis)
                assert y.shape == shape
                assert y.dtype == dtype


@each
def test_bad_arguments(name):
    f, y, out = ROW_GRADIENTS[name], result(name, (3, 4)), np.full((3, 4), 7.0)
    for wrong in (1j, "text", None, np.ones((3, 4), object), np.array(["2026"], "M8[Y]")):
        dtype = re.escape(str(np.asarray(wrong).dtype))
        with pytest.raises(TypeError, match=rf"fastact\.{name}: .*{dtype} .*dy must be"):
            f(wrong, y, out=out)
        with pytest.raises(TypeError, match=rf"fastact\.{name}: .*y must be"):
            f(1.0, wrong)
    for masked in ((np.ma.array([1.0]), [1.0]), ([1.0], np.ma.array([1.0]))):
        with pytest.raises(TypeError, match=rf"fastact\.{name}: .*mask"):
            f(*masked)
    for shape in ((5,), (4, 3), (2, 3, 4), (4, 1)):
        with pytest.raises(ValueError, match=rf"fastact\.{name}: dy of shape .*{shape[0]}.*\(3, 4\)"):
            f(np.ones(shape), y, out=out)
    for axis, error in ((2, np.exceptions.AxisError), ((0, 0), ValueError), ("x", TypeError), (1.0, TypeError)):
        with pytest.raises(error, match=rf"fastact\.{name}: axis"):
            f(1.0, y, axis, out=out)
    for wrong in (np.zeros((3, 5)), np.zeros((2, 3, 4)), np.zeros((3, 4), int), 3, [[0.0] * 4] * 3):
        with pytest.raises((TypeError, ValueError), match=rf"fastact\.{name}: out"):
            f(1.0, y, out=wrong)
    locked = np.zeros((3, 4))
    locked.flags.writeable = False
    with pytest.raises(ValueError, match=rf"fastact\.{name}: out is read-only"):
        f(1.0, y, out=locked)
    for dtype in (int, complex, "nonsense"):
        with pytest.raises(TypeError):
            f(1.0, y, out=out, dtype=dtype)
    with pytest.raises(TypeError):
        f(y)
    assert (out == 7).all()


@each
def test_labels(name):
    pandas, xarray = pytest.importorskip("pandas"), pytest.importorskip("xarray")
    values, dy = result(name, (4, 6), np.float32), sample((4, 6), np.float32)
    want = ROW_GRADIENTS[name](dy, values)
    frame, array = pandas.DataFrame(dy, columns=list("abcdef")), xarray.DataArray(dy, dims=("row", "class"))
    for labelled in (frame * 0 + values, array.copy(data=values)):
        for given in (dy, frame if type(labelled) is type(frame) else array):
            got = ROW_GRADIENTS[name](given, labelled)
            assert type(got) is type(labelled)
            same(np.asarray(got), want)
