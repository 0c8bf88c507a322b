"""sample_weight of both losses: values, means, gradients, what counts for nothing, shapes, other libraries' arrays."""

import numpy as np
import pytest
from registry import FLOATS, LOSSES, compiled, same, sample

import fastact
from fastact import binary_cross_entropy_with_logits as binary
from fastact import cross_entropy

NATIVE = compiled(LOSSES)
inf, nan = np.inf, np.nan
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
REDUCTIONS = ("none", "sum", "mean")


def eps(dtype):
    return max(float(np.finfo(dtype).eps), 2.0**-52)


def weighted(losses, gradients, factors, counts, reduction):
    """What `sample_weight` has to give, from the losses of each and their gradients, in float64."""
    losses, gradients = (
        losses * factors,
        gradients * factors.reshape(factors.shape + (1,) * (gradients.ndim - losses.ndim)),
    )
    if reduction == "none":
        return losses, gradients
    by = (factors * counts).sum() if reduction == "mean" else 1
    return losses.sum() / by, gradients / by


def agree(got, want, dtype, factor=40):
    for g, w in zip(got, want, strict=True):
        limit = factor * eps(dtype)
        scale = float(np.abs(w).max()) if np.size(w) else 0
        np.testing.assert_allclose(np.asarray(g, np.float64), w, rtol=limit, atol=limit * scale)
        assert np.asarray(g).dtype == dtype


# ---- rows ----


@each_float
@pytest.mark.parametrize("shape", [(7, 5), (600, 3), (40, 200), (3, 5000)], ids=str)
def test_rows(dtype, shape):
    """Of labels and of probabilities, along rows and columns, beside class weights and smoothing."""
    rng = np.random.default_rng(1)
    x = sample(shape, dtype)
    labels = rng.integers(0, shape[1], shape[0])
    labels[1] = -100
    share = rng.dirichlet(np.ones(shape[1]), shape[0]).astype(dtype)
    factors = rng.random(shape[0]) * 3
    factors[2] = 0
    weight = rng.random(shape[1]) + 0.5
    for given in (labels, share):
        for options in ({}, {"weight": weight}, {"label_smoothing": 0.2}, {"weight": weight, "label_smoothing": 0.2}):
            each = cross_entropy(x.astype(np.float64), given, reduction="none", return_grad=True, **options)
            counts = np.ones(shape[0])
            if given is labels:
                counts = np.where(labels < 0, 0, weight[np.maximum(labels, 0)] if "weight" in options else 1)
            for reduction in REDUCTIONS:
                want = weighted(*each, factors, counts, reduction)
                more = {"sample_weight": factors, "reduction": reduction, "return_grad": True, **options}
                for got, turned in (
                    (cross_entropy(x, given, **more), False),
                    (cross_entropy(np.asfortranarray(x), given, **more), False),
                    (
                        cross_entropy(np.ascontiguousarray(x.T), given.T if given is share else given, axis=0, **more),
                        True,
                    ),
                ):
                    gradient = got[1].T if turned else got[1]
                    agree((got[0], gradient), want, dtype, 40 if dtype != np.float16 else 8)
                same(np.asarray(cross_entropy(x, given, **{**more, "return_grad": False})), np.asarray(got[0]))


@each_float
def test_weights_of_1_change_nothing(dtype):
    x, labels = sample((30, 40), dtype), np.arange(30) % 40
    for reduction in REDUCTIONS:
        options = {"reduction": reduction, "return_grad": True}
        for given in (labels, fastact.softmax(sample((30, 40), np.float32, seed=4)).astype(dtype)):
            for got, want in zip(
                cross_entropy(x, given, sample_weight=np.ones(30), **options),
                cross_entropy(x, given, **options),
                strict=True,
            ):
                same(np.asarray(got), np.asarray(want))
        for got, want in zip(
            binary(x, 0.25, sample_weight=np.ones((30, 1)), **options), binary(x, 0.25, **options), strict=True
        ):
            same(np.asarray(got), np.asarray(want))


