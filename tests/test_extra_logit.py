"""One more logit of each row, which counts in the sum and has no result: against rows with it, in long double."""

import numpy as np
import pytest
from registry import NATIVE, same, sample

import fastact

FUNCTIONS = [fastact.softmax, fastact.log_softmax, fastact.logsumexp]
each_function = pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
each_type = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
LENGTHS = [1, 2, 5, 17, 33, 64, 65, 200, 1000, 5000]
inf, nan = np.inf, np.nan


def eps(dtype):
    return float(np.finfo(dtype).eps)


def exact(f, x, extra):
    """The definition in long double, of rows along the last axis."""
    x, e = x.astype(np.longdouble), np.broadcast_to(extra, x.shape[:-1]).astype(np.longdouble)[..., None]
    m = np.maximum(x.max(axis=-1, keepdims=True), e)
    apart = np.sort(np.exp(np.concatenate([x, e], axis=-1) - m), axis=-1)
    log_sum = np.log(apart[..., -1:]) + np.log1p(apart[..., :-1].sum(axis=-1, keepdims=True) / apart[..., -1:])
    if f is fastact.softmax:
        return np.exp(x - m) / apart.sum(axis=-1, keepdims=True)
    return x - m - log_sum if f is fastact.log_softmax else (m + log_sum)[..., 0]


def check(f, got, x, extra):
    assert got.dtype == x.dtype
    want = exact(f, x, extra)
    tiny = float(np.finfo(x.dtype).smallest_subnormal)
    limit = 4 * eps(x.dtype) * np.abs(want) + tiny
    if f is fastact.logsumexp:  # where a negative maximum cancels the logarithm of the sum
        limit = limit + 4 * eps(x.dtype) * np.log(x.shape[-1] + 1.0)
    assert (np.abs(got.astype(np.longdouble) - want) <= limit).all()


@each_function
@each_type
@pytest.mark.parametrize("n", LENGTHS)
def test_accuracy(f, dtype, n):
    x = sample((23, n), np.float64, scale=8)
    x = (x if n > 1 else np.linspace(-3, 3, 23)[:, None]).astype(dtype)
    for extra in (0.0, np.linspace(-60, 60, 23), x.max(axis=-1), 300.0):
        given = np.asarray(extra).astype(dtype)
        check(f, f(x, extra_logit=given), x, given)


@each_function
@each_type
@pytest.mark.parametrize("n", LENGTHS)
def test_one_result_on_every_path(f, dtype, n):
    """Rows together, alone, as columns, strided, through a buffer, and under a mask that leaves all."""
    x, extra = sample((37, n), dtype, scale=4), np.linspace(-9, 9, 37).astype(dtype)
    want = f(x, extra_logit=extra)
    for i in (0, 1, 36):
        same(f(x[i], extra_logit=extra[i]), want[i])
        same(f(x[i : i + 1], extra_logit=float(extra[i])), want[i : i + 1])
    columns = np.ascontiguousarray(x.T)
    turned = want.T if f is not fastact.logsumexp else want
    same(f(columns, 0, extra_logit=extra), turned)
    same(f(columns, 0, extra_logit=extra[None]), turned)
    same(f(x, extra_logit=extra[:, None]), want)
    same(f(np.repeat(x, 2, axis=1)[:, ::2], extra_logit=extra), want)
    same(f(x[::-1], extra_logit=extra[::-1]), want[::-1])
    same(f(np.asfortranarray(x), extra_logit=extra), want)
    if dtype != np.float16:
        swapped = x.astype(x.dtype.newbyteorder())
        same(f(swapped, extra_logit=extra.astype(swapped.dtype)), want)
    same(f(x, extra_logit=extra, where=np.True_), want)
    same(f(x, extra_logit=extra, where=np.ones_like(x, bool)), want)
    cube = np.broadcast_to(x, (3, 37, n))
    same(f(cube, extra_logit=extra), np.broadcast_to(want, (3, *want.shape)))
    if f is not fastact.logsumexp:
        place = x.copy()
        assert f(place, extra_logit=extra, out=place) is place
        same(place, want)
        both = f(x, extra_logit=extra, return_logsumexp=True)
        same(both[0], want)
        same(both[1], fastact.logsumexp(x, extra_logit=extra))
        place = x.copy()
        same(f(place, extra_logit=place[:, 0], out=place), f(x, extra_logit=x[:, 0].copy()))


