"""Operations with two results, such as gradients with respect to two operands: called as ufuncs of two outputs are."""

import numpy as np
import pytest
from registry import NATIVE, same, sample

import fastact
from fastact._reference import table

OPERATIONS = [pytest.param(table.UFUNCS["prelu_grad"], id="reference")]
if NATIVE:
    from fastact._arrays.call import Elementwise

    OPERATIONS.append(pytest.param(Elementwise("prelu_grad", None, table.UFUNCS["prelu_grad"]), id="kernel"))
operations = pytest.mark.parametrize("f", OPERATIONS)
each_float = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])


def operands(shape=(5, 3), dtype=np.float64):
    return [sample(shape, dtype, seed) for seed in range(3)]


def wanted(dy, x, weight):
    dx, dweight = dy * np.where(x > 0, 1, weight), dy * np.minimum(x, 0)
    return np.asarray(dx, x.dtype), np.asarray(dweight, x.dtype)


def expect(got, want):
    assert type(got) is tuple
    for result, expected in zip(got, want, strict=True):
        np.testing.assert_array_equal(result, expected)
        assert result.dtype == expected.dtype


@operations
@each_float
def test_results(f, dtype):
    assert (f.nin, f.nout) == (3, 2)
    for shape in [(0,), (1,), (17,), (5, 3), (300, 700)]:
        given = operands(shape, dtype)
        expect(f(*given), wanted(*given))
    dy, x, weight = operands((6, 4), dtype)
    expect(f(dy[::2, ::-1], x[::2, ::-1], weight[0]), wanted(dy[::2, ::-1], x[::2, ::-1], weight[0]))
    expect(f(1.0, x.T, 0.25), wanted(dtype(1), x.T, dtype(0.25)))
    scalars = f(2.0, dtype(-3), 0.5)
    assert [type(y) for y in scalars] == [dtype, dtype]
    assert scalars == (dtype(1), dtype(-6))


@operations
def test_out(f):
    given = operands()
    want = wanted(*given)
    for mask in [(True, True), (True, False), (False, True)]:
        outs = tuple(np.empty((5, 3)) if wish else None for wish in mask)
        for got in (f(*given, out=outs), f(*given, *outs)):
            expect(got, want)
            assert all(place is None or place is y for place, y in zip(outs, got, strict=True))
    narrow = np.empty((5, 3), np.float32), np.empty((3, 5)).T
    got = f(*given, out=narrow)
    same(narrow[0], want[0].astype(np.float32))
    same(narrow[1], want[1])
    assert got[0] is narrow[0]


@operations
def test_out_in_place_of_operands(f):
    for first, second in [(0, 1), (1, 0), (2, 1), (1, 2), (0, 2)]:
        given = operands((40,))
        want = wanted(*given)
        expect(f(*given, out=(given[first], given[second])), want)
        same(given[first], want[0])
        same(given[second], want[1])
    memory = sample(60)
    given = [memory[:40].copy(), memory[:40], memory[20:].copy()]
    want = wanted(*given)
    expect(f(*given, out=(memory[10:50], None)), want)


@operations
def test_where(f):
    given, mask = operands(), sample((5, 3), np.bool_, 7)
    outs = np.full((5, 3), 7.0), np.full((5, 3), 8.0)
    f(*given, out=outs, where=mask)
    for out, want, before in zip(outs, wanted(*given), (7.0, 8.0), strict=True):
        same(out, np.where(mask, want, before))


@operations
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.zeros((5, 3)), np.zeros((5, 4))),
        (np.zeros((5, 3)), np.zeros(3)),
        (np.zeros((5, 3)), np.zeros((5, 3), np.int64)),
        (np.zeros((5, 3)), [0.0]),
        (np.zeros((5, 3)), np.broadcast_to(0.0, (5, 3))),
    ],
    ids=["shape", "too small", "type", "list", "read-only"],
)
def test_errors_come_before_writing(f, first, second):
    for outs in [(first, second), (second, first)]:
        with pytest.raises((TypeError, ValueError)):
            f(*operands(), out=outs)
        assert not np.any(first)
    for bad in [(first,), (first, first, first)]:
        with pytest.raises((TypeError, ValueError)):
            f(*operands(), out=bad)


def test_labels_and_frames():
    xarray = pytest.importorskip("xarray")
    dy, x, _ = operands((4, 3), np.float32)
    want = fastact.prelu_grad(dy, x, np.float32(0.5))
    array = xarray.DataArray(x, dims=("row", "channel"))
    dx, dweight = fastact.prelu_grad(dy, array, 0.5)
    assert dx.dims == array.dims
    same(dx.values, want[0])
    same(dweight, want[1])
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(x, columns=list("abc"))
    dx, dweight = fastact.prelu_grad(1.0, frame, 0.5)
    assert list(dx.columns) == list("abc")
    same(dx.to_numpy(), fastact.prelu_grad(1.0, x, 0.5)[0])
    assert np.ndim(dweight) == 0


def test_bfloat16():
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    if not NATIVE:
        pytest.skip("the NumPy path knows no bfloat16")
    x = sample((40, 3), np.float32).astype(bfloat16)
    dx, dweight = fastact.prelu_grad(1.0, x, 0.5)
    assert dx.dtype == dweight.dtype == bfloat16
    np.testing.assert_array_equal(dx, np.where(x > 0, np.float32(1), np.float32(0.5)).astype(bfloat16))
    assert float(dweight) == float(np.minimum(x.astype(np.float64), 0).sum().astype(bfloat16))
