"""sigmoid_focal_loss and softmax_focal_loss: values, gradients, Hessians, options, special values, errors."""

import numpy as np
import oracles_focal
import pytest
from registry import FLOATS, compiled, same, sample

import fastact
from fastact import sigmoid_focal_loss as binary
from fastact import softmax_focal_loss as classes

NATIVE = compiled({"sigmoid_focal_loss": binary})
inf, nan = np.inf, np.nan
each_computed = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
each_loss = pytest.mark.parametrize("f", [classes, binary], ids=["classes", "binary"])
REDUCTIONS = ("none", "sum", "mean")
ALL = {"return_grad": True, "return_hess": True}


def answers(f, shape, seed=5):
    rng = np.random.default_rng(seed)
    return rng.integers(0, shape[-1], shape[:-1]) if f is classes else rng.integers(0, 2, shape)


def eps_of(got, want, size, times=2):
    """The error in eps of `size`, beside some of the smallest number."""
    limits = np.finfo(got.dtype)
    error = abs(float(got) - want) - times * float(limits.smallest_subnormal)
    return float(error / (float(limits.eps) * abs(size))) if size else 0.0


# ---- accuracy ----


@each_computed
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 3.7, 16.0])
def test_binary(dtype, gamma):
    """Loss and gradient 4 eps, with soft targets of the sizes of what is added up, as the Hessian always."""
    mpf = pytest.importorskip("mpmath").mpf
    reach = 80 if dtype == np.float32 else 300
    x = np.concatenate([np.linspace(-reach, reach, 40), sample(60, seed=1)]).astype(dtype)
    soft = np.random.default_rng(2).random(x.size).astype(dtype)
    bound = 4 if NATIVE else 4 + 2 * gamma
    for targets, alpha in ((np.round(soft), 0.25), (soft, -1.0), (np.ones_like(soft), 1.0)):
        results = binary(x, targets, alpha, gamma, reduction="none", **ALL)
        assert all(a.dtype == dtype for a in results)
        for i, v in enumerate(x):
            given = (mpf(float(a)) for a in (v, targets[i], dtype(alpha), dtype(gamma)))
            wants, sizes = oracles_focal.sigmoid_focal(*given)
            is_hard = targets[i] in (0, 1)
            of = wants[0], wants[1] if is_hard else sizes[0], sizes[1]
            for got, want, size in zip((a[i] for a in results), wants, of, strict=True):
                assert eps_of(got, want, size) <= bound, (float(v), float(targets[i]), float(got), float(want))


@each_computed
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
def test_classes(dtype, gamma):
    mpf = pytest.importorskip("mpmath").mpf
    for n, scale in ((1, 1), (2, 3), (7, 3), (7, 20), (40, 3), (300, 2)):
        x = sample((8, n), dtype, seed=n, scale=scale)
        labels = np.where(np.arange(8) % 2, x.argmax(1), answers(classes, x.shape))
        loss, gradient, hessian = classes(x, labels, gamma, reduction="none", **ALL)
        for i, row in enumerate(x):
            bound = 2 * (1 + gamma) + (0 if NATIVE else (1 + gamma) * (2 + float(row.max() - row.min())))
            want = oracles_focal.softmax_focal([mpf(float(v)) for v in row], int(labels[i]), mpf(float(dtype(gamma))))
            assert eps_of(loss[i], want[0], want[0]) <= bound
            for j in range(n):
                assert eps_of(gradient[i, j], want[1][j], want[1][j]) <= bound + 4
                # the label's probability may be subnormal, and counts as often as the cross entropy says
                times = 2 + 2 * gamma * (1 + float(row.max() - row.min()))
                assert eps_of(hessian[i, j], want[2][j], want[3][j], times) <= bound + 8


