"""Segments along an axis: the bits of each one alone, whatever its length and its neighbours."""

import itertools

import numpy as np
import pytest
from registry import same, sample

import fastact

PAIRS = [
    (fastact.segment_softmax, fastact.softmax),
    (fastact.segment_log_softmax, fastact.log_softmax),
    (fastact.segment_logsumexp, fastact.logsumexp),
]
each_function = pytest.mark.parametrize(("f", "alone"), PAIRS, ids=lambda f: f.__name__)
each_type = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
LENGTHS = {
    "short": np.arange(400) % 21,
    "empty": np.arange(50) % 2,
    "mixed": np.array([1, 64, 65, 0, 3, 200, 7, 7, 0, 0, 5000, 2, 63, 33, 32, 31, 16, 17, 15, 1, 1, 1, 90]),
    "none": np.zeros(3, int),
    "long": np.array([70_000, 1, 20_000]),
}
inf, nan = np.inf, np.nan


def offsets_of(lengths):
    return np.concatenate([[0], np.cumsum(lengths)])


def one_by_one(alone, x, offsets):
    """Along the last axis."""
    parts = [alone(x[..., a:b]) for a, b in itertools.pairwise(offsets)]
    if alone is fastact.logsumexp:
        return np.stack(parts, axis=-1)
    return np.concatenate(parts, axis=-1)


def compare(got, want):
    """The bits with kernels; in NumPy sums of pieces have an order of their own."""
    if fastact.isa() != "numpy":
        same(got, want)
    else:
        np.testing.assert_allclose(got, want, rtol=8 * np.finfo(got.dtype).eps, atol=np.finfo(got.dtype).eps)


@each_function
@each_type
@pytest.mark.parametrize("lengths", LENGTHS)
def test_bits_of_each_alone(f, alone, lengths, dtype):
    offsets = offsets_of(LENGTHS[lengths])
    x = sample(offsets[-1], np.float64, scale=8).astype(dtype)
    want = one_by_one(alone, x, offsets)
    got = f(x, offsets)
    assert got.dtype == dtype
    compare(got, want)
    for kind in (np.int32, np.uint8, np.uint64, ">i8"):
        if offsets[-1] <= 255 or kind != np.uint8:
            same(f(x, offsets.astype(kind)), got)
    same(f(x, offsets.tolist()), got)
    with fastact.num_threads(2):
        same(f(x, offsets), got)
    out = np.empty_like(want)
    assert f(x, offsets, out=out) is out
    same(out, got)
    if alone is not fastact.logsumexp:
        place = x.copy()
        assert f(place, offsets, out=place) is place
        same(place, got)


@each_function
def test_axes_and_layouts(f, alone):
    offsets = offsets_of([3, 0, 1, 40, 6])
    x = sample((4, 50, 3), np.float32, scale=4)
    want = np.moveaxis(one_by_one(alone, np.ascontiguousarray(np.moveaxis(x, 1, -1)), offsets), -1, 1)
    compare(f(x, offsets, 1), want)
    compare(f(x, offsets, axis=-2), want)
    compare(f(np.asfortranarray(x), offsets, 1), want)
    compare(f(np.repeat(x, 2, axis=2)[..., ::2], offsets, 1), want)
    compare(f(np.moveaxis(x, 1, -1), offsets), np.moveaxis(want, 1, -1))
    compare(f(x.astype(">f4"), offsets, 1), want)
    same(f(np.arange(50), offsets), f(np.arange(50.0), offsets))
    assert f(x, offsets, 1, dtype=np.float64).dtype == np.float64
    np.testing.assert_allclose(f(x.astype(np.longdouble), offsets, 1), f(x.astype(np.float64), offsets, 1), rtol=1e-12)
    assert f(np.zeros((0, 50)), offsets).shape == ((0, 5) if alone is fastact.logsumexp else (0, 50))
    assert f(np.zeros(0), [0]).shape == (0,)


