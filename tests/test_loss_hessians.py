"""return_hess of both losses: the diagonal of the Hessian, beside loss and gradient."""

import numpy as np
import oracles_losses
import pytest
from registry import FLOATS, LOSSES, compiled, same, sample

import fastact
from fastact import binary_cross_entropy_with_logits as binary
from fastact import cross_entropy

NATIVE = compiled(LOSSES)
inf, nan = np.inf, np.nan
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
each_computed = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
each_loss = pytest.mark.parametrize("f", [cross_entropy, binary], ids=["classes", "binary"])
REDUCTIONS = ("none", "sum", "mean")
BOUND = 10  # eps: twice a probability's 4, and the roundings of their product


def relative(got, want, dtype, bound=BOUND):
    """Within so many eps of the type that computes, and a rounding to float16."""
    computed = np.finfo(np.float32 if dtype == np.float16 else dtype)
    limit = bound * float(computed.eps) * abs(want) + 2 * float(np.finfo(dtype).smallest_subnormal)
    limit += 0.51 * float(np.finfo(dtype).eps) * abs(want) if dtype == np.float16 else 0
    return abs(float(got) - want) <= limit


def answers(f, shape, seed=5):
    rng = np.random.default_rng(seed)
    return rng.integers(0, shape[-1], shape[:-1]) if f is cross_entropy else rng.integers(0, 2, shape)


# ---- accuracy ----


@each_computed
@pytest.mark.parametrize("scale", [0.1, 3, 30])
def test_cross_entropy(dtype, scale):
    mpf = pytest.importorskip("mpmath").mpf
    for classes in (1, 2, 3, 10, 40):
        x = sample((3, classes), dtype, seed=classes, scale=scale)
        weight = np.random.default_rng(classes).random(classes) + 0.25
        labels = np.array([int(x[0].argmax()), 0, classes - 1])
        share = fastact.softmax(sample((3, classes), seed=9)).astype(dtype)
        for given in (labels, share):
            for w, smoothing in ((None, 0.0), (weight, 0.0), (weight, 0.25)):
                found = cross_entropy(x, given, weight=w, label_smoothing=smoothing, reduction="none", return_hess=True)
                assert found[1].dtype == dtype
                for i, row in enumerate(x):
                    # NumPy rounds the distance from the maximum
                    bound = BOUND + (0 if NATIVE else float(row.max() - row.min()))
                    row = [mpf(float(v)) for v in row]
                    target = int(given[i]) if given is labels else [mpf(float(v)) for v in given[i]]
                    factors = [mpf(1)] * classes if w is None else [mpf(v) for v in w]
                    q = oracles_losses.shares(classes, target, factors, smoothing)
                    for got, want in zip(found[1][i], oracles_losses.cross_entropy_hessian(row, q), strict=True):
                        assert relative(got, want, dtype, bound), (float(got), float(want))


@each_computed
def test_binary(dtype):
    mpf = pytest.importorskip("mpmath").mpf
    reach = 16 if dtype == np.float16 else 80 if dtype == np.float32 else 700
    x = np.concatenate([np.linspace(-reach, reach, 60), sample(60)]).astype(dtype)
    z = np.random.default_rng(1).random(x.size).astype(dtype)
    for targets, w, p in ((z, None, None), (z, dtype(0.5), dtype(2)), (np.ones_like(z), None, z), (z > 0.5, z, z)):
        hessian = binary(x, targets, weight=w, pos_weight=p, reduction="none", return_hess=True)[1]
        assert hessian.dtype == dtype
        for i, v in enumerate(x):
            given = [mpf(float(np.broadcast_to(1 if a is None else a, x.shape)[i])) for a in (targets, w, p)]
            want = oracles_losses.binary_cross_entropy_hessian(mpf(float(v)), *given)
            assert relative(hessian[i], want, dtype), (float(v), float(hessian[i]), float(want))


@each_float
def test_confident_rows_keep_their_digits(dtype):
    far = 9 if dtype == np.float16 else 80
    x = np.zeros((1, 10), dtype)
    x[0, 3] = far
    hessian = cross_entropy(x, [3], return_hess=True)[1]
    e = np.exp(-np.longdouble(far))
    limit = 50 * max(float(np.finfo(dtype).eps), 2.0**-52)
    np.testing.assert_allclose(float(hessian[0, 3]), float(9 * e / (1 + 9 * e) ** 2), rtol=limit)
    np.testing.assert_allclose(float(hessian[0, 0]), float(e * (1 + 8 * e) / (1 + 9 * e) ** 2), rtol=limit)
    np.testing.assert_allclose(float(binary(dtype(far), 1, return_hess=True)[1]), float(e / (1 + e) ** 2), rtol=limit)