@each_computed
def test_hessian_changes_its_sign(dtype):
    """A confident wrong answer makes the loss concave."""
    x = np.array([-9, -4, 0, 4], dtype)
    hessian = binary(x, 1, reduction="none", return_hess=True)[1]
    assert np.sign(hessian).tolist() == [-1, -1, 1, 1]
    row = np.stack([x, np.zeros_like(x)], -1)
    np.testing.assert_allclose(
        classes(row, np.zeros(4, int), reduction="none", return_hess=True)[1][:, 0],
        binary(x, 1, -1.0, reduction="none", return_hess=True)[1],
        rtol=1e-5,
    )


def test_like_differences():
    """Gradient and Hessian are derivatives of what is returned."""
    h = 1e-5
    for f in (classes, binary):
        x = sample((3, 4), seed=4)
        y = answers(f, x.shape)
        _, gradient, hessian = f(x, y, gamma=1.5, reduction="sum", **ALL)
        for at in np.ndindex(x.shape):
            step = np.zeros_like(x)
            step[at] = h
            (up, slope_up), (down, slope_down) = (
                f(x + s * step, y, gamma=1.5, reduction="sum", return_grad=True) for s in (1, -1)
            )
            assert gradient[at] == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-9)
            assert hessian[at] == pytest.approx((slope_up[at] - slope_down[at]) / (2 * h), rel=1e-6, abs=1e-9)


# ---- gamma and alpha ----


@each_float
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_without_focus(dtype, reduction):
    """gamma=0 is cross entropy, bit by bit."""
    x = sample((5, 6), dtype)
    labels, targets = answers(classes, x.shape), answers(binary, x.shape)
    options = {"reduction": reduction, "sample_weight": np.arange(5.0), **ALL}
    weight = np.arange(6) + 0.5
    pairs = [
        (classes(x, labels, 0, weight=weight, **options), fastact.cross_entropy(x, labels, weight=weight, **options)),
        (binary(x, targets, -1, 0, **options), fastact.binary_cross_entropy_with_logits(x, targets, **options)),
    ]
    weight = np.where(targets, 0.25, 0.75)
    want = fastact.binary_cross_entropy_with_logits(x, targets, weight=weight, **options)
    for got, expected in [*pairs, (binary(x, targets, gamma=0.0, **options), want)]:
        for a, b in zip(got, expected, strict=True):
            same(a, b)


def test_alpha():
    x, t = sample(50), np.random.default_rng(3).random(50)
    plain = binary(x, t, -1.0, reduction="none", **ALL)
    weighed = binary(x, t, 0.3, reduction="none", **ALL)
    for a, b in zip(plain, weighed, strict=True):
        np.testing.assert_allclose(b, a * (0.3 * t + 0.7 * (1 - t)), rtol=1e-14)


# ---- reductions, weights, layouts, types ----


@each_loss
@each_float
def test_reductions(f, dtype):
    x = sample((4, 6), dtype)
    y, weight = answers(f, x.shape), np.array([0.5, 2, 0, 1])
    each = f(x, y, sample_weight=weight, reduction="none", **ALL)
    total, count = each[0].sum(dtype=np.longdouble), weight.sum() * (1 if f is classes else 6)
    close = {"rtol": max(8 * np.finfo(dtype).eps, 4e-16), "atol": 8 * np.finfo(dtype).smallest_subnormal}
    for reduction, divisor in (("sum", 1), ("mean", count)):
        got = f(x, y, sample_weight=weight, reduction=reduction, **ALL)
        assert got[0].dtype == dtype
        np.testing.assert_allclose(got[0], total / divisor, **close)
        for a, b in zip(got[1:], each[1:], strict=True):
            np.testing.assert_allclose(a, b / divisor, **close)
    assert not each[1][2].any()
    assert not each[2][2].any()


