"""Functions of several operands: parameters broadcast as in any ufunc, and their arrays count for the type."""

import numpy as np
import pytest
from registry import FUNCTIONS, same, sample

import fastact

PARAMETRISED = [f for f in FUNCTIONS if f.parameters]
pytestmark = pytest.mark.parametrize("f", PARAMETRISED, ids=lambda case: case.id)
SCALES = np.array([0.5, 1.0, 2.0])
each_float = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])


def arrays(f, dtype=np.float64):
    """Three values of every parameter."""
    return {name: (value * SCALES).astype(dtype) for name, value in f.parameters}


@each_float
def test_one_value_for_each_channel(f, dtype):
    x, given = sample((4, 3), dtype), arrays(f, dtype)
    got = f(x, **given)
    assert got.dtype == dtype
    for channel in range(3):
        same(got[:, channel], f(x[:, channel].copy(), **{name: a[channel] for name, a in given.items()}))
    images = sample((2, 3, 4, 5), dtype)
    same(
        f(images, **{name: a[:, None, None] for name, a in given.items()})[:, 1],
        f(images[:, 1].copy(), **pick(given, 1)),
    )


def pick(given, place):
    return {name: a[place] for name, a in given.items()}


@each_float
def test_broadcasts_both_ways(f, dtype):
    x, given = sample(5, dtype)[:, None], arrays(f, dtype)
    got = f(x, **given)
    assert got.shape == (5, 3)
    same(got, f(np.repeat(x, 3, axis=1), **{name: np.tile(a, (5, 1)) for name, a in given.items()}))
    out = np.empty((2, 5, 3), dtype)
    assert f(x, out=out, **given) is out
    same(out[1], got)
    assert f(dtype(0.5), **given).shape == (3,)


@each_float
def test_python_numbers_are_weak(f, dtype):
    x = sample(9, dtype)
    given = {name: float(value) for name, value in f.parameters}
    if f.name == "hard_sigmoid":  # whose default slope is 1/6 itself in every type
        given["slope"] = 0.2
    got = f(x, **given)
    assert got.dtype == dtype
    same(got, f(x, **{name: np.full(9, value, dtype) for name, value in given.items()}))
    same(f(x, **dict.fromkeys(given, 2)), f(x, **dict.fromkeys(given, dtype(2))))
    assert type(f(1.5, **given)) is np.float64
    assert f(0.5, **arrays(f, dtype)).dtype == dtype


@pytest.mark.parametrize("dtype", ["i1", "u2", "i8", "?", "f4", "bfloat16"])
def test_integers_that_numpy_has_none_of(f, dtype):
    """A Python number is no array: neither the type of the others nor 64 bits bound it."""
    if dtype == "bfloat16":
        dtype = pytest.importorskip("ml_dtypes").bfloat16
    x = np.array([0, 1, 1], dtype)
    for value in (300, 2**62, -(2**70)):
        with np.errstate(all="raise"):
            got = f(x, **{name: value for name, _ in f.parameters})
            want = f(x, **{name: float(value) for name, _ in f.parameters})
        assert got.dtype == want.dtype
        same(got, want)


def test_all_arrays_decide_the_type(f):
    x = sample(3, np.float32)
    wide = f(x, **arrays(f, np.float64))
    assert wide.dtype == np.float64
    same(wide, f(x.astype(np.float64), **arrays(f, np.float64)))
    assert f(x.astype(np.float16), **arrays(f, np.float32)).dtype == np.float32
    assert f(np.arange(3), **arrays(f, np.float64)).dtype == np.float64
    assert f(np.arange(3), **{name: 1 for name, _ in f.parameters}).dtype == np.float64
    assert f(x, dtype=np.float64).dtype == np.float64
    same(f(x.astype(np.float64), dtype=np.float32, **arrays(f)), f(x, **arrays(f, np.float32)))


def test_lists(f):
    given = {name: list(a) for name, a in arrays(f).items()}
    same(f([1.0, -2.0, 0.5], **given), f(np.array([1.0, -2.0, 0.5]), **arrays(f)))


def test_layouts(f):
    x = sample((40, 30))
    given = {name: sample((40, 30), seed=5) ** 2 + 0.5 for name, _ in f.parameters}
    want = f(x, **given)
    same(f(np.asfortranarray(x), **{name: np.asfortranarray(a) for name, a in given.items()}), want)
    same(f(np.asfortranarray(x), **given), want)
    same(f(x[::-1, ::2], **{name: a[::-1, ::2] for name, a in given.items()}), want[::-1, ::2])
    large = {name: np.tile(a, (150, 1)) for name, a in given.items()}
    same(f(np.tile(x, (150, 1)), **large), np.tile(want, (150, 1)))


def test_out_may_be_a_parameter(f):
    x = sample(300)
    for name, _ in f.parameters:
        given = {other: sample(300, seed=3) ** 2 + 0.5 for other, _ in f.parameters}
        want = f(x, **given)
        assert f(x, out=given[name], **given) is given[name]
        same(given[name], want)


def test_where(f):
    x, mask = sample((5, 3)), sample((5, 3), np.bool_, seed=1)
    out = np.full((5, 3), 9.0)
    f(x, out=out, where=mask, **arrays(f))
    same(out, np.where(mask, f(x, **arrays(f)), 9.0))


def test_labels(f):
    xarray = pytest.importorskip("xarray")
    x = xarray.DataArray(sample((4, 3), np.float32), dims=("row", "channel"))
    given = {name: xarray.DataArray(a, dims="channel") for name, a in arrays(f, np.float32).items()}
    y = f(x, **given)
    assert y.dims == x.dims
    same(y.values, f(x.values, **arrays(f, np.float32)))


def test_frames(f):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(sample((4, 3), np.float32), columns=list("abc"))
    for given in ({}, {name: 0.5 for name, _ in f.parameters}):
        y = f(frame, **given)
        assert list(y.columns) == list("abc")
        assert (y.dtypes == np.float32).all()
        same(y.to_numpy(), f(frame.to_numpy(), **given))


def test_by_position_as_by_name(f):
    given = arrays(f)
    same(getattr(fastact, f.name)(sample(3), *given.values()), f(sample(3), **given))