def test_rows_of_several_axes():
    x, labels = sample((4, 3, 6)), np.random.default_rng(0).integers(0, 6, (4, 3))
    of_sample, of_row = np.arange(1.0, 5), np.arange(12.0).reshape(4, 3)
    for factors in (
        of_sample,
        of_row,
        of_sample.tolist(),
        of_sample.astype(np.int8),
        of_sample.astype(np.float16),
        2.5,
    ):
        whole = np.asarray(factors, np.float64)
        whole = np.broadcast_to(whole.reshape(whole.shape + (1,) * (2 - whole.ndim)), (4, 3))
        for reduction in REDUCTIONS:
            options = {"reduction": reduction, "return_grad": True}
            for got, want in zip(
                cross_entropy(x, labels, sample_weight=factors, **options),
                cross_entropy(x, labels, sample_weight=whole, **options),
                strict=True,
            ):
                same(np.asarray(got), np.asarray(want))
            got = cross_entropy(np.moveaxis(x, -1, 1), labels, axis=1, sample_weight=factors, **options)
            want = cross_entropy(x, labels, sample_weight=whole, **options)
            np.testing.assert_allclose(got[0], want[0], rtol=1e-13)
            np.testing.assert_allclose(np.moveaxis(got[1], 1, -1), want[1], rtol=1e-12, atol=1e-15)


@pytest.mark.skipif(not NATIVE, reason="threads are the kernels'")
@pytest.mark.parametrize("shape", [(1, 300_000), (3000, 100), (2, 40_000)], ids=str)
def test_threads(shape):
    x, labels = sample(shape, np.float32), np.arange(shape[0]) % shape[1]
    factors = np.random.default_rng(0).random(shape[0])
    for reduction in REDUCTIONS:
        results = []
        for threads in (1, 2):
            with fastact.num_threads(threads):
                results.append(cross_entropy(x, labels, sample_weight=factors, reduction=reduction, return_grad=True))
        for one, two in zip(*results, strict=True):
            same(np.asarray(one), np.asarray(two))


@each_float
def test_weight_0_counts_for_nothing(dtype):
    x = sample((6, 5), dtype)
    labels, factors = np.array([0, 1, 2, 3, 4, 0]), np.array([1.0, 0, 2, 0, 0.5, 0])
    counts = factors != 0
    spoiled = x.copy()
    spoiled[1], spoiled[3], spoiled[5, 0] = nan, -inf, inf
    share = fastact.softmax(sample((6, 5), np.float32, seed=3)).astype(dtype)
    for given in (labels, share):
        for options in ({}, {"label_smoothing": 0.1}, {"weight": np.arange(1.0, 6)}):
            for reduction in REDUCTIONS:
                more = {"reduction": reduction, "return_grad": True, **options}
                loss, gradient = cross_entropy(spoiled, given, sample_weight=factors, **more)
                want, slope = cross_entropy(x, given, sample_weight=factors, **more)
                np.testing.assert_array_equal(loss, want)
                np.testing.assert_array_equal(gradient, slope)
                assert not gradient[~counts].any()
                loss, gradient = cross_entropy(x, given, sample_weight=np.zeros(6), **more)
                assert not gradient.any()
                assert np.isnan(loss) if reduction == "mean" else not np.any(loss)
    for reduction in REDUCTIONS:
        more = {"reduction": reduction, "return_grad": True}
        found = binary(spoiled, share, sample_weight=factors, weight=np.where(counts, 1, inf)[:, None], **more)
        for got, want in zip(found, binary(x, share, sample_weight=factors, **more), strict=True):
            np.testing.assert_array_equal(got, want)
        loss, gradient = binary(x, share, sample_weight=np.zeros(6), **more)
        assert not gradient.any()
        assert np.isnan(loss) if reduction == "mean" else not np.any(loss)


# ---- elements ----