@each_function
@each_type
def test_none_is_minus_infinity(f, dtype):
    for n in LENGTHS:
        x = sample((9, n), dtype, scale=4)
        x[1] = -inf
        same(f(x, extra_logit=-inf), f(x))
        mixed = np.array([-inf, 1, -inf, 2, -inf, 3, 4, 5, -inf], dtype)
        kept = np.isneginf(mixed)
        same(f(x, extra_logit=mixed)[kept], f(x)[kept])
        same(f(x.T, 0, extra_logit=mixed).T[kept], f(x)[kept])
        mask = sample((9, n), np.bool_, seed=3)
        same(f(x, extra_logit=-inf, where=mask), f(x, where=mask))


@each_type
def test_rows_of_nothing_else(dtype):
    """-inf alone, or all masked: the extra logit has all of the sum."""
    for n in LENGTHS:
        x, extra = np.full((6, n), -inf, dtype), np.linspace(-5, 5, 6).astype(dtype)
        for options in ({}, {"where": np.zeros((6, n), bool)}, {"where": False, "scale": 0.7}):
            given = x if not options else np.full((6, n), nan, dtype)
            same(fastact.softmax(given, extra_logit=extra, **options), np.zeros_like(x))
            same(fastact.log_softmax(given, extra_logit=extra, **options), x)
            same(fastact.logsumexp(given, extra_logit=extra, **options), extra)
    same(fastact.logsumexp(np.zeros((6, 0), dtype), extra_logit=extra), extra)
    same(fastact.logsumexp(np.zeros((6, 0), dtype), extra_logit=2.0), np.full(6, 2, dtype))
    assert fastact.softmax(np.zeros((6, 0), dtype), extra_logit=extra).shape == (6, 0)


@each_type
@pytest.mark.parametrize("n", [3, 40, 500])
def test_infinite_and_nan(n, dtype):
    """What they do as an element of the row."""
    x = sample((5, n), dtype)
    for extra in (inf, nan):
        assert np.isnan(fastact.softmax(x, extra_logit=extra)).all()
        assert np.isnan(fastact.log_softmax(x, extra_logit=extra)).all()
        same(fastact.logsumexp(x, extra_logit=extra), np.full(5, extra, dtype))
    x[2, 1], x[3, 0] = nan, inf
    extra = np.array([0, 0, 0, 0, nan], dtype)
    assert np.isnan(fastact.softmax(x, extra_logit=extra)[2:]).all()
    assert not np.isnan(fastact.softmax(x, extra_logit=extra)[:2]).any()
    mask = np.ones((5, n), bool)
    mask[:, 1] = False
    got = fastact.softmax(x, extra_logit=extra, where=mask)
    assert (got[:, 1] == 0).all()
    assert np.isnan(got[4, 0])


@each_function
@each_type
@pytest.mark.parametrize("n", [1, 7, 50, 300, 3000])
def test_options(f, dtype, n):
    """Neither scaled nor masked, and no bias added."""
    x, extra, bias = sample((7, n), dtype, scale=3), np.linspace(-4, 4, 7).astype(dtype), sample(n, dtype, seed=2)
    mask = sample((7, n), np.bool_, seed=3)
    mask[:, 0] = True
    for options in (
        {"scale": 0.25},
        {"scale": -1.0},
        {"scale": 0.3},
        {"bias": bias},
        {"scale": 3.0, "bias": bias, "where": mask},
        {"where": mask},
        {"where": mask, "scale": -1.0},
        {"where": mask, "scale": 0.7},
    ):
        wide = x.astype(np.float64) * float(np.asarray(options.get("scale", 1.0)).astype(dtype))
        wide = wide + np.asarray(options.get("bias", 0.0)).astype(np.float64)
        wide = np.where(options.get("where", True), wide, -inf)
        got = f(x, extra_logit=extra, **options)
        want = f(wide, extra_logit=extra.astype(np.float64))
        scale = eps(np.float32) if dtype == np.float32 else eps(dtype)
        np.testing.assert_allclose(got.astype(np.float64), want, rtol=40 * scale, atol=40 * scale * 0.01)
        turned = {key: a.T if np.ndim(a) == 2 else a[:, None] if np.ndim(a) else a for key, a in options.items()}
        columns = f(np.ascontiguousarray(x.T), 0, extra_logit=extra, **turned)
        same(columns.T if f is not fastact.logsumexp else columns, got)