@each_loss
@each_float
def test_layouts(f, dtype):
    """The same bits from any memory."""
    x = sample((9, 40, 6), dtype)
    y = answers(f, x.shape)
    want = f(x, y, reduction="none", **ALL)
    views = [np.asfortranarray(x), np.repeat(x, 2, 0)[::2], x[::-1][::-1], x.astype(np.dtype(dtype).newbyteorder())]
    for view in views:
        for a, b in zip(f(view, y, reduction="none", **ALL), want, strict=True):
            same(np.ascontiguousarray(a), b)
    if f is classes:
        for axis in (0, 1):
            moved = np.moveaxis(x, -1, axis)
            for given in (moved, np.ascontiguousarray(moved)):
                loss, *slopes = f(given, y, axis=axis, reduction="none", **ALL)
                same(loss, want[0])
                for a, b in zip(slopes, want[1:], strict=True):
                    same(np.ascontiguousarray(np.moveaxis(a, axis, -1)), b)


def test_rows_alike():
    """A row has the same bits among few or many, long or short."""
    for n in (3, 10, 64, 65, 300, 5000):
        x = sample((40, n), np.float32, seed=n)
        labels = answers(classes, x.shape)
        many = classes(x, labels, reduction="none", **ALL)
        for i in (0, 17, 39):
            for a, b in zip(classes(x[i : i + 1], labels[i : i + 1], reduction="none", **ALL), many, strict=True):
                same(a, b[i : i + 1])


@each_loss
def test_half_types(f):
    """16 bits are float32's results rounded."""
    types = [np.float16]
    types += [pytest.importorskip("ml_dtypes").bfloat16]
    for dtype in types:
        x = sample((6, 5)).astype(dtype)
        y = answers(f, x.shape)
        wide = f(x.astype(np.float32), y, reduction="none", **ALL)
        for a, b in zip(f(x, y, reduction="none", **ALL), wide, strict=True):
            assert a.dtype == dtype
            np.testing.assert_allclose(a.astype(np.float32), b, rtol=float(2.0**-7), atol=1e-7)


@each_loss
def test_threads(f):
    x = sample((300, 1000), np.float32)
    y = answers(f, x.shape)
    wants = {}
    for threads in (1, 2):
        with fastact.num_threads(threads):
            for reduction in REDUCTIONS:
                got = f(x, y, reduction=reduction, **ALL)
                for a, b in zip(got, wants.setdefault(reduction, got), strict=True):
                    same(a, b)


def test_ignored_rows_and_class_weights():
    x, labels = sample((4, 3)), np.array([0, -100, 2, 1])
    weight = np.array([1.0, 0, 3])
    loss, gradient, hessian = classes(x, labels, weight=weight, **ALL)
    each = classes(x, np.where(labels < 0, 0, labels), reduction="none", **ALL)
    factor = np.array([1.0, 0, 3, 0]) / 4
    assert loss == pytest.approx((each[0] * factor).sum())
    np.testing.assert_allclose(gradient, each[1] * factor[:, None], rtol=1e-14)
    np.testing.assert_allclose(hessian, each[2] * factor[:, None], rtol=1e-14)
    assert np.isnan(classes(x, np.full(4, -100)))


# ---- special values ----


@each_float
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 7.25])
def test_finite_at_any_logit(dtype, gamma):
    limits = np.finfo(dtype)
    sizes = [limits.smallest_subnormal, limits.smallest_normal, 1e-3, 1, 17, 88, 105, 750, limits.max / 4]
    x = np.array([0, *sizes], dtype)
    x = np.concatenate([-x, x[np.isfinite(x)]])
    for t in (0, 1, 0.5, 2.0**-10):
        assert all(np.isfinite(a).all() for a in binary(x, t, gamma=gamma, reduction="none", **ALL))
    assert (binary(x, 0.5, gamma=gamma, reduction="none") > 0).all()
    rows = np.stack([x, np.zeros_like(x), -x], -1)
    for label in range(3):
        labels = np.full(len(x), label)
        assert all(np.isfinite(a).all() for a in classes(rows, labels, gamma, reduction="none", **ALL))


