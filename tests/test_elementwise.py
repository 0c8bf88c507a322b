"""Elementwise functions meet arrays as a NumPy ufunc does: every type, layout and keyword."""

import numpy as np
import pytest
from registry import ELEMENTWISE, FLOATS, INTEGERS, result_type, same, sample

pytestmark = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)


def unaligned(a):
    memory = np.zeros(a.nbytes + 1, np.uint8)
    view = memory[1:].view(a.dtype).reshape(a.shape)
    view[...] = a
    assert not view.flags.aligned or a.dtype.itemsize == 1
    return view


def read_only(a):
    a.flags.writeable = False
    return a


LAYOUTS = {
    "contiguous": lambda dtype: sample((37, 23), dtype),
    "fortran": lambda dtype: np.asfortranarray(sample((37, 23), dtype)),
    "transposed": lambda dtype: sample((5, 7, 9), dtype).transpose(1, 2, 0),
    "column": lambda dtype: sample((301, 3), dtype)[:, 1],
    "strided": lambda dtype: sample(10_001, dtype)[::3],
    "reversed": lambda dtype: sample(5001, dtype)[::-1],
    "reversed strided": lambda dtype: sample((40, 50), dtype)[::-2, ::-3],
    "broadcast": lambda dtype: np.broadcast_to(sample(31, dtype)[:, None], (31, 17)),
    "one repeated": lambda dtype: np.broadcast_to(sample(1, dtype), (4100,)),
    "unaligned": lambda dtype: unaligned(sample(1001, dtype)),
    "swapped bytes": lambda dtype: sample(1001, dtype).astype(np.dtype(dtype).newbyteorder()),
    "read-only": lambda dtype: read_only(sample(1001, dtype)),
    "empty": lambda dtype: sample((3, 0, 2), dtype),
    "one": lambda dtype: sample(1, dtype),
    "field": lambda dtype: sample(400, dtype).view([("a", dtype), ("b", dtype)])["b"],
    "long": lambda dtype: sample(20_001, dtype),
}


@pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
def test_every_short_length(f, dtype):
    x = sample(70, dtype)
    whole = f(x)
    for n in range(71):
        same(f(x[:n]), whole[:n])
        out = np.full(n + 2, 7, dtype)
        f(x[:n], out=out[1:-1])
        same(out[1:-1], whole[:n])
        assert out[0] == out[-1] == 7


@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
def test_memory_order(f, order):
    for x in (sample((4, 5)), np.asfortranarray(sample((4, 5))), sample((4, 5, 6)).transpose(2, 0, 1)):
        y, like = f(x, order=order), np.exp(x, order=order)
        assert y.strides == like.strides
        same(y, f(x))


@pytest.mark.parametrize("dtype", FLOATS + INTEGERS, ids=lambda dtype: dtype.__name__)
def test_zero_dimensional_gives_scalar(f, dtype):
    x = np.array(1, dtype)
    y = f(x)
    assert type(y) is result_type(dtype).type
    assert y == f(np.array([1], dtype))[0]
    assert type(f(x[()])) is result_type(dtype).type


@pytest.mark.parametrize("x", [1.5, 2, True, [1.0, -2.0], [[1, 2], [3, 4]], (0.5,), [], range(3)])
def test_accepts_what_numpy_accepts(f, x):
    same(f(x), f(np.asarray(x, np.float64)))
    assert type(f(1.5)) is np.float64


def test_zero_dimensional_out(f):
    out = np.empty(())
    assert f(1.0, out=out) is out
    assert out == f(1.0)


@pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
def test_out(f, dtype):
    x = sample((12, 34), dtype)
    want = f(x)
    for out in (
        np.empty_like(x),
        np.empty_like(x, order="F"),
        np.empty((24, 68), dtype)[::2, ::2],
        unaligned(np.empty_like(x)),
    ):
        assert f(x, out=out) is out
        same(out, want)
        out[...] = 0
        assert f(x, out=(out,)) is out
        same(out, want)
    swapped = np.empty(x.shape, x.dtype.newbyteorder())
    assert f(x, out=swapped) is swapped
    same(swapped.astype(x.dtype), want)


def test_out_of_other_types(f):
    x = sample(100, np.float32)
    wide, narrow = np.empty(100), np.empty(100, np.float16)
    f(x, out=wide)
    f(x, out=narrow)
    # a wider out selects no wider computation: NumPy's rule
    same(wide, f(x).astype(np.float64))
    same(narrow, f(x).astype(np.float16))


@pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
def test_in_place(f, dtype):
    for start in (sample(5000, dtype), sample((30, 40), dtype)[:, ::2], np.asfortranarray(sample((30, 40), dtype))):
        x = start.copy(order="K")
        want = f(x)
        assert f(x, out=x) is x
        same(x, want)


@pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
def test_overlap_gives_what_a_copy_would(f, dtype):
    start = sample(15_000, dtype)
    want = f(start[5000:10_000].copy())
    for shift in (-5000, -17, -1, 1, 3, 16, 4999):
        memory = start.copy()
        x, out = memory[5000:10_000], memory[5000 + shift : 10_000 + shift]
        f(x, out=out)
        same(out, want)


def test_overlap_of_reversed_and_transposed(f):
    line = sample(999)
    want = f(line[::-1].copy())
    f(line[::-1], out=line)
    same(line, want)
    square = sample((50, 50))
    want = f(square.T.copy())
    f(square.T, out=square)
    same(square, want)
    half = sample(1001)
    want = f(half[:500].copy())
    f(half[:500], out=half[1::2])
    same(half[1::2], want)


def test_broadcasts_into_out(f):
    x = sample(7)
    out = np.empty((5, 7))
    f(x, out=out)
    same(out, np.broadcast_to(f(x), (5, 7)))
    out = np.empty((7, 3))
    f(x[:, None], out=out)
    same(out, np.repeat(f(x)[:, None], 3, axis=1))


@pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
def test_where(f, dtype):
    x = sample((21, 33), dtype)
    mask = sample((21, 33), np.bool_, seed=1)
    out = np.full_like(x, 9)
    assert f(x, out=out, where=mask) is out
    same(out, np.where(mask, f(x), x.dtype.type(9)))
    out[...] = 9
    f(x, out=out, where=mask[0])
    same(out, np.where(mask[0], f(x), x.dtype.type(9)))
    out[...] = 9
    f(x, out=out, where=False)
    assert (out == 9).all()
    grown = f(x[0], out=np.full((21, 33), 9, dtype), where=mask)
    same(grown, np.where(mask, f(x[0]), x.dtype.type(9)))


def test_dtype(f):
    x = sample(100, np.float32)
    same(f(x, dtype=np.float64), f(x.astype(np.float64)))
    same(f(x, dtype="f8"), f(x.astype(np.float64)))
    same(f(x, dtype=np.longdouble), f(x.astype(np.longdouble)))
    same(f(x.astype(np.float64), dtype=np.float32), f(x))
    same(f(np.arange(9), dtype=np.float32), f(np.arange(9, dtype=np.float32)))
    assert type(f(1.0, dtype=np.float32)) is np.float32


def test_casting(f):
    x = sample(10)
    for casting in ("no", "equiv", "safe", "same_kind", "unsafe"):
        same(f(x, casting=casting), f(x))
    integers = np.zeros(10, np.int64)
    with np.errstate(invalid="ignore"):  # logit gives NaN
        f(x, out=integers, casting="unsafe")
        same(integers, f(x).astype(np.int64))
    with pytest.raises(TypeError):
        f(x, dtype=np.float32, casting="safe")


@pytest.mark.parametrize("dtype", FLOATS + INTEGERS, ids=lambda dtype: dtype.__name__)
def test_quiet(f, dtype):
    edges = (
        [0, 1]
        if np.dtype(dtype).kind in "biu"
        else [
            0.0,
            -0.0,
            np.inf,
            -np.inf,
            np.nan,
            np.finfo(dtype).max,
            np.finfo(dtype).min,
            np.finfo(dtype).tiny,
            np.finfo(dtype).smallest_subnormal,
            1,
            -1,
            20,
            -20,
            90,
            -90,
            104,
            -104,
            720,
            -720,
            746,
            -746,
            1e4,
            -1e4,
        ]
    )
    for n in (0, 1, 3, 16, 64, 5000):
        x = np.resize(np.array(edges, dtype), n)
        with np.errstate(all="raise"):
            f(x)
            f(np.resize(x, 2 * n)[::2])
            f(x, out=np.empty(n, result_type(dtype)))
            if n == 1:
                f(x[0])