@each_function
def test_axes(f):
    x = sample((4, 5, 6), np.float32)
    for axis in (0, 1, (0, 2), (1, 2), None):
        axes = tuple(range(3)) if axis is None else np.atleast_1d(axis)
        rows = tuple(size for a, size in enumerate(x.shape) if a not in axes)
        kept = tuple(1 if a in axes else size for a, size in enumerate(x.shape))
        extra = sample(rows, np.float32, seed=5)
        got = f(x, axis, extra_logit=extra)
        same(f(x, axis, extra_logit=extra.reshape(kept)), got)
        want = f(x.astype(np.float64), axis, extra_logit=extra.astype(np.float64))
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7)
    assert isinstance(fastact.softmax(1.0, extra_logit=1.0), float)
    assert fastact.softmax(1.0, extra_logit=1.0) == 0.5
    same(f(np.array([3, 4]), extra_logit=2), f(np.array([3.0, 4.0]), extra_logit=2.0))
    np.testing.assert_allclose(f(x.astype(np.longdouble), extra_logit=1.0), f(x.astype(np.float64), extra_logit=1.0))


@pytest.mark.skipif(not NATIVE, reason="NumPy has one path")
@each_function
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_long_rows_and_threads(f, dtype):
    x = sample((1, 300_000), dtype, scale=4)
    found = []
    for threads in (1, 2):
        with fastact.num_threads(threads):
            found.append([f(x, extra_logit=e, scale=s) for e in (0.0, 30.0, -inf) for s in (1.0, 0.5, 0.3)])
    for a, b in zip(*found, strict=True):
        same(a, b)
    same(found[0][6], f(x))
    check(f, found[0][0], x, 0.0)
    check(f, found[0][3], x, 30.0)
    check(f, found[0][1], x * dtype(0.5), 0.0) if dtype != np.float16 else None


def test_what_is_refused():
    x = np.zeros((3, 4), np.float32)
    out = np.full_like(x, 7)
    for extra in (np.zeros(4), np.zeros((1, 4)), np.zeros((3, 4)), np.zeros((3, 3)), np.zeros((1, 3, 1))):
        with pytest.raises(
            ValueError, match=r"fastact\.softmax: extra_logit of shape .* is not one number for each row"
        ):
            fastact.softmax(x, extra_logit=extra, out=out)
    for extra in (1j, "1", None):
        if extra is not None:
            with pytest.raises(TypeError, match=r"fastact\.softmax: extra_logit must be real"):
                fastact.softmax(x, extra_logit=extra, out=out)
    with pytest.raises(TypeError, match="mask"):
        fastact.softmax(x, extra_logit=np.ma.masked_array([0, 0, 0], [0, 1, 0]), out=out)
    assert (out == 7).all()


@each_type
def test_gradient_of_rows_that_sum_to_less(dtype):
    """softmax_grad(dy, y) holds for any y: dy_i y_i less y_i times the sum of dy y."""
    x, dy = sample((9, 20), dtype, scale=2), sample((9, 20), dtype, seed=1)
    y = fastact.softmax(x, extra_logit=1.5)
    wide, upstream = y.astype(np.longdouble), dy.astype(np.longdouble)
    want = wide * (upstream - (wide * upstream).sum(axis=-1, keepdims=True))
    np.testing.assert_allclose(
        fastact.softmax_grad(dy, y).astype(np.longdouble), want, rtol=8 * eps(dtype), atol=eps(dtype) / 8
    )
    log_y = fastact.log_softmax(x, extra_logit=1.5)
    want = upstream - np.exp(log_y.astype(np.longdouble)) * upstream.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(
        fastact.log_softmax_grad(dy, log_y).astype(np.longdouble), want, rtol=8 * eps(dtype), atol=8 * eps(dtype)
    )


# ---- cross entropy ----


def beside(x, extra):
    """The logits and behind them the extra one, along the last axis."""
    return np.concatenate([x, np.broadcast_to(extra, x.shape[:-1])[..., None].astype(x.dtype)], axis=-1)


@each_type
@pytest.mark.parametrize("n", [1, 2, 10, 100, 5000])
def test_cross_entropy(dtype, n):
    x, extra = sample((30, n), dtype, scale=3), np.linspace(-4, 4, 30).astype(dtype)
    labels = np.arange(30) % (n + 1)
    labels[3] = -100
    weights = np.linspace(0.5, 2, n + 1)
    for options in ({}, {"weight": weights}, {"sample_weight": np.linspace(0, 2, 30)}, {"label_smoothing": 0.1}):
        for reduction in ("none", "mean", "sum"):
            keywords = {**options, "extra_logit": extra, "reduction": reduction}
            got = fastact.cross_entropy(x, labels, **keywords, return_grad=True, return_hess=True)
            more = {**keywords, "extra_logit": None, "return_grad": True, "return_hess": True}
            for a, b in zip(got, fastact.cross_entropy(beside(x, extra), labels, **more), strict=True):
                np.testing.assert_allclose(a, b[..., :n] if a is not got[0] else b, rtol=8 * eps(dtype), atol=1e-30)
            loss, gradient = fastact.cross_entropy(x, labels, **keywords, return_grad=True)
            np.testing.assert_allclose(loss, got[0], rtol=8 * eps(dtype))
            np.testing.assert_allclose(gradient, got[1], rtol=8 * eps(dtype), atol=1e-30)
            # the same bits wherever the rows lie
            same(fastact.cross_entropy(x, labels, **keywords), loss)
            keywords["return_grad"] = True
            apart = np.repeat(x, 3, axis=1)[:, ::3]
            for several in (
                fastact.cross_entropy(apart, labels, **keywords),
                fastact.cross_entropy(np.asfortranarray(x), labels, **keywords),
            ):
                same(several[0], loss)
                same(several[1], gradient)
            turned = fastact.cross_entropy(x.T, labels, axis=0, **{**keywords, "extra_logit": extra[None]})
            same(turned[0], loss)
            same(turned[1].T, gradient)