@each_float
def test_special_values(dtype):
    x = np.array([inf, -inf, nan], dtype)
    np.testing.assert_array_equal(binary(x, 1, reduction="none"), np.array([0, inf, nan], dtype))
    np.testing.assert_array_equal(binary(x, 0, reduction="none"), np.array([inf, 0, nan], dtype))
    assert not binary(x, 1, sample_weight=np.zeros(3), reduction="none").any()
    assert np.isnan(binary(np.zeros(2, dtype), np.array([-0.5, 1.5], dtype), reduction="none")).all()
    assert np.isnan(binary(np.zeros(0, dtype), np.zeros(0, dtype)))
    rows = np.array([[0, -inf, 1], [nan, 0, 0]], dtype)
    np.testing.assert_array_equal(classes(rows, [1, 1], reduction="none"), np.array([inf, nan], dtype))
    assert classes(rows[:1], [0]) > 0


# ---- errors ----


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"gamma": -1}, ValueError, "gamma must be from 0 to 1e\\+30, got -1"),
        ({"gamma": nan}, ValueError, "gamma must be from 0"),
        ({"gamma": "2"}, TypeError, "gamma must be a number from 0 on, got '2'"),
        ({"gamma": None}, TypeError, "gamma must be a number"),
        ({"gamma": True}, TypeError, "gamma must be a number"),
        ({"reduction": "avg"}, ValueError, "reduction must be 'none', 'mean' or 'sum'"),
        ({"sample_weight": np.zeros(9)}, ValueError, "sample_weight has shape"),
    ],
)
@each_loss
def test_errors(f, given, kind, message):
    x = sample((2, 3))
    with pytest.raises(kind, match=rf"fastact\.{f.__name__}: {message}"):
        f(x, answers(f, x.shape), **given)


def test_errors_of_answers():
    x = sample((2, 3))
    with pytest.raises(ValueError, match=r"alpha must be from 0 to 1, or negative, got 1\.5; write alpha=-1"):
        binary(x, 1, 1.5)
    with pytest.raises(TypeError, match="alpha must be a number from 0 to 1, or negative, got None; write alpha=-1"):
        binary(x, 1, None)
    with pytest.raises(ValueError, match=r"targets of shape \(3, 1\) does not broadcast|targets of shape \(3, 1\)"):
        binary(x, np.zeros((3, 1)))
    with pytest.raises(TypeError, match=r"labels must be integers, classes, got float64; write labels.argmax\(1\)"):
        classes(x, fastact.softmax(x))
    with pytest.raises(TypeError, match="labels must be integers, classes, got bool"):
        classes(x, np.zeros(2, bool))
    with pytest.raises(ValueError, match=r"labels\[1\] is 3, which is neither a class, 0 to 2, nor ignore_index=-100"):
        classes(x, [0, 3])


def test_weights_of_any_size_count():
    """Those near the smallest numbers of float64 as much as 1."""
    x = np.array([-800.0, 0.0, 2.0, 900.0])
    want = binary(x, 1, sample_weight=1.0, reduction="none", **ALL)
    for weight in (1e-270, 1e-290, 1e-303):
        for got, one in zip(binary(x, 1, sample_weight=weight, reduction="none", **ALL), want, strict=True):
            np.testing.assert_allclose(got, one * weight, rtol=1e-14, atol=1e-322)


def test_probabilities_next_to_one():
    """Results stay finite where u is subnormal, and what e^-x times the loss underflows to is not left out."""
    x = np.array([[0.0, 711.0], [0.0, 725.0], [0.0, 355.0]])
    for gamma in (0.5, 2.0, 3.0):
        assert all(np.isfinite(a).all() for a in classes(x, [1, 1, 1], gamma, reduction="none", **ALL))
    gradient = binary(np.array([420.0]), 1, -1.0, 0.5, reduction="none", return_grad=True)[1]
    np.testing.assert_allclose(gradient, -1.5 * np.exp(-630.0), rtol=1e-12)
