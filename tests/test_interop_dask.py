"""dask: everything stays lazy, gives the bits that NumPy's arrays give, and leaves the process."""

import pickle

import numpy as np
import pytest
from interop import PAIRS, SINGLES, flat
from registry import ELEMENTWISE, ROWS, same, sample

import fastact

dask = pytest.importorskip("dask")
array = pytest.importorskip("dask.array")

elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
rows = pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)
single = pytest.mark.parametrize("name", SINGLES)
pair = pytest.mark.parametrize("name", PAIRS)


@pytest.fixture(autouse=True)
def nothing_is_computed(monkeypatch):
    """Until `results` asks for it."""

    def refuse(*_, **__):
        raise AssertionError("computed at call time")

    with dask.config.set(scheduler=refuse):
        yield


def results(lazy, scheduler="synchronous"):
    lazy = flat(lazy)
    assert all(isinstance(a, array.Array) for a in lazy)
    computed = dask.compute(*lazy, scheduler=scheduler)
    for a, done in zip(lazy, computed, strict=True):
        assert a.dtype == np.asarray(done).dtype
        assert a.shape == np.shape(done)
    return computed


def equal(lazy, want, **options):
    for got, known in zip(results(lazy, **options), flat(want), strict=True):
        same(np.asarray(got), np.asarray(known))


def close(lazy, want):
    """Sums over several chunks are added up in another order."""
    for got, known in zip(results(lazy), flat(want), strict=True):
        eps = np.finfo(np.asarray(known).dtype).eps
        np.testing.assert_allclose(np.asarray(got, float), np.asarray(known, float), rtol=16 * eps, atol=eps)


def in_chunks(x, chunks=(2, -1)):
    return array.from_array(x, chunks=chunks)


@elementwise
@pytest.mark.parametrize("dtype", [np.float32, np.int8])
def test_elementwise(f, dtype):
    x = sample((5, 4), dtype)
    equal(f(in_chunks(x, (2, 3))), f(x))


@single
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int8])
def test_one_array(name, dtype):
    x = sample((5, 4), dtype)
    is_summed = "one-number" in name or name == "prelu_grad" or name.endswith(("-sum", "-mean"))
    (close if is_summed else equal)(SINGLES[name](in_chunks(x)), SINGLES[name](x))


@pair
def test_two_arrays(name):
    a, b = sample((5, 4), np.float32), np.abs(sample((5, 4), np.float32, seed=1)) + np.float32(0.5)
    want = PAIRS[name](a, b)
    check = close if name.endswith("_grad-dy") else equal
    for one, other in ((in_chunks(a), in_chunks(b, (3, 2))), (in_chunks(a), b), (a, in_chunks(b))):
        if name.startswith("cross_entropy") and one is a:
            continue  # with the logits in one chunk: below
        check(PAIRS[name](one, other), want)


@rows
def test_axes_must_be_whole(f):
    x = sample((6, 8), np.float32)
    lazy = in_chunks(x, (2, 4))
    for axis, remedy in ((-1, "{1: -1}"), (0, "{0: -1}"), (None, "{0: -1, 1: -1}")):
        with pytest.raises(
            ValueError, match=rf"fastact.{f.name}: x has \d chunks along axis \d.*x\.rechunk\({remedy}\)"
        ):
            f(lazy, axis)
        whole = lazy.rechunk({0: -1, 1: -1} if axis is None else {axis: -1})
        equal(f(whole, axis), f(x, axis))
    for y in (lambda x: fastact.softmax_grad(1.0, x), lambda x: fastact.cross_entropy(x, np.zeros(6, int))):
        with pytest.raises(ValueError, match=r"rechunk\({1: -1}\)"):
            y(lazy)


@rows
def test_options(f):
    x, bias = sample((6, 8), np.float32), sample(8, np.float32, seed=1)
    where = sample((6, 1)) > 0
    want = f(x, bias=bias, where=where, scale=0.5)
    lazy = in_chunks(x)
    equal(f(lazy, bias=bias, where=where, scale=0.5), want)
    equal(f(lazy, bias=array.from_array(bias, chunks=3), where=in_chunks(where, (4, 1)), scale=0.5), want)
    equal(f(x, bias=array.from_array(bias)), f(x, bias=bias))
    equal(f(lazy, dtype=np.float64), f(x, dtype=np.float64))
    with pytest.raises(ValueError, match="bias of shape"):
        f(lazy, bias=np.zeros(3))
    with pytest.raises(TypeError, match="where must be bool"):
        f(lazy, where=in_chunks(x))
    with pytest.raises(TypeError, match="out cannot"):
        f(lazy, out=np.empty((6, 8)))
    with pytest.raises(TypeError, match="not supported"):
        f(in_chunks(x.astype(complex)))
    if f.name == "logsumexp":
        equal(f(lazy, keepdims=True), f(x, keepdims=True))


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_cross_entropy(reduction):
    x, labels = sample((7, 4), np.float32), np.array([0, 3, -100, 1, 2, 2, -100])
    weight = np.array([1.0, 2.0, 0.5, 3.0])
    check = equal if reduction == "none" else close
    for options in ({}, {"weight": weight}, {"label_smoothing": 0.1}, {"weight": array.from_array(weight, chunks=2)}):
        known = {**options, "weight": weight} if "weight" in options else options
        want = fastact.cross_entropy(x, labels, reduction=reduction, return_grad=True, **known)
        for given in (labels, array.from_array(labels, chunks=3)):
            got = fastact.cross_entropy(in_chunks(x), given, reduction=reduction, return_grad=True, **options)
            check(got, want)
        got = fastact.cross_entropy(in_chunks(x.T, (-1, 3)), labels, axis=0, reduction=reduction, **options)
        check(got, fastact.cross_entropy(x.T, labels, axis=0, reduction=reduction, **known))
    everything_ignored = np.full(7, -100)
    loss, gradient = fastact.cross_entropy(in_chunks(x), everything_ignored, reduction=reduction, return_grad=True)
    close((loss, gradient), fastact.cross_entropy(x, everything_ignored, reduction=reduction, return_grad=True))