def test_cross_entropy_of_the_extra_class():
    x = np.array([[1.0, -2.0], [40.0, 0.0]])
    loss, gradient = fastact.cross_entropy(x, [2, 2], extra_logit=0.5, reduction="none", return_grad=True)
    np.testing.assert_allclose(loss, fastact.logsumexp(x, extra_logit=0.5) - 0.5, rtol=1e-15)
    np.testing.assert_allclose(gradient, fastact.softmax(x, extra_logit=0.5), rtol=1e-15)
    step = 1e-6
    for i in range(2):
        up, down = (
            fastact.cross_entropy(x + s * (np.arange(2) == i), [2, 0], extra_logit=0.5, reduction="none")
            for s in (step, -step)
        )
        got = fastact.cross_entropy(x, [2, 0], extra_logit=0.5, reduction="none", return_grad=True)[1][:, i]
        np.testing.assert_allclose(got, (up - down) / (2 * step), atol=1e-8)
    same(fastact.cross_entropy(x, [0, 1], extra_logit=-inf), fastact.cross_entropy(x, [0, 1]))
    np.testing.assert_array_equal(fastact.cross_entropy([[-inf, -inf]], [2], extra_logit=3.0), 0)
    with pytest.raises(ValueError, match=r"labels\[0\] is 3"):
        fastact.cross_entropy(x, [3, 0], extra_logit=0.0)
    with pytest.raises(ValueError, match=r"labels\[0\] is 2"):
        fastact.cross_entropy(x, [2, 0])
    with pytest.raises(ValueError, match=r"weight has shape \(2,\), expected \(3,\)"):
        fastact.cross_entropy(x, [2, 0], weight=[1, 1], extra_logit=0.0)
    with pytest.raises(TypeError, match="are probabilities, which extra_logit takes no part in"):
        fastact.cross_entropy(x, x, extra_logit=0.0)
    with pytest.raises(ValueError, match=r"fastact\.cross_entropy: extra_logit of shape"):
        fastact.cross_entropy(x, [2, 0], extra_logit=np.zeros(3))


# ---- arrays of other libraries ----


def test_labels_bring_extra_logits_to_their_rows():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(sample((4, 3)), index=list("wxyz"), columns=list("abc"))
    extra = pandas.Series([1.0, 2.0, 3.0, 4.0], index=list("zyxw"))
    want = fastact.softmax(frame.to_numpy(), extra_logit=[4.0, 3.0, 2.0, 1.0])
    got = fastact.softmax(frame, extra_logit=extra)
    assert list(got.index) == list("wxyz")
    same(got.to_numpy(), want)
    same(fastact.softmax(frame, extra_logit=np.array([4.0, 3.0, 2.0, 1.0])).to_numpy(), want)
    same(fastact.logsumexp(frame, extra_logit=0.5).to_numpy(), fastact.logsumexp(frame.to_numpy(), extra_logit=0.5))
    with pytest.raises(ValueError, match="labels"):
        fastact.softmax(frame, extra_logit=pandas.Series([1.0, 2.0, 3.0, 4.0]))


def test_dask_stays_lazy():
    array = pytest.importorskip("dask.array")
    x, extra = sample((6, 5)), np.linspace(-2, 2, 6)
    lazy = array.from_array(x, chunks=(2, 5))
    for given in (0.5, extra, array.from_array(extra, chunks=3), extra[:, None]):
        for f in FUNCTIONS:
            got = f(lazy, extra_logit=given)
            assert hasattr(got, "compute")
            same(got.compute(), f(x, extra_logit=np.asarray(given)))
    labels = np.array([0, 5, 1, 2, 5, 3])
    got = fastact.cross_entropy(lazy, labels, extra_logit=0.5).compute()
    np.testing.assert_allclose(got, fastact.cross_entropy(x, labels, extra_logit=0.5), rtol=1e-15)