@each_loss
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_central_differences(f, reduction):
    """Of the gradient; its diagonal does not depend on the other rows."""
    x, h = sample((4, 5), seed=2), 1e-5
    options = {"reduction": reduction, "sample_weight": [1.0, 2.0, 0.5, 0.0], "weight": np.arange(1.0, 6)}
    for given in (answers(f, x.shape), fastact.softmax(sample((4, 5), seed=3))):
        more = options | ({"label_smoothing": 0.2} if f is cross_entropy else {"pos_weight": 3.0})
        want = np.empty_like(x)
        for place in np.ndindex(x.shape):
            step = np.zeros_like(x)
            step[place] = h
            up, down = (f(x + s, given, return_grad=True, **more)[1][place] for s in (step, -step))
            want[place] = (up - down) / (2 * h)
        loss, gradient, hessian = f(x, given, return_grad=True, return_hess=True, **more)
        np.testing.assert_allclose(hessian, want, rtol=1e-7, atol=1e-9)
        alone, slope = f(x, given, return_grad=True, **more)
        same(np.asarray(loss), np.asarray(alone))
        same(gradient, slope)
        loss, curved = f(x, given, return_hess=True, **more)
        same(np.asarray(loss), np.asarray(alone))
        same(curved, hessian)


# ---- forms ----


@each_float
@pytest.mark.parametrize("shape", [(600, 3), (70, 40), (40, 257), (3, 9000)], ids=str)
def test_layouts(dtype, shape):
    x, labels = sample(shape, dtype), answers(cross_entropy, shape)
    share = fastact.softmax(sample(shape, seed=1)).astype(dtype)
    labels[::5] = -100
    factors = np.random.default_rng(2).random(shape[0])
    for given in (labels, share):
        for options in ({}, {"label_smoothing": 0.125}, {"sample_weight": factors, "reduction": "none"}):
            more = {"return_grad": True, "return_hess": True, **options}
            want = cross_entropy(x, given, **more)
            p = fastact.softmax(x.astype(np.float64)) if dtype != np.longdouble else fastact.softmax(x)
            counts = np.where(labels < 0, 0, 1.0) if given is labels else np.ones(shape[0])
            by = 1 if "reduction" in options else counts.sum()
            expected = counts[:, None] * p * (1 - p) * options.get("sample_weight", np.ones(shape[0]))[:, None] / by
            limit = 50 * max(float(np.finfo(dtype).eps), 2.0**-52)
            np.testing.assert_allclose(want[2].astype(float), expected.astype(float), rtol=limit, atol=limit / by)
            turned = np.ascontiguousarray(x.T)
            for logits, axis in (
                (np.asfortranarray(x), 1),
                (np.repeat(x, 2, axis=1)[:, ::2], 1),
                (x[::-1].copy()[::-1], 1),
                (x.astype(x.dtype.newbyteorder()), 1),
                (turned, 0),
            ):
                answer = given.T if given is share and axis == 0 else given
                got = cross_entropy(logits, answer, axis=axis, **more)
                for a, b in zip(got, want, strict=True):
                    a = a.T if axis == 0 and np.ndim(a) == 2 else a
                    if NATIVE:
                        same(np.asarray(a), np.asarray(b))
                    else:
                        np.testing.assert_allclose(a.astype(float), b.astype(float), rtol=limit, atol=limit / by)


@pytest.mark.skipif(not NATIVE, reason="threads are the kernels'")
@pytest.mark.parametrize("shape", [(1, 300_000), (3000, 100), (20_000, 3)], ids=str)
@each_loss
def test_threads(f, shape):
    x, given = sample(shape, np.float32), answers(f, shape)
    results = []
    for threads in (1, 2):
        with fastact.num_threads(threads):
            results.append(f(x, given, return_grad=True, return_hess=True))
    for one, two in zip(*results, strict=True):
        same(np.asarray(one), np.asarray(two))