def test_arguments_of_losses_are_checked_at_once():
    lazy = in_chunks(sample((5, 4), np.float32))
    with pytest.raises(ValueError, match="labels have shape"):
        fastact.cross_entropy(lazy, np.zeros(3, int))
    with pytest.raises(TypeError, match="labels"):
        fastact.cross_entropy(lazy, np.zeros(5, bool))
    with pytest.raises(ValueError, match="reduction"):
        fastact.cross_entropy(lazy, np.zeros(5, int), reduction="average")
    with pytest.raises(ValueError, match="targets"):
        fastact.binary_cross_entropy_with_logits(lazy, np.zeros((3, 5, 4)))
    bad = fastact.cross_entropy(lazy, np.array([0, 1, 9, 0, 0]), reduction="none")
    with pytest.raises(ValueError, match="is 9, which is neither a class"):
        bad.compute(scheduler="synchronous")


def test_unknown_sizes():
    lazy = in_chunks(sample((6, 4)))
    lazy = lazy[lazy[:, 0] > 0]
    with pytest.raises(ValueError, match=r"fastact.softmax: .*compute_chunk_sizes\(\)"):
        fastact.softmax(lazy)


def test_masked_chunks():
    x = array.ma.masked_greater(in_chunks(sample((6, 4))), 1.0)
    for f in (fastact.softmax, lambda x: fastact.softmax_grad(1.0, x), lambda x: fastact.prelu_grad(1.0, x, 0.5)):
        with pytest.raises(TypeError, match=r"fastact\.\w+: \w+ .*mask would be ignored; pass where=~dask.array.ma"):
            f(x)
    with pytest.raises(TypeError, match="mask"):
        fastact.softmax(in_chunks(sample((6, 4))), bias=x)
    y = fastact.sigmoid(x).compute(scheduler="synchronous")
    assert y.mask.any()


def test_where_of_gradients():
    x = in_chunks(sample((6, 4)))
    with pytest.raises(TypeError, match=r"fastact.glu_grad: where is not supported for dask arrays"):
        fastact.glu_grad(1.0, x, x, where=np.ones((6, 4), bool))


def test_xarray_of_dask():
    xarray = pytest.importorskip("xarray")
    values = sample((5, 4), np.float32)
    lazy = xarray.DataArray(values, dims=("row", "column"), coords={"row": list("abcde")}).chunk({"row": 2})
    for name, f in SINGLES.items():
        if "cross_entropy" in name or "_loss" in name:
            continue
        for got, want in zip(flat(f(lazy)), flat(f(values)), strict=True):
            if isinstance(got, xarray.DataArray):
                assert got.chunks is not None
                same(got.compute(scheduler="synchronous").values, want)


@single
def test_names_are_equal(name):
    x = in_chunks(sample((5, 4), np.float32))
    for one, other in zip(flat(SINGLES[name](x)), flat(SINGLES[name](x)), strict=True):
        assert one.name == other.name
    pickle.loads(pickle.dumps(flat(SINGLES[name](x))))


@single
def test_threads(name):
    x = sample((64, 32), np.float32)
    is_summed = "one-number" in name or name == "prelu_grad" or name.endswith(("-sum", "-mean"))
    if not is_summed:
        equal(SINGLES[name](in_chunks(x, (4, -1))), SINGLES[name](x), scheduler="threads")


class TestDataFrames:
    @pytest.fixture
    def frame(self):
        pandas = pytest.importorskip("pandas")
        return pandas.DataFrame(sample((6, 4)), columns=list("pqrs"), index=list("abcdef"))

    @pytest.fixture
    def lazy(self, frame):
        return pytest.importorskip("dask.dataframe").from_pandas(frame, npartitions=2)

    @elementwise
    def test_elementwise(self, f, frame, lazy):
        import pandas

        got = f(lazy).compute(scheduler="synchronous")
        pandas.testing.assert_frame_equal(got, f(frame), check_index_type=False)

    @single
    def test_others_are_refused(self, name, lazy):
        if name.startswith(("cross_entropy", "softmax_focal")):
            return
        with pytest.raises(TypeError, match=r"fastact\.\w+: \w+ is a DataFrame of dask; write \w+\.map_partitions"):
            SINGLES[name](lazy)

    def test_map_partitions(self, frame, lazy):
        import pandas

        got = lazy.map_partitions(fastact.softmax, axis=1, meta=frame.iloc[:0]).compute(scheduler="synchronous")
        pandas.testing.assert_frame_equal(got, fastact.softmax(frame), check_index_type=False)
