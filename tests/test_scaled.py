"""Elementwise functions of scale * x + bias: the bits of the function at the sum rounded once, in every layout."""

import fractions
import tracemalloc

import numpy as np
import pytest
from registry import ELEMENTWISE, NATIVE, same, sample

import fastact

OF_X = [case for case in ELEMENTWISE if not case.is_gradient]
functions = pytest.mark.parametrize("f", OF_X, ids=lambda case: case.id)
SHAPES = [(0, 3), (3, 0), (1,), (1000,), (3, 2500), (300, 7), (40, 128), (6, 1023), (4, 3, 200)]
reals = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: np.dtype(dtype).name)


def rounded(exact, dtype):
    """A fraction as the nearest number of that type, the even one of two."""
    guess = dtype(float(exact))
    near = [guess, np.nextafter(guess, dtype(np.inf)), np.nextafter(guess, dtype(-np.inf))]
    integer = np.dtype(f"i{guess.itemsize}")
    return min(near, key=lambda y: (abs(exact - fractions.Fraction(float(y))), y.view(integer) & 1))


def argument(x, scale=1.0, bias=0.0, dtype=None):
    """scale * x + bias, rounded once to the type."""
    dtype = dtype or x.dtype.type
    operands = [np.asarray(a).astype(dtype).astype(np.float64) for a in (x, scale, bias)]
    exact = np.frompyfunc(fractions.Fraction, 1, 1)
    a, b, c = (exact(operand) for operand in np.broadcast_arrays(*operands))
    z = np.asarray(b * a + c)
    return np.array([rounded(value, dtype) for value in z.ravel()], dtype).reshape(z.shape)


def at_the_sum(f, x, scale=1.0, bias=0.0, dtype=None):
    return f(argument(x, scale, bias, dtype))


@functions
@reals
def test_the_bits_of_the_function_at_the_sum(f, dtype):
    x = sample((5, 9), dtype)
    column, row, whole = sample(9, dtype, seed=1), sample((5, 1), dtype, seed=2), sample((5, 9), dtype, seed=3)
    for scale, bias in (
        (0.7, column),
        (1.0, row),
        (column, 0.3),
        (row, column),
        (whole, whole),
        (-2, 0.0),
        (dtype(0.1), dtype(0.2)),
        (np.float64(0.1), 1),
    ):
        got = f(x, scale=scale, bias=bias)
        assert got.dtype == dtype
        same(got, at_the_sum(f, x, scale, bias))
    same(f(x, bias=column), at_the_sum(f, x, bias=column))
    same(f(x, scale=row), f((x * row).astype(dtype)))


@functions
@reals
@pytest.mark.parametrize(
    "shape", [(0, 3), (3, 0), (1,), (1000,), (3, 2500), (300, 7), (40, 128), (6, 1023), (4, 3, 200)]
)
def test_shapes(f, dtype, shape):
    x = sample(shape, dtype)
    bias = sample(shape[-1:], dtype, seed=1)
    want = f((x.astype(np.float64) + bias).astype(dtype)) if dtype == np.float32 else f(x + bias)
    same(f(x, bias=bias), want)


@functions
@reals
def test_layouts(f, dtype):
    base = sample((60, 40), dtype)
    big = sample((120, 130), dtype)
    for x in (base.T, base[::-2], base[:, ::3], big[:60, :40], np.asfortranarray(base), big[::2, ::-1], big.T[:5]):
        bias, scale = sample(x.shape[-1], dtype, seed=1), sample((len(x), 1), dtype, seed=2)
        same(f(x, bias=bias), f(np.ascontiguousarray(x) + bias))
        want = f(np.ascontiguousarray(x), scale=scale, bias=bias)
        same(f(x, scale=scale, bias=bias), want)
        same(f(x, scale=scale, bias=np.repeat(bias, 2)[::2]), want)
        out = np.zeros((len(x), 2 * x.shape[1]), dtype)[:, ::2]
        assert f(x, scale=scale, bias=bias, out=out) is out
        same(out, want)
        swapped = x.astype(x.dtype.newbyteorder())
        same(f(swapped, scale=scale, bias=bias), want)
    z = np.float64(0.5).astype(dtype)
    got = f(z, scale=2, bias=0.25)
    assert isinstance(got, dtype)
    same(got, f(dtype(1.25)))