@each_float
def test_scalars_and_empty(dtype):
    for reduction in REDUCTIONS:
        options = {"reduction": reduction, "return_grad": True, "return_hess": True}
        assert [type(a) for a in binary(dtype(0.5), 1, **options)] == [dtype] * 3
        hessian = cross_entropy(np.zeros(3, dtype), 1, **options)[2]
        assert hessian.shape == (3,)
        for f, given in ((cross_entropy, np.zeros(0, int)), (binary, np.zeros((0, 4)))):
            _, gradient, hessian = f(np.zeros((0, 4), dtype), given, **options)
            assert hessian.shape == gradient.shape == (0, 4)
            assert hessian.dtype == dtype
    assert binary([1, 2], [0, 1], return_hess=True)[1].dtype == np.float64


# ---- special values ----


@each_float
def test_special_values(dtype):
    x = np.array([[0, 1, -inf], [nan, 0, 0], [inf, 0, 0], [-inf] * 3], dtype)
    hessian = cross_entropy(x, [0, 1, 2, 0], reduction="none", return_hess=True)[1]
    assert hessian[0, 2] == 0
    assert hessian[0, 0] > 0
    assert np.isnan(hessian[1:]).all()
    for options in ({"ignore_index": 0}, {"weight": [0.0, 0.0, 0.0]}, {"sample_weight": np.zeros(4)}):
        found = cross_entropy(x, [0, 0, 0, 0], return_hess=True, reduction="sum", **options)[1]
        assert not found.any()
    assert not cross_entropy(x, np.zeros((4, 3)), return_hess=True, reduction="sum")[1].any()
    x = np.array([inf, -inf, nan, np.finfo(dtype).max], dtype)
    hessian = binary(x, [1, 0, 1, 0], reduction="none", return_hess=True)[1]
    np.testing.assert_array_equal(hessian, [0, 0, nan, 0])
    for weight in (0.0, np.zeros(4)):
        assert not binary(x, 1, weight=weight, return_hess=True)[1].any()
    assert not binary(x, 1, sample_weight=np.zeros(4), return_hess=True)[1].any()


# ---- other libraries ----


@each_loss
def test_labels_are_kept(f):
    pandas, xarray = pytest.importorskip("pandas"), pytest.importorskip("xarray")
    x, given = sample((3, 4)), answers(f, (3, 4))
    want = f(x, given, return_grad=True, return_hess=True)
    frame = pandas.DataFrame(x, index=list("abc"), columns=list("pqrs"))
    loss, gradient, hessian = f(frame, given, return_grad=True, return_hess=True)
    pandas.testing.assert_frame_equal(hessian, pandas.DataFrame(want[2], index=frame.index, columns=frame.columns))
    pandas.testing.assert_frame_equal(gradient, pandas.DataFrame(want[1], index=frame.index, columns=frame.columns))
    assert loss == want[0]
    array = xarray.DataArray(x, dims=("row", "column"))
    loss, hessian = f(array, given, return_hess=True)
    xarray.testing.assert_identical(hessian, array.copy(data=want[2]))


@each_loss
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_dask(f, reduction):
    array = pytest.importorskip("dask.array")
    x, given = sample((7, 4)), answers(f, (7, 4))
    for asked in ({"return_hess": True}, {"return_grad": True, "return_hess": True}):
        want = f(x, given, reduction=reduction, **asked)
        found = f(array.from_array(x, chunks=(3, -1)), given, reduction=reduction, **asked)
        assert len(found) == len(want)
        for got, expected in zip(found, want, strict=True):
            np.testing.assert_allclose(got.compute(scheduler="synchronous"), expected, rtol=1e-14, atol=1e-17)


# ---- boosted trees ----


def test_objective_of_boosted_trees():
    """Gradient and Hessian as xgboost's and LightGBM's logistic objectives have them: p - y and p (1 - p)."""
    score, y, w = sample(50), np.arange(50) % 2, np.random.default_rng(0).random(50)
    _, gradient, hessian = binary(score, y, sample_weight=w, reduction="sum", return_grad=True, return_hess=True)
    p = 1 / (1 + np.exp(-score))
    np.testing.assert_allclose(gradient, w * (p - y), rtol=1e-12)
    np.testing.assert_allclose(hessian, w * p * (1 - p), rtol=1e-12)