@each_float
def test_elements(dtype):
    x, z = sample((40, 6), dtype), (sample((40, 6), seed=1) > 0)
    rng = np.random.default_rng(2)
    of_row, of_each, w, p = rng.random(40), rng.random((40, 6)), rng.random(6), rng.random(6) + 1
    for factors in (of_row, of_row[:, None], of_each, of_each.astype(dtype), of_row.tolist(), 0.5):
        whole = np.asarray(factors, np.float64)
        whole = np.broadcast_to(whole.reshape(whole.shape + (1,) * (2 - whole.ndim)), x.shape)
        for options in ({}, {"weight": w}, {"pos_weight": p}, {"weight": 0.5, "pos_weight": 2.0}):
            each = binary(x.astype(np.float64), z, reduction="none", return_grad=True, **options)
            for reduction in REDUCTIONS:
                want = weighted(*each, whole, 1, reduction)
                got = binary(x, z, sample_weight=factors, reduction=reduction, return_grad=True, **options)
                agree(got, want, dtype, 8)
                same(
                    np.asarray(binary(x, z, sample_weight=factors, reduction=reduction, **options)), np.asarray(got[0])
                )


def test_large_elements():
    x, z = sample((30_000, 5), np.float32), np.arange(150_000).reshape(-1, 5) % 2
    factors = np.random.default_rng(2).random(30_000)
    each = binary(x.astype(np.float64), z, reduction="none", return_grad=True)
    for reduction in REDUCTIONS:
        got = binary(x, z, sample_weight=factors, reduction=reduction, return_grad=True)
        agree(got, weighted(each[0], each[1], factors[:, None] * np.ones(5), 1, reduction), np.float32, 8)


# ---- as others have it ----


def test_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    x, labels, factors = sample((50, 4)), np.arange(50) % 4, np.random.default_rng(0).random(50)
    want = metrics.log_loss(labels, fastact.softmax(x), sample_weight=factors)
    np.testing.assert_allclose(cross_entropy(x, labels, sample_weight=factors), want, rtol=1e-12)
    want = metrics.log_loss(labels % 2, fastact.sigmoid(x[:, 0]), sample_weight=factors)
    np.testing.assert_allclose(binary(x[:, 0], labels % 2, sample_weight=factors), want, rtol=1e-12)


# ---- errors ----


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        (np.ones(4), "write weight= for one of each class"),
        (np.ones((5, 1)), r"sample_weight\[:, 0\]"),
        (np.ones((5, 2)), r"expected \(5,\)"),
        (np.ones(6), r"has shape \(6,\), expected \(5,\)"),
    ],
)
def test_shapes_that_do_not_fit(given, instead):
    with pytest.raises(ValueError, match=f"fastact.cross_entropy: sample_weight .*{instead}"):
        cross_entropy(np.zeros((5, 4)), np.zeros(5, int), sample_weight=given)


def test_errors():
    x = np.zeros((5, 4))
    with pytest.raises(ValueError, match=r"binary_cross_entropy_with_logits: sample_weight has shape \(4,\)"):
        binary(x, 0, sample_weight=np.ones(4))
    with pytest.raises(ValueError, match="sample_weight= for one of each row"):
        cross_entropy(x, np.zeros(5, int), weight=np.ones(5))
    for f, second in ((cross_entropy, np.zeros(5, int)), (binary, np.zeros((5, 4)))):
        for wrong in (np.ones(5, complex), ["a"] * 5, np.ma.ones(5)):
            with pytest.raises(TypeError, match="sample_weight"):
                f(x, second, sample_weight=wrong)


# ---- other libraries ----


def test_pandas():
    pandas = pytest.importorskip("pandas")
    index, columns = list("abc"), list("pqrs")
    frame = pandas.DataFrame(sample((3, 4)), index=index, columns=columns)
    labels, factors = pandas.Series([0, 3, 1], index=index), pandas.Series([1.0, 2.0, 4.0], index=index)
    targets = pandas.DataFrame(np.eye(3, 4), index=index, columns=columns)
    options = {"reduction": "none", "return_grad": True}
    for f, answers in ((cross_entropy, labels), (cross_entropy, targets), (binary, targets)):
        want = f(frame.to_numpy(), answers.to_numpy(), sample_weight=factors.to_numpy(), **options)
        for given in (factors, factors[::-1], factors.to_numpy()):
            for logits in (frame, frame.to_numpy()):
                for got, expected in zip(f(logits, answers, sample_weight=given, **options), want, strict=True):
                    same(np.asarray(got), expected)
        got = f(frame.to_numpy(), answers.to_numpy(), sample_weight=factors, **options)
        same(np.asarray(got[1]), want[1])
        for logits in (frame, frame.to_numpy()):
            with pytest.raises(ValueError, match="has other labels"):
                f(logits, answers, sample_weight=factors.reset_index(drop=True))
    want = cross_entropy(frame.to_numpy(), labels.to_numpy(), sample_weight=factors.to_numpy())
    same(np.asarray(cross_entropy(frame.T, labels, axis=0, sample_weight=factors[::-1])), np.asarray(want))