@functions
def test_in_place_and_overlapping(f):
    x, bias = sample((30, 50), np.float32), sample(50, np.float32, seed=1)
    want = f(x, bias=bias, scale=2)
    y = x.copy()
    assert f(y, bias=bias, scale=2, out=y) is y
    same(y, want)
    whole = x.copy()
    same(f(x, bias=whole, scale=2, out=whole), f(x, bias=x, scale=2))
    line = sample(501, np.float32)
    want = f(line[:-1], bias=1)
    f(line[:-1], bias=1, out=line[1:])
    same(line[1:], want)


@functions
@pytest.mark.parametrize("dtype", [np.int8, np.uint8], ids=lambda dtype: np.dtype(dtype).name)
def test_quantised(f, dtype):
    q = np.arange(256).astype(dtype).reshape(4, 64)
    scale, zero = np.float32(0.037), 11
    got = f(q, scale=scale, bias=-scale * zero)
    assert got.dtype == np.float32
    same(got, at_the_sum(f, q, scale, -scale * zero, np.float32))
    per_channel = sample(64, np.float32, seed=1)
    same(f(q[:, ::-1], scale=per_channel, bias=0.0), at_the_sum(f, q[:, ::-1], per_channel, 0, np.float32))
    same(f(q, scale=0.5, dtype=np.float64), f(q * 0.5))
    same(f(q, bias=0.5), f(q + 0.5))
    assert f(q, bias=0.5).dtype == f(q).dtype == np.float64
    assert f(q.astype(np.int16), scale=0.5).dtype == np.float64
    out = np.zeros(q.shape)
    same(f(q, scale=0.5, out=out), f(q.astype(np.float32) * np.float32(0.5)).astype(np.float64))


@functions
def test_16_bits(f):
    """The sum is of float32, and the result rounded once."""
    x = sample((20, 33), np.float16)
    # the default slope of hard_sigmoid is 1/6 itself in every type
    parameters = {} if f.name == "hard_sigmoid" else {name: float(np.float16(value)) for name, value in f.parameters}
    for bias, scale in ((sample(33, np.float16, seed=1), 0.7), (sample(33, np.float32, seed=1), 0.7), (0.01, None)):
        wide = argument(x.astype(np.float32), 1.0 if scale is None else scale, bias)
        want = f(wide, **parameters).astype(np.float16)
        got = f(x, bias=bias, scale=scale)
        assert got.dtype == np.float16
        if NATIVE:
            same(got, want)
        else:
            np.testing.assert_allclose(got.astype(float), want.astype(float), rtol=1e-3, atol=1e-7)
        same(f(x[:, ::2], bias=0.5), f(x, bias=0.5)[:, ::2])


@functions
def test_keywords_of_a_ufunc(f):
    x, bias = sample((6, 10), np.float32), sample(10, np.float32, seed=1)
    want = f(x, bias=bias, scale=2)
    mask = sample((6, 10), seed=2) > 0
    out = np.full((6, 10), 7, np.float32)
    f(x, bias=bias, scale=2, out=out, where=mask)
    same(out, np.where(mask, want, np.float32(7)))
    same(f(x, bias=bias, scale=2, where=None), want)
    same(f(x, bias=bias, scale=2, dtype=np.float64), f(x.astype(np.float64), bias=bias, scale=2))
    assert f(x, bias=bias, order="F").flags.f_contiguous
    double = np.zeros((6, 10))
    assert f(x, bias=bias, scale=2, out=(double,)) is double
    same(double, want.astype(np.float64))
    same(f(x.tolist(), bias=1), f(x.astype(np.float64), bias=1))
    with pytest.raises(TypeError, match="cast"):
        f(x, bias=bias, dtype=np.float16, casting="safe")
    with pytest.raises(TypeError, match="cast"):
        f(x.astype(np.float64), bias=bias, out=out, casting="safe")
    with pytest.raises(TypeError, match="out must be an array"):
        f(x, bias=bias, out=[1])
    with pytest.raises((ValueError, TypeError), match="broadcast"):
        f(x, bias=bias, out=np.zeros(3, np.float32))


