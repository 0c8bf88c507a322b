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
    some, cut = x[: offsets[2000]].reshape(-1), offsets[:2001]
    rows, mask = np.stack([some] * 20), sample((20, len(some)), np.bool_)
    got = fastact.segment_softmax(rows, cut, where=mask, bias=some)
    for i in (0, 11, 19):
        same(got[i], fastact.segment_softmax(some, cut, where=mask[i], bias=some))
    same(fastact.segment_softmax(x, offsets, where=True, bias=0.0), y)
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


# ---- scale, bias and mask ----

OPTIONS = {
    "scale": lambda n: {"scale": 0.3},
    "negative": lambda n: {"scale": -2.5},
    "power of two": lambda n: {"scale": 0.25, "where": np.arange(n) % 5 > 0},
    "tiny scale": lambda n: {"scale": 1e-40},
    "scales": lambda n: {"scale": sample(n, scale=1.0, seed=2)},
    "bias": lambda n: {"bias": sample(n, np.float32, seed=3)},
    "bias and scale": lambda n: {"bias": sample(n, seed=3), "scale": np.float32(1.7)},
    "mask": lambda n: {"where": np.arange(n) % 3 > 0},
    "hardly anything": lambda n: {"where": np.arange(n) % 97 == 5, "scale": 3.0},
    "all": lambda n: {"where": sample(n, np.bool_), "bias": sample(n, seed=4), "scale": 0.7},
}


def alone_with(alone, x, offsets, options):
    """Each segment by itself, its part of the options beside it."""
    parts = []
    for a, b in itertools.pairwise(offsets):
        own = {key: o[..., a:b] if np.ndim(o) else o for key, o in options.items()}
        parts.append(alone(x[..., a:b], **own))
    return np.stack(parts, axis=-1) if alone is fastact.logsumexp else np.concatenate(parts, axis=-1)


@each_function
@each_type
@pytest.mark.parametrize("lengths", ["short", "mixed", "none"])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_bits_of_each_alone_with_options(f, alone, lengths, dtype, options):
    offsets = offsets_of(LENGTHS[lengths])
    x = sample(offsets[-1], np.float64, scale=8).astype(dtype)
    given = options(offsets[-1])
    want = alone_with(alone, x, offsets, given)
    got = f(x, offsets, **given)
    assert got.dtype == dtype
    compare(got, want)
    with fastact.num_threads(2):
        same(f(x, offsets, **given), got)
    place = x.copy() if alone is not fastact.logsumexp else np.empty_like(want)
    assert f(place if alone is not fastact.logsumexp else x, offsets, out=place, **given) is place
    same(place, got)


@each_function
def test_options_that_broadcast(f, alone):
    offsets = offsets_of([3, 0, 1, 70, 6])
    x = sample((4, 80, 3), np.float32, scale=4)
    options = {"where": sample((4, 1, 3), np.bool_), "bias": sample((80, 1), np.float64), "scale": sample((4, 1, 1))}
    spread = {key: np.moveaxis(np.broadcast_to(o, x.shape), 1, -1) for key, o in options.items()}
    want = alone_with(alone, np.ascontiguousarray(np.moveaxis(x, 1, -1)), offsets, spread)
    compare(f(x, offsets, 1, **options), np.moveaxis(want, -1, 1))
    wide = f(x.astype(np.longdouble), offsets, 1, **options)
    np.testing.assert_allclose(wide, f(x.astype(np.float64), offsets, 1, **options), rtol=1e-11, atol=1e-300)


@each_function
@pytest.mark.parametrize("options", [{"scale": 0.3}, {"bias": 1.5}, {"where": None, "scale": -1.0}])
def test_segments_too_long_to_be_held(f, alone, options):
    offsets = offsets_of([5, 300_000, 70, 262_144])
    x = sample(offsets[-1], np.float32)
    if "where" in options:
        options = {**options, "where": np.arange(len(x)) % 2 == 0}
    compare(f(x, offsets, **options), alone_with(alone, x, offsets, options))


def test_segments_of_which_nothing_counts():
    x = np.array([1.0, nan, 2.0, inf, 3.0, nan])
    where = np.array([False, False, True, False, True, True])
    offsets = [0, 2, 4, 4, 6]
    same(fastact.segment_softmax(x, offsets, where=where), np.array([0, 0, 1, 0, nan, nan]))
    same(fastact.segment_log_softmax(x, offsets, where=where), np.array([-inf, -inf, 0, -inf, nan, nan]))
    same(fastact.segment_logsumexp(x, offsets, where=where), np.array([-inf, 2, -inf, nan]))
    same(
        fastact.segment_softmax(x, offsets, where=[True, True, True, False, False, True]),
        np.array([nan, nan, 1, 0, 0, nan]),
    )
    far = np.tile(x, 30)
    got = fastact.segment_softmax(far, [0, 180], where=np.arange(180) % 6 == 0, scale=2.0)
    same(got, np.where(np.arange(180) % 6 == 0, 1 / 30, 0))


@each_function
def test_options_that_are_refused(f, alone):
    x, out = np.zeros(5), np.full(5 if alone is not fastact.logsumexp else 1, 7.0)
    name = rf"fastact\.{f.__name__}: "
    with pytest.raises(ValueError, match=name + r"where of shape \(4,\) does not broadcast to x of shape \(5,\)"):
        f(x, [0, 5], where=np.ones(4, bool), out=out)
    with pytest.raises(TypeError, match=name + "where must be bool, got int64"):
        f(x, [0, 5], where=np.ones(5, int), out=out)
    with pytest.raises(TypeError, match=name + "bias must be real"):
        f(x, [0, 5], bias=1j, out=out)
    assert (out == 7).all()
    pandas, array = pytest.importorskip("pandas"), pytest.importorskip("dask.array")
    with pytest.raises(TypeError, match=name + r"bias is an Array of dask, .*; pass bias\.compute\(\)"):
        f(x, [0, 5], bias=array.zeros(5))
    series = pandas.Series(sample(6), index=list("abcdef"))
    bias = pandas.Series(sample(6, seed=1), index=list("abcdef"))
    got = f(series, [0, 2, 6], bias=bias[::-1], scale=2.0)
    same(np.asarray(got), f(series.to_numpy(), [0, 2, 6], bias=bias.to_numpy(), scale=2.0))