def test_xarray():
    xarray = pytest.importorskip("xarray")
    x = xarray.DataArray(sample((3, 4)), dims=("row", "column"), coords={"row": list("abc")})
    labels = xarray.DataArray([0, 3, 1], dims="row", coords={"row": list("abc")})
    factors = xarray.DataArray([1.0, 2.0, 4.0], dims="row", coords={"row": list("abc")})
    for f, answers in ((cross_entropy, labels), (binary, x.copy(data=np.eye(3, 4)))):
        want = f(x.values, answers.values, sample_weight=factors.values)
        same(f(x, answers, sample_weight=factors[::-1]), want)
        same(f(x.values, answers, sample_weight=factors[::-1]), want)
    with pytest.raises(ValueError, match="sample_weight has the dimension of the classes"):
        cross_entropy(x, labels, sample_weight=xarray.DataArray(np.ones(4), dims="column"))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_dask(reduction):
    array = pytest.importorskip("dask.array")
    x, labels, factors = sample((7, 4)), np.array([0, 3, -100, 1, 2, 2, -100]), np.arange(7.0)
    weight, options = np.array([1.0, 2.0, 0.5, 3.0]), {"reduction": reduction, "return_grad": True}
    share = fastact.softmax(sample((7, 4), seed=1))
    lazy = array.from_array(x, chunks=(3, -1))
    for given in (factors, array.from_array(factors, chunks=2)):
        for f, answers, more in (
            (cross_entropy, labels, {}),
            (cross_entropy, labels, {"weight": weight}),
            (cross_entropy, share, {}),
            (binary, share, {}),
        ):
            want = f(x, answers, sample_weight=factors, **more, **options)
            found = f(lazy, answers, sample_weight=given, **more, **options)
            for got, expected in zip(found, want, strict=True):
                np.testing.assert_allclose(got.compute(scheduler="synchronous"), expected, rtol=1e-14, atol=1e-16)
    with pytest.raises(ValueError, match="sample_weight has shape"):
        cross_entropy(lazy, labels, sample_weight=np.ones(4))


def test_polars_and_torch():
    x, labels, factors = sample((3, 4)), np.array([0, 3, 1]), np.array([1.0, 2.0, 4.0])
    want = cross_entropy(x, labels, sample_weight=factors)
    binary_want = binary(x, 0.5, sample_weight=factors)
    for library, make in (("polars", "Series"), ("torch", "as_tensor")):
        module = pytest.importorskip(library)
        given = getattr(module, make)(factors)
        assert cross_entropy(x, labels, sample_weight=given) == want
        assert binary(x, 0.5, sample_weight=given) == binary_want


@each_float
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_arrays_that_need_no_conversion(dtype, reduction):
    """The same bits as of a list."""
    x, targets = sample((40, 7), dtype), sample((40, 7), np.bool_).astype(dtype)
    for weights in (abs(sample((40, 7), dtype, seed=5)), np.zeros(40), abs(sample(40, np.float64, seed=6))):
        options = {"reduction": reduction, "return_grad": True, "return_hess": True, "pos_weight": 2.0}
        got = binary(x, targets, sample_weight=weights, **options)
        for one, other in zip(got, binary(x, targets.tolist(), sample_weight=weights.tolist(), **options), strict=True):
            assert np.asarray(one).dtype == dtype
            if weights.dtype == np.float64:
                same(np.asarray(one), np.asarray(other))
    with pytest.raises(ValueError, match="sample_weight has shape"):
        binary(x, targets, sample_weight=np.ones(41))