@functions
def test_errors_name_function_and_argument(f):
    x = sample((3, 4), np.float32)
    out = np.full_like(x, 5)
    for wrong in (np.zeros(5), np.zeros((3, 4, 1)), np.zeros((2, 3, 4))):
        for option in ("bias", "scale"):
            with pytest.raises(ValueError, match=rf"fastact\.{f.name}: {option} of shape .* does not broadcast to x"):
                f(x, out=out, **{option: wrong})
    for wrong in ("a", 1j, [None]):
        with pytest.raises(TypeError, match=rf"fastact\.{f.name}: (bias|scale) must be real"):
            f(x, out=out, bias=wrong)
    with pytest.raises(TypeError):
        f(x.astype(complex), bias=1)
    assert (out == 5).all()


class Alien:
    """Answers in the place of ufuncs."""

    def __array_ufunc__(self, ufunc, method, *operands, **keywords):
        return "alien"


def test_what_computes_ufuncs_itself():
    assert fastact.tanh(Alien()) == "alien"
    with pytest.raises(TypeError, match=r"fastact\.tanh: bias and scale are for arrays, and x is Alien"):
        fastact.tanh(Alien(), bias=1)


@functions
def test_quiet(f):
    x = np.array([np.inf, -np.inf, np.nan, 1e300, -1e300, 5e-324, -0.0])
    for kind in (np.float64, np.float32):
        with np.errstate(all="ignore"):
            given = x.astype(kind)
        with np.errstate(all="raise"):
            f(given, bias=1e300, scale=3)
            f(given, scale=1e-300)


@pytest.mark.parametrize("f", [fastact.tanh, fastact.relu])
def test_zeros_and_ends(f):
    x = np.array([-0.0, 0.0], np.float32)
    assert np.signbit(fastact.tanh(x, scale=2)).tolist() == [True, False]
    assert not np.signbit(fastact.tanh(x, bias=0.0)).any()
    assert f(np.float32([3e38]), scale=2)[0] == f(np.float32(np.inf))


def test_longdouble():
    x = np.longdouble([0.25, -3])
    same(fastact.sigmoid(x, scale=2, bias=0.5), fastact.sigmoid(2 * x + np.longdouble(0.5)))


def test_agrees_with_the_rows():
    """Two classes: softmax of (z, 0) is sigmoid(z), with the same options."""
    x = sample((1000, 2))
    x[:, 1] = 0
    bias = np.array([0.3, 0.0])
    two = fastact.softmax(x, scale=0.7, bias=bias)[:, 0]
    np.testing.assert_allclose(fastact.sigmoid(x[:, 0], scale=0.7, bias=0.3), two, rtol=1e-14)