def test_many_short_segments_and_threads():
    rng = np.random.default_rng(7)
    lengths = rng.integers(0, 21, 40_000)
    offsets, x = offsets_of(lengths), rng.normal(0, 3, lengths.sum()).astype(np.float32)
    y = fastact.segment_softmax(x, offsets)
    full = lengths > 0
    np.testing.assert_allclose(np.add.reduceat(y.astype(np.float64), offsets[:-1][full]), 1, rtol=1e-6)
    for threads in (1, 2, 3):
        with fastact.num_threads(threads):
            same(fastact.segment_softmax(x, offsets), y)
    two = np.stack([x, x[::-1]])
    same(fastact.segment_softmax(two, offsets)[0], y)


def test_special_values():
    x = np.array([-inf, -inf, 1, inf, 2, nan, 3, -inf, 0, 5], np.float32)
    offsets = [0, 2, 4, 4, 6, 8, 10]
    got = fastact.segment_softmax(x, offsets)
    assert np.isnan(got[:6]).all()
    np.testing.assert_array_equal(got[6:8], [1, 0])
    np.testing.assert_array_equal(fastact.segment_logsumexp(x, offsets)[:5], [-inf, inf, -inf, nan, 3])
    assert np.isnan(fastact.segment_log_softmax(x, offsets)[:6]).all()
    np.testing.assert_array_equal(fastact.segment_log_softmax(x, offsets)[6:8], [0, -inf])


@each_function
def test_what_is_refused(f, alone):
    x = np.zeros(5)
    out = np.full(5 if alone is not fastact.logsumexp else 2, 7.0)
    name = rf"fastact\.{f.__name__}: "
    for offsets, fault in (
        ([0, 2, 4], "offsets go from 0 to 4, expected from 0 to 5"),
        ([1, 5], r"offsets go from 1 to 5.*np\.cumsum\(lengths\)"),
        ([2, 3], r"np\.cumsum\(lengths\)"),
        ([0, 4, 3, 5], r"offsets fall from 4 to 3 at offsets\[2\]"),
        (np.array([0, 2**63 + 1, 5], np.uint64), "offsets fall"),
        (np.zeros((2, 2), int), "offsets must have one axis"),
        (np.zeros(0, int), "at least one element"),
        (5, "offsets must have one axis"),
    ):
        with pytest.raises(ValueError, match=name + ".*" + fault if "fall" not in fault else fault):
            f(x, offsets, out=out)
    with pytest.raises(TypeError, match=name + "offsets must be integers, got float64"):
        f(x, [0.0, 5.0], out=out)
    with pytest.raises(TypeError, match=name + "offsets must be integers, got bool"):
        f(x, [False, True], out=out)
    with pytest.raises(TypeError, match="complex"):
        f(x + 1j, [0, 5])
    with pytest.raises(np.exceptions.AxisError):
        f(x, [0, 5], 1)
    with pytest.raises(TypeError, match="axis must be an int"):
        f(x, [0, 5], None)
    with pytest.raises(ValueError, match="out has shape"):
        f(x, [0, 5], out=np.empty(4))
    with pytest.raises(TypeError, match="mask"):
        f(np.ma.masked_array(x, mask=x == 0), [0, 5])
    assert (out == 7).all()


def test_other_libraries():
    pandas = pytest.importorskip("pandas")
    series = pandas.Series(sample(6), index=list("abcdef"), name="score")
    got = fastact.segment_softmax(series, pandas.Series([0, 2, 6]))
    assert list(got.index) == list("abcdef")
    same(got.to_numpy(), fastact.segment_softmax(series.to_numpy(), [0, 2, 6]))
    same(
        np.asarray(fastact.segment_logsumexp(series, [0, 2, 6])),
        fastact.segment_logsumexp(series.to_numpy(), [0, 2, 6]),
    )
    array = pytest.importorskip("dask.array")
    with pytest.raises(TypeError, match=r"of dask.*pass x\.compute\(\)"):
        fastact.segment_softmax(array.ones(5), [0, 5])