@pytest.mark.skipif(not NATIVE, reason="NumPy's formulas make arrays")
def test_no_array_of_sums():
    x, out = np.zeros((1000, 1000), np.float32), np.zeros((1000, 1000), np.float32)
    q = np.zeros((1000, 1000), np.int8)
    bias = np.zeros(1000)
    tracemalloc.start()
    try:
        fastact.gelu(x, bias=bias, scale=2.0, out=out)
        fastact.gelu(q, bias=bias, scale=2.0, out=out)
        fastact.gelu(x.T, bias=bias, scale=2.0, out=out)
        fastact.gelu(x, bias=bias, scale=2.0, out=out, where=x == 0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5e6  # the mask


@pytest.mark.skipif(not NATIVE, reason="one thread")
@pytest.mark.parametrize("shape", [(700, 300), (64, 1024), (3, 70_001), (200_000,), (50_000, 5)])
def test_threads(shape):
    x, bias = sample(shape, np.float32), sample(shape[-1:], np.float32, seed=1)
    with fastact.num_threads(1):
        want = fastact.gelu(x, bias=bias, scale=0.5), fastact.relu(x, bias=bias)
    with fastact.num_threads(2):
        same(fastact.gelu(x, bias=bias, scale=0.5), want[0])
        same(fastact.relu(x, bias=bias), want[1])


def test_masked_arrays_keep_their_mask():
    x = np.ma.masked_less(sample((3, 4)), 0)
    y = fastact.tanh(x, bias=np.arange(4.0))
    assert isinstance(y, np.ma.MaskedArray)
    assert (y.mask == x.mask).all()
    same(y.filled(7), np.where(x.mask, 7, fastact.tanh(x.data, bias=np.arange(4.0))))
    with pytest.raises(TypeError, match="bias is a MaskedArray, whose mask would be ignored"):
        fastact.tanh(x.data, bias=np.ma.masked_less(np.arange(4.0), 1))


def test_subclasses():
    class Own(np.ndarray):
        pass

    x = sample((3, 4)).view(Own)
    assert type(fastact.tanh(x, bias=1)) is Own
    assert type(fastact.tanh(x, bias=1, subok=False)) is np.ndarray


def test_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    x = sample((20, 33), np.float32).astype(ml_dtypes.bfloat16)
    bias = sample(33, np.float32, seed=1)
    wide = argument(x.astype(np.float32), 0.5, bias)
    want = fastact.gelu(wide).astype(ml_dtypes.bfloat16)
    same(fastact.gelu(x, scale=0.5, bias=bias), want)
    assert fastact.gelu(x[:, ::2], scale=0.5, bias=bias.astype(x.dtype)[::2]).dtype == x.dtype
    mask = np.arange(33) % 2 == 0
    out = np.zeros_like(x)
    fastact.gelu(x, scale=0.5, bias=bias, where=mask, out=out)
    same(out, np.where(mask, want, np.zeros_like(want)))
    out = np.zeros(x.shape, np.float32)
    same(fastact.gelu(x, scale=0.5, bias=bias, out=out), want.astype(np.float32))


# ---- other libraries ----


def test_pandas():
    pandas = pytest.importorskip("pandas")
    x = pandas.DataFrame(sample((3, 4)), index=list("abc"), columns=list("pqrs"))
    bias = pandas.Series(np.arange(4.0), index=list("srqp"))
    y = fastact.gelu(x, "tanh", bias=bias, scale=2)
    assert list(y.columns) == list("pqrs")
    assert list(y.index) == list("abc")
    same(y.to_numpy(), fastact.gelu(x.to_numpy(), "tanh", bias=np.arange(4.0)[::-1], scale=2))
    with pytest.raises(ValueError, match=r"fastact\.gelu: bias has other labels"):
        fastact.gelu(x, bias=bias.rename({"p": "z"}))
    same(fastact.relu(x["p"], bias=1).to_numpy(), fastact.relu(x["p"].to_numpy(), bias=1))


def test_xarray():
    xarray = pytest.importorskip("xarray")
    x = xarray.DataArray(sample((3, 4)), dims=("row", "unit"), coords={"unit": list("pqrs")})
    bias = xarray.DataArray(np.arange(3.0), dims="row")
    y = fastact.leaky_relu(x, 0.2, bias=bias, scale=2)
    assert y.dims == x.dims
    same(y.values, fastact.leaky_relu(x.values, 0.2, bias=np.arange(3.0)[:, None], scale=2))
    with pytest.raises(ValueError, match="bias has the dimension 'other'"):
        fastact.tanh(x, bias=bias.rename(row="other"))


def test_torch_and_polars():
    torch = pytest.importorskip("torch")
    x, bias = sample((3, 4), np.float32), np.arange(4, dtype=np.float32)
    y = fastact.silu(torch.from_numpy(x), bias=torch.from_numpy(bias))
    assert isinstance(y, torch.Tensor)
    same(y.numpy(), fastact.silu(x, bias=bias))
    polars = pytest.importorskip("polars")
    y = fastact.silu(polars.Series("a", x[0]), scale=2)
    assert isinstance(y, polars.Series)
    same(y.to_numpy(), fastact.silu(x[0], scale=2))


def test_dask():
    dask = pytest.importorskip("dask.array")
    x, bias = sample((6, 8), np.float32), np.arange(8, dtype=np.float32)
    lazy = dask.from_array(x, chunks=(2, 4))
    y = fastact.prelu(lazy, bias, bias=dask.from_array(bias, chunks=3), scale=2)
    assert isinstance(y, dask.Array)
    same(y.compute(scheduler="sync"), fastact.prelu(x, bias, bias=bias, scale=2))
    y = fastact.gelu(lazy, "tanh", scale=x[:, :1])
    same(y.compute(scheduler="sync"), fastact.gelu(x, "tanh", scale=x[:, :1]))
    q = dask.from_array(np.arange(-8, 8, dtype=np.int8), chunks=4)
    y = fastact.tanh(q, scale=0.5)
    assert y.dtype == np.float32
    same(y.compute(scheduler="sync"), fastact.tanh(np.arange(-8, 8, dtype=np.int8), scale=0.5))
    with pytest.raises(TypeError, match="where is not supported for dask"):
        fastact.tanh(lazy, bias=1, where=x > 0)
    with pytest.raises(ValueError, match="does not broadcast"):
        fastact.tanh(lazy, bias=np.zeros(3))
